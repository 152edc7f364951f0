with ranked as (

    select
        customer_id,
        country_code,
        customer_type,
        lifetime_value,
        ntile(10) over (partition by country_code order by lifetime_value desc) as value_decile
    from {{ ref('customers') }}
    where lifetime_value is not null

)

select
    * exclude (customer_type, lifetime_value),
    case when value_decile = 1 then 'top' else customer_type end as segment
from ranked
