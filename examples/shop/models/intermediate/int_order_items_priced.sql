{{ config(materialized='ephemeral') }}

with items as (

    select * from {{ ref('stg_order_items') }}

),

products as (

    select * from {{ ref('stg_products') }}

)

select
    items.*,
    products.category_code,
    products.supplier_id,
    items.quantity * items.unit_price * (1 - items.discount_rate) as net_amount,
    items.quantity * products.unit_cost as cost_amount
from items
inner join products on items.product_id = products.product_id
