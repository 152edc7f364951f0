with items as (

    select * from {{ ref('int_order_items_priced') }}

),

orders as (

    select * from {{ ref('int_orders_in_euro') }}

)

select
    items.order_item_id,
    items.order_id,
    items.product_id,
    items.category_code,
    items.supplier_id,
    orders.order_date,
    items.quantity,
    round(items.net_amount * orders.to_eur, 2) as net_amount,
    round((items.net_amount - items.cost_amount) * orders.to_eur, 2) as margin_amount
from items
inner join orders using (order_id)
