-- grain: one row a carrier ('*' for all), watched metric and week: its value, n, whether the week has had its whole horizon, and
-- whether its promises were foreseen: on time is not judged where too many were read with hindsight
with parameters as (
    select * from run_parameters
),

rate_points as (
    select
        groups.carrier_code,
        rates.metric,
        groups.week_start_date,
        rates.rate as value,
        cast(rates.x as double) as x,
        rates.n,
        true as is_rate,
        coalesce(foreseen.rate >= foreseen_from(), true) as is_foreseen
    from rates
    inner join groups on rates.group_id = groups.group_id
    left join rates as foreseen
        on rates.group_id = foreseen.group_id
        and rates.metric = 'on_time_rate'
        and foreseen.metric = 'promise_foreseen_rate'
    where groups.grain = 'week'
),

median_points as (
    select
        groups.carrier_code,
        case durations.measure when 'transit' then 'transit_p50_hours' else 'first_scan_p50_hours' end as metric,
        groups.week_start_date,
        durations.p50 as value,
        cast(null as double) as x,
        durations.followed_count as n,
        false as is_rate,
        true as is_foreseen
    from durations
    inner join groups on durations.group_id = groups.group_id
    where groups.grain = 'week' and durations.measure in ('transit', 'first_scan')
),

points as (
    select * from rate_points
    union all
    select * from median_points
)

select
    points.carrier_code,
    points.metric,
    points.week_start_date,
    points.value,
    points.x,
    points.n,
    points.is_rate,
    points.is_foreseen,
    -- its Sunday and the horizon
    points.week_start_date + 6 + metrics.alert_horizon <= parameters.as_of_date as is_mature
from points
inner join metrics on points.metric = metrics.name
cross join parameters
where points.value is not null and metrics.alert_horizon is not null
