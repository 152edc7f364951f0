select name from {{ target.schema }}.loose
