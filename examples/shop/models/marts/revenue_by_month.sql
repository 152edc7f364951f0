{{ revenue_by(ref('orders'), 'month') }}
