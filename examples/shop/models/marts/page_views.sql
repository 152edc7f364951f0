{{
    config(
        materialized='incremental',
        incremental_strategy='microbatch',
        event_time='day',
        begin='2024-01-01',
        batch_size='year'
    )
}}

select
    date_trunc('day', occurred_at) as day,
    page_path,
    count(distinct visitor_key) as visitors,
    count(event_id) as views
from {{ ref('stg_web_events') }}
where event_type = 'page'
group by all
