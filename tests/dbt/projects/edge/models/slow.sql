{{ config(enabled=(var('slow') | int) > 0) }}
select count(*) as n from range({{ var('slow') }}) a, range(100000) b where a.range * b.range % 7 = 3
