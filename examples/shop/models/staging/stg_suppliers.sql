with source as (

    select * from {{ source('raw', 'suppliers') }}

),

renamed as (

    select
        id as supplier_id,
        company_name as supplier_name,
        country as country_code,
        delivery_days,
        rating
    from source

)

select * from renamed
