-- A visit ends when nothing happens for half an hour.
with events as (

    select * from {{ ref('stg_web_events') }}

),

gaps as (

    select
        *,
        lag(occurred_at) over (partition by visitor_key order by occurred_at) as previous_at
    from events

),

numbered as (

    select
        *,
        sum(case when previous_at is null or occurred_at > previous_at + interval 30 minute then 1 else 0 end)
            over (partition by visitor_key order by occurred_at) as session_no
    from gaps

)

select
    visitor_key,
    session_no,
    max(customer_id) as customer_id,
    min(occurred_at) as started_at,
    max(occurred_at) as ended_at,
    count(*) as events,
    count(*) filter (where event_type = 'checkout') as checkouts
from numbered
group by visitor_key, session_no
