-- grain: one row an alert of a rate (carrier, metric, side, first_week) and lane with parcels in its marked weeks: what the lane adds to it
with alert_rows as (
    select * from alerts
),

control as (
    select * from weekly_control where marked is not null
),

weeks as (
    select * from watched_weeks where is_rate and point_number is not null
),

baselines as (
    select * from alert_baselines
),

counts as (
    select * from lane_weeks
),

first_points as (
    select
        alert_rows.carrier_code,
        alert_rows.metric,
        alert_rows.side,
        alert_rows.first_week,
        alert_rows.last_week,
        alert_rows.is_worse,
        weeks.point_number,
        baselines.pooled_x / baselines.pooled_n as pooled_rate
    from alert_rows
    inner join weeks
        on alert_rows.carrier_code = weeks.carrier_code
        and alert_rows.metric = weeks.metric
        and alert_rows.first_week = weeks.week_start_date
    inner join baselines
        on weeks.carrier_code = baselines.carrier_code
        and weeks.metric = baselines.metric
        and weeks.point_number = baselines.point_number
),

told as (
    select
        first_points.carrier_code,
        first_points.metric,
        first_points.side,
        first_points.first_week,
        first_points.is_worse,
        first_points.point_number,
        first_points.pooled_rate,
        counts.from_country,
        counts.to_country,
        counts.delivery_type,
        sum(counts.x) as x,
        sum(counts.n) as n
    from first_points
    inner join control
        on first_points.carrier_code = control.carrier_code
        and first_points.metric = control.metric
        and first_points.side = control.marked
        and control.week_start_date between first_points.first_week and first_points.last_week
    inner join counts
        on control.carrier_code = counts.carrier_code
        and control.metric = counts.metric
        and control.week_start_date = counts.week_start_date
    group by
        first_points.carrier_code,
        first_points.metric,
        first_points.side,
        first_points.first_week,
        first_points.is_worse,
        first_points.point_number,
        first_points.pooled_rate,
        counts.from_country,
        counts.to_country,
        counts.delivery_type
),

-- each lane in the baseline of the alert's first week
before as (
    select
        first_points.carrier_code,
        first_points.metric,
        first_points.first_week,
        first_points.side,
        counts.from_country,
        counts.to_country,
        counts.delivery_type,
        sum(counts.x) as x,
        sum(counts.n) as n
    from first_points
    inner join weeks
        on first_points.carrier_code = weeks.carrier_code
        and first_points.metric = weeks.metric
        and weeks.point_number between first_points.point_number - alert_baseline_weeks() and first_points.point_number - 1
    inner join counts
        on weeks.carrier_code = counts.carrier_code
        and weeks.metric = counts.metric
        and weeks.week_start_date = counts.week_start_date
    group by
        first_points.carrier_code,
        first_points.metric,
        first_points.first_week,
        first_points.side,
        counts.from_country,
        counts.to_country,
        counts.delivery_type
),

usuals as (
    select
        told.*,
        case when before.n >= alert_lane_from() then before.x / before.n else told.pooled_rate end as usual
    from told
    left join before
        on told.carrier_code = before.carrier_code
        and told.metric = before.metric
        and told.first_week = before.first_week
        and told.side = before.side
        and told.from_country = before.from_country
        and told.to_country = before.to_country
        and told.delivery_type = before.delivery_type
),

extras as (
    select
        *,
        x - n * usual as extra,
        case side when 'above' then x - n * usual else n * usual - x end as towards
    from usuals
),

summed as (
    select
        *,
        sum(greatest(towards, 0.0)) over (partition by carrier_code, metric, side, first_week) as all_towards
    from extras
)

select
    carrier_code,
    metric,
    side,
    first_week,
    nullif(from_country, '') as from_country,
    nullif(to_country, '') as to_country,
    delivery_type,
    cast(n as bigint) as n,
    cast(x as bigint) as x,
    rounded(usual) as usual,
    rounded(extra) as extra,
    is_worse and rounded(towards) >= alert_lane_parcels() and rounded(towards - all_towards / 2) > 0 as is_named
from summed
