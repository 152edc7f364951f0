select id from {{ ref('raw_people') }}
