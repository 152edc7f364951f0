with source as (select * from {{ source('shop', 'deliveries') }})
select * from source
