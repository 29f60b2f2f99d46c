-- grain: one row a status code that the seed knows
with seed as (
    select * from seed_status_codes
)

select
    status_code,
    phase,
    scan_order,
    is_scan,
    is_exception,
    exception_group,
    coalesce(words, replace(status_code, '_', ' ')) as words
from seed
