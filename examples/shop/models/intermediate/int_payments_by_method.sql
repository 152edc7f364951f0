{%- set methods = ['card', 'paypal', 'invoice', 'voucher'] -%}

with payments as (

    select * from {{ ref('int_payments_latest') }}

)

select
    order_id,
    {%- for method in methods %}
    sum(case when payment_method = '{{ method }}' then amount else 0 end) as {{ method }}_amount,
    {%- endfor %}
    sum(amount) as paid_amount
from payments
where is_captured
group by all
