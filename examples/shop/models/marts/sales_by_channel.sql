with sales as (

    select
        date_trunc('quarter', order_date) as quarter,
        channel,
        total_amount
    from {{ ref('orders') }}

)

pivot sales
on channel in ('web', 'store')
using sum(total_amount) as revenue, count(total_amount) as orders
group by quarter
