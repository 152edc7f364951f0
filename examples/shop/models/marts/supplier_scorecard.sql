{{ config(alias='suppliers') }}

select
    suppliers.supplier_id,
    suppliers.supplier_name,
    countries.region,
    suppliers.rating,
    (
        select count(*)
        from {{ ref('stg_products') }} as products
        where products.supplier_id = suppliers.supplier_id
    ) as number_of_products,
    sum(items.net_amount) as revenue,
    avg(items.margin_amount) as average_margin
from {{ ref('stg_suppliers') }} as suppliers
left join {{ ref('order_items') }} as items on suppliers.supplier_id = items.supplier_id
left join {{ ref('countries') }} as countries on suppliers.country_code = countries.country_code
where exists (
    select 1
    from {{ ref('products') }} as products
    where products.supplier_id = suppliers.supplier_id
)
group by suppliers.supplier_id, suppliers.supplier_name, countries.region, suppliers.rating
