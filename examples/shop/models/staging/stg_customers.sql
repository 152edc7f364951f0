with source as (

    select * from {{ source('raw', 'customers') }}

),

renamed as (

    select
        id as customer_id,
        first_name || ' ' || last_name as full_name,
        lower(email) as email,
        address.city as city,
        address.country as country_code,
        referred_by as referred_by_id,
        newsletter as is_subscribed,
        signed_up_at,
        updated_at
    from source

)

select * from renamed
