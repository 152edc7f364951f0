-- Who brought in whom, and through how many others.
with recursive chain as (

    select
        customer_id,
        customer_id as first_referrer_id,
        0 as steps
    from {{ ref('stg_customers') }}
    where referred_by_id is null

    union all

    select
        referred.customer_id,
        chain.first_referrer_id,
        chain.steps + 1
    from {{ ref('stg_customers') }} as referred
    inner join chain on referred.referred_by_id = chain.customer_id

)

select * from chain
