select
    products.product_id,
    labels.tag
from {{ ref('stg_products') }} as products,
    unnest(products.tags) as labels(tag)
