{% macro note() %}{% do run_query("create or replace table noted as select 1 as x") %}{% endmacro %}
