select
    customer_id,
    customer_type as segment
from {{ ref('customers') }}
