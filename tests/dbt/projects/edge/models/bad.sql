{{ config(enabled=var('break_child')) }}
select no_such_column from {{ ref('raw_people') }}
