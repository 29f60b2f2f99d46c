-- grain: one row a carrier ('*' for all), metric that can alert and week with a value; point_number counts the points of its control chart:
-- weeks that have had their whole horizon and enough parcels
with weeks as (
    select * from weekly_points
),

parameters as (
    select * from run_parameters
),

needed as (
    select value as least_n from seed_thresholds where name = 'ranked_from'
),

watched as (
    select *
    from (
        values
            ('on_time_rate', 2, 'higher'),
            ('promise_kept_rate', 2, 'higher'),
            ('never_scanned_7d_rate', 7, 'lower'),
            ('first_scan_p50_hours', 7, 'lower'),
            ('transit_2_working_days_rate', 7, 'higher'),
            ('exception_rate_carrier', 14, 'lower'),
            ('first_attempt_success_rate', 14, 'higher'),
            ('transit_p50_hours', 14, 'lower'),
            ('returned_30d_rate', 30, 'lower'),
            ('lost_30d_rate', 30, 'lower')
    ) as listed (metric, alert_horizon, better)
),

settled as (
    select
        weeks.carrier_code,
        weeks.metric,
        watched.better,
        weeks.is_rate,
        weeks.week_start_date,
        weeks.value,
        weeks.x,
        weeks.n,
        weeks.week_start_date + 6 + watched.alert_horizon <= parameters.as_of_date as is_mature
    from weeks
    inner join watched on weeks.metric = watched.metric
    cross join parameters
),

judged as (
    select
        settled.*,
        settled.is_mature and settled.n >= needed.least_n as is_point
    from settled
    cross join needed
)

select
    *,
    case
        when is_point then row_number() over (partition by carrier_code, metric, is_point order by week_start_date)
    end as point_number
from judged
