with source as (

    select * from {{ source('raw', 'stores') }}

),

renamed as (

    select
        store_no as store_id,
        label as store_name,
        country as country_code,
        opened_on
    from source

)

select * from renamed
