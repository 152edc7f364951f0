with source as (

    select * from {{ source('raw', 'web_events') }}

),

renamed as (

    select
        event_id,
        md5(visitor) as visitor_key,
        customer_id,
        kind as event_type,
        payload ->> '$.path' as page_path,
        cast(payload -> '$.items' as varchar[]) as shown_products,
        happened_at as occurred_at
    from source

)

select * from renamed
