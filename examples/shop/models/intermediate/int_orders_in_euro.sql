with orders as (

    select * from {{ ref('stg_orders') }}

),

rates as (

    select * from {{ ref('stg_currency_rates') }}

)

select
    orders.*,
    coalesce(rates.to_eur, 1) as to_eur,
    orders.shipping_amount * coalesce(rates.to_eur, 1) as shipping_eur
from orders
left join rates
    on orders.currency = rates.currency
    and orders.order_date = rates.rate_date
