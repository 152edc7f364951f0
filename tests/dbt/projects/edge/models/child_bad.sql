{{ config(enabled=var('break_child')) }}
select * from {{ ref('bad') }}
