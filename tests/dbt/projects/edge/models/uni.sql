select id, name as label from {{ ref('raw_people') }}
union all
select id, cast(amount as varchar) from {{ ref('raw_orders') }}
