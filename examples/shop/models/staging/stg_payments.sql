with source as (

    select * from {{ source('raw', 'payments') }}

),

renamed as (

    select
        id as payment_id,
        order_id,
        attempt,
        method as payment_method,
        {{ cents_to_amount('amount_cents') }} as amount,
        state = 'captured' as is_captured,
        paid_at
    from source

)

select * from renamed
