-- grain: one row a point that has enough points before it: what those were around (their median; their pooled rate), and sigma for this point
with points as (
    select * from watched_weeks where point_number is not null
),

needed as (
    select value as least_weeks from seed_thresholds where name = 'alert_weeks'
),

back as (
    select unnest(range(1, alert_baseline_weeks() + 1)) as step
),

pairs as (
    select
        points.carrier_code,
        points.metric,
        points.is_rate,
        points.point_number,
        points.n,
        points.point_number - back.step as earlier_number
    from points
    cross join back
),

earlier as (
    select
        pairs.*,
        before.value,
        before.x,
        before.n as earlier_n
    from pairs
    inner join points as before
        on pairs.carrier_code = before.carrier_code
        and pairs.metric = before.metric
        and pairs.earlier_number = before.point_number
),

centres as (
    select
        carrier_code,
        metric,
        point_number,
        count(*) as week_count,
        median(value) as centre,
        sum(x) as pooled_x,
        sum(earlier_n) as pooled_n
    from earlier
    group by carrier_code, metric, point_number
),

-- for rates the moving range is that of z, so that weeks of different size are alike
deviations as (
    select
        earlier.carrier_code,
        earlier.metric,
        earlier.point_number,
        earlier.earlier_number,
        case
            when not earlier.is_rate then earlier.value
            when centres.centre > 0 and centres.centre < 1
                then (earlier.value - centres.centre) / sqrt(centres.centre * (1 - centres.centre) / earlier.earlier_n)
        end as deviation
    from earlier
    inner join centres
        on earlier.carrier_code = centres.carrier_code
        and earlier.metric = centres.metric
        and earlier.point_number = centres.point_number
),

moves as (
    select
        *,
        abs(deviation - lag(deviation) over (partition by carrier_code, metric, point_number order by earlier_number)) as moving_range
    from deviations
),

-- 0.954 and 1.128: median and mean of the range of two draws of a standard normal
spreads as (
    select
        carrier_code,
        metric,
        point_number,
        greatest(median(moving_range) / 0.954, avg(moving_range) / 1.128) as spread
    from moves
    group by carrier_code, metric, point_number
)

select
    points.carrier_code,
    points.metric,
    points.point_number,
    centres.centre,
    centres.pooled_x,
    cast(centres.pooled_n as double) as pooled_n,
    -- null for a rate whose centre is 0 or 1
    case
        when not points.is_rate then spreads.spread
        when centres.centre > 0 and centres.centre < 1
            then greatest(spreads.spread, 1.0) * sqrt(centres.centre * (1 - centres.centre) / points.n)
    end as sigma,
    -- n p or n (1 - p) below 5, in whole numbers
    coalesce(
        points.n * centres.pooled_x < 5 * centres.pooled_n
        or points.n * (centres.pooled_n - centres.pooled_x) < 5 * centres.pooled_n,
        false
    ) as is_exact
from points
cross join needed
inner join centres
    on points.carrier_code = centres.carrier_code
    and points.metric = centres.metric
    and points.point_number = centres.point_number
inner join spreads
    on points.carrier_code = spreads.carrier_code
    and points.metric = spreads.metric
    and points.point_number = spreads.point_number
where centres.week_count >= needed.least_weeks
