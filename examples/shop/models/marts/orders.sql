{{ config(materialized='incremental', unique_key='order_id') }}

with orders as (

    select * from {{ ref('int_orders_in_euro') }}
    {% if is_incremental() %}
    where ordered_at > (select max(ordered_at) from {{ this }})
    {% endif %}

),

items as (

    select
        order_id,
        count(order_item_id) as items,
        sum(net_amount) as items_amount,
        sum(margin_amount) as margin_amount
    from {{ ref('order_items') }}
    group by order_id

),

payments as (

    select * from {{ ref('int_payments_by_method') }}

)

select
    orders.order_id,
    orders.customer_id,
    orders.store_id,
    orders.channel,
    orders.status,
    orders.order_date,
    orders.ordered_at,
    items.items,
    items.items_amount + orders.shipping_eur as total_amount,
    items.margin_amount,
    coalesce(payments.paid_amount, 0) as paid_amount,
    payments.voucher_amount > 0 as paid_by_voucher
from orders
inner join items on orders.order_id = items.order_id
left join payments on orders.order_id = payments.order_id
{%- if var('break_orders') %}
where orders.broken_on_purpose
{%- endif %}
