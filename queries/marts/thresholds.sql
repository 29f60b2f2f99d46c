-- grain: one row a threshold that decides what is shown, compared and flagged
with seed as (
    select * from seed_thresholds
)

select
    name,
    value,
    meaning
from seed
