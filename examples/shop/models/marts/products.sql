with products as (

    select * from {{ ref('stg_products') }}

),

sold as (

    select
        product_id,
        sum(quantity) as units_sold,
        sum(net_amount) as revenue
    from {{ ref('order_items') }}
    group by 1
    having sum(quantity) > 0

),

tags as (

    select
        product_id,
        count(tag) as number_of_tags,
        bool_or(tag = 'sale') as is_on_sale
    from {{ ref('int_product_tags') }}
    group by product_id

)

select
    products.* exclude (tags, updated_at) replace (upper(products.colour) as colour),
    categories.category_name,
    categories.department,
    tags.number_of_tags,
    tags.is_on_sale,
    sold.units_sold,
    sold.revenue,
    rank() over (partition by products.category_code order by sold.revenue desc) as rank_in_category
from products
left join {{ ref('product_categories') }} as categories using (category_code)
left join tags on products.product_id = tags.product_id
left join sold on products.product_id = sold.product_id
order by products.product_id
