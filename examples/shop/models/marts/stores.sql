with sales as (

    select
        store_id,
        count(*) as orders,
        sum(total_amount) as revenue
    from {{ ref('orders') }}
    where store_id is not null
    group by store_id

)

select
    store_id,
    stores.store_name,
    country_code,
    countries.country_name,
    sales.orders,
    sales.revenue,
    sales.revenue / sum(sales.revenue) over () as revenue_share
from {{ ref('stg_stores') }} as stores
full join sales using (store_id)
left join {{ ref('countries') }} as countries using (country_code)
