with source as (

    select * from {{ source('raw', 'order_items') }}

),

renamed as (

    select
        id as order_item_id,
        order_id,
        line_no,
        sku as product_id,
        quantity,
        {{ cents_to_amount('unit_price_cents') }} as unit_price,
        cast(discount_percent / 100 as decimal(5, 2)) as discount_rate
    from source

)

select * from renamed
