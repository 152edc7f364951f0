-- No order may bring in less than what was charged for sending it.
select order_id
from {{ ref('orders') }}
where total_amount < 0
