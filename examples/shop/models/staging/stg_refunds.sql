with source as (

    select * from {{ source('raw', 'refunds') }}

),

renamed as (

    select
        refund_no as refund_id,
        order_ref as order_id,
        why as reason,
        {{ cents_to_amount('value_cents') }} as refunded_amount,
        refunded_at
    from source

)

select * from renamed
