with source as (

    select * from {{ source('raw', 'orders') }}

),

renamed as (

    select
        id as order_id,
        customer_id,
        store_id,
        case when store_id is null then 'web' else 'store' end as channel,
        status,
        currency,
        {{ cents_to_amount('shipping_cents') }} as shipping_amount,
        voucher is not null as has_voucher,
        ordered_at,
        cast(ordered_at as date) as order_date
    from source

)

select * from renamed
