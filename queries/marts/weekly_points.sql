-- grain: one row a carrier ('*' for all), watched metric and week: its value, n, and whether the week has had its whole horizon
with groups as (
    select distinct group_id, carrier_code, week_start_date from cell_groups where grain = 'week'
),

parameters as (
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
        case rates.metric
            when 'on_time_rate' then 0
            when 'promise_kept_rate' then 0
            when 'never_scanned_7d_rate' then 7
            when 'returned_30d_rate' then 30
            when 'lost_30d_rate' then 30
            else 14
        end as horizon_days
    from rates
    inner join groups on rates.group_id = groups.group_id
    where rates.metric in (
        'on_time_rate',
        'promise_kept_rate',
        'exception_rate',
        'exception_rate_carrier',
        'never_scanned_7d_rate',
        'returned_30d_rate',
        'lost_30d_rate'
    )
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
        case durations.measure when 'transit' then 14 else 7 end as horizon_days
    from durations
    inner join groups on durations.group_id = groups.group_id
    where durations.measure in ('transit', 'first_scan')
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
    points.week_start_date + 7 + points.horizon_days <= parameters.as_of_date as is_mature
from points
cross join parameters
where points.value is not null
