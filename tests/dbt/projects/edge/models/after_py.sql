select * from {{ ref('py') }}
