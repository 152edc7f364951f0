with customers as (

    select * from {{ ref('stg_customers') }}

),

orders as (

    select * from {{ ref('orders') }}

),

visits as (

    select
        customer_id,
        count(*) as visits,
        max(ended_at) as last_seen_at
    from {{ ref('int_sessions') }}
    where customer_id is not null
    group by customer_id

),

order_summary as (

    select
        customer_id,
        min(ordered_at) as first_order_at,
        max(ordered_at) as last_order_at,
        count(distinct order_id) as number_of_orders,
        sum(total_amount) as lifetime_value
    from orders
    group by customer_id

)

select
    customers.*,
    countries.country_name,
    referrer.full_name as referred_by,
    order_summary.first_order_at,
    order_summary.last_order_at,
    coalesce(order_summary.number_of_orders, 0) as number_of_orders,
    order_summary.lifetime_value,
    order_summary.lifetime_value / (select avg(total_amount) from orders) as value_in_orders,
    case
        when order_summary.number_of_orders is null then 'prospect'
        when order_summary.number_of_orders > 5 then 'regular'
        else 'occasional'
    end as customer_type,
    visits.visits,
    visits.last_seen_at
from customers
left join {{ ref('countries') }} as countries on customers.country_code = countries.country_code
left join customers as referrer on customers.referred_by_id = referrer.customer_id
left join order_summary on customers.customer_id = order_summary.customer_id
left join visits on customers.customer_id = visits.customer_id
