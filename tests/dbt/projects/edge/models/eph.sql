{{ config(materialized='ephemeral') }}
select id as person_id, upper(name) as name from {{ ref('raw_people') }}
