with o as (
    select * from {{ ref('raw_orders') }}
), p as (
    select * from {{ ref('eph') }}
)
select o.id as order_id, p.person_id, o.amount, p.name
from o join p on o.person_id = p.person_id
