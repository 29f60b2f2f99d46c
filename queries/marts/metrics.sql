-- grain: one row a metric: what it is, in words, and which way is good
with seed as (
    select * from seed_metrics
)

select
    row_number() over (order by seed_row) as metric_order,
    name,
    title,
    unit,
    better,
    cohort,
    horizon_days,
    alert_horizon,
    meaning,
    counted,
    out_of,
    cannot_tell,
    is_compared,
    topic,
    estimator,
    rests_on
from seed
