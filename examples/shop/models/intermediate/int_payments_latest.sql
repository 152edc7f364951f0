-- A payment that failed is tried again: the last attempt counts.
select *
from {{ ref('stg_payments') }}
qualify row_number() over (partition by order_id order by attempt desc) = 1
