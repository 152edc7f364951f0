{# A whole model: the orders of each period and channel, and what they brought in. #}
{% macro revenue_by(orders, period) %}
with orders as (

    select * from {{ orders }}

)

select
    date_trunc('{{ period }}', order_date) as {{ period }}_start,
    channel,
    count(order_id) as orders,
    count(distinct customer_id) as customers,
    sum(total_amount) as revenue,
    sum(margin_amount) as margin
from orders
group by all
{% endmacro %}
