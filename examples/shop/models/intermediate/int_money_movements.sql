-- Money in and money out, one below the other: the columns of the two meet by position.
select
    payment_id as movement_id,
    order_id,
    'payment' as movement_type,
    payment_method as detail,
    amount,
    paid_at as moved_at
from {{ ref('int_payments_latest') }}
where is_captured

union all

select
    refund_id,
    order_id,
    'refund',
    reason,
    -refunded_amount,
    refunded_at
from {{ ref('stg_refunds') }}
