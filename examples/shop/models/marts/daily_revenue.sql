{{
    config(
        pre_hook="{{ 'select sleep_ms(' ~ (var('slow_seconds') | int) * 1000 ~ ')' if var('slow_seconds') | int > 0 }}"
    )
}}

with per_day as (

    select
        order_date,
        sum(total_amount) as revenue
    from {{ ref('orders') }}
    group by order_date

),

refunds as (

    select
        cast(moved_at as date) as order_date,
        sum(amount) as refunded
    from {{ ref('int_money_movements') }}
    where movement_type = 'refund'
    group by cast(moved_at as date)

)

select
    calendar.day,
    calendar.is_weekend,
    coalesce(per_day.revenue, 0) as revenue,
    coalesce(refunds.refunded, 0) as refunded,
    sum(per_day.revenue) over (
        partition by date_trunc('year', calendar.day)
        order by calendar.day
    ) as revenue_year_to_date,
    avg(per_day.revenue) over last_week as revenue_7_days,
    per_day.revenue - lag(per_day.revenue) over (order by calendar.day) as change
from {{ ref('calendar') }} as calendar
left join per_day on calendar.day = per_day.order_date
left join refunds on calendar.day = refunds.order_date
window last_week as (order by calendar.day rows between 6 preceding and current row)
