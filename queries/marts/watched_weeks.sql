-- grain: one row a carrier ('*' for all), metric that can alert and week with a value; point_number counts the points of its control chart:
-- weeks that have had their whole horizon, and enough parcels
with weeks as (
    select * from weekly_points
),

needed as (
    select value as least_n from seed_thresholds where name = 'ranked_from'
),

judged as (
    select
        weeks.carrier_code,
        weeks.metric,
        metrics.better,
        weeks.is_rate,
        weeks.week_start_date,
        weeks.value,
        weeks.x,
        weeks.n,
        weeks.is_mature,
        weeks.is_mature and weeks.is_foreseen and weeks.n >= needed.least_n as is_point
    from weeks
    inner join metrics on weeks.metric = metrics.name
    cross join needed
)

select
    carrier_code,
    metric,
    better,
    is_rate,
    week_start_date,
    value,
    x,
    n,
    is_mature,
    case
        when is_point then row_number() over (partition by carrier_code, metric, is_point order by week_start_date)
    end as point_number
from judged
