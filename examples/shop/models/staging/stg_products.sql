with source as (

    select * from {{ source('raw', 'products') }}

),

renamed as (

    select
        sku as product_id,
        title as product_name,
        category_code,
        {{ cents_to_amount('price_cents') }} as list_price,
        {{ cents_to_amount('cost_cents') }} as unit_cost,
        supplier_id,
        attributes ->> '$.colour' as colour,
        cast(attributes ->> '$.weight_g' as integer) as weight_g,
        tags,
        updated_at
    from source

)

select * from renamed
