select name, dbt_valid_from from {{ ref('people_snap') }}
