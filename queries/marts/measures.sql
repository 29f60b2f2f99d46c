-- grain: one row a measure of follow_ups; measure_number orders them, and sorting by it takes half as long as by name; what is shown of
-- carriers alone is not reckoned for lanes and options
with named as (
    select distinct measure from follow_up_counts
)

select
    measure,
    row_number() over (order by measure) as measure_number,
    measure not in ('first_scan', 'transit', 'transit_working_days') as is_of_carriers
from named
