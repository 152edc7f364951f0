{% snapshot people_snap %}
{{ config(target_schema='main', unique_key='id', strategy='check', check_cols=['name']) }}
select * from {{ ref('raw_people') }}
{% endsnapshot %}
