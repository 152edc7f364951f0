select * from {{ ref('star') }} where amount < 0
