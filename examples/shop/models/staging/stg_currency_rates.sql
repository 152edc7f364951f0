select * from {{ source('raw', 'currency_rates') }}
