-- Days that no table knows: a column without any origin.
select
    cast(day as date) as day,
    extract(isodow from day) >= 6 as is_weekend
from range(timestamp '2024-01-01', timestamp '2026-01-01', interval 1 day) as days(day)
