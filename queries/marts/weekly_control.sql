-- grain: one row a carrier ('*' for all), watched metric and week, with limits from the earlier weeks: Laney's p' chart (2002) for rates,
-- XmR (Wheeler) for medians; rule says which of them the week breaks
with points as (
    select * from weekly_points
),

needed as (
    select
        max(case when name = 'ranked_from' then value end) as least_n,
        max(case when name = 'alert_weeks' then value end) as least_weeks
    from seed_thresholds
),

steady as (
    select points.*
    from points
    cross join needed
    where points.is_mature and points.n >= needed.least_n
),

centres as (
    select
        judged.carrier_code,
        judged.metric,
        judged.week_start_date,
        judged.n,
        judged.is_rate,
        count(*) as week_count,
        case when judged.is_rate then sum(earlier.x) / sum(earlier.n) else avg(earlier.value) end as centre
    from steady as judged
    inner join steady as earlier
        on judged.carrier_code = earlier.carrier_code
        and judged.metric = earlier.metric
        and earlier.week_start_date < judged.week_start_date
    group by judged.carrier_code, judged.metric, judged.week_start_date, judged.n, judged.is_rate
),

-- for rates the moving range is that of z, so that weeks of different size are alike; weeks that are all 0 or all 1 have no spread, and
-- give no limits: one lost parcel after eight weeks without one is no signal
deviations as (
    select
        centres.carrier_code,
        centres.metric,
        centres.week_start_date,
        earlier.week_start_date as earlier_week_start_date,
        case
            when not centres.is_rate then earlier.value
            when centres.centre > 0 and centres.centre < 1
                then (earlier.value - centres.centre) / sqrt(centres.centre * (1 - centres.centre) / earlier.n)
        end as deviation
    from centres
    inner join steady as earlier
        on centres.carrier_code = earlier.carrier_code
        and centres.metric = earlier.metric
        and earlier.week_start_date < centres.week_start_date
),

ranges as (
    select
        *,
        abs(deviation - lag(deviation) over (
            partition by carrier_code, metric, week_start_date order by earlier_week_start_date
        )) as moving_range
    from deviations
),

spreads as (
    select
        carrier_code,
        metric,
        week_start_date,
        avg(moving_range) as mean_moving_range
    from ranges
    group by carrier_code, metric, week_start_date
),

limits as (
    select
        centres.carrier_code,
        centres.metric,
        centres.week_start_date,
        centres.centre,
        case
            when centres.is_rate
                then 3 * sqrt(centres.centre * (1 - centres.centre) / centres.n) * spreads.mean_moving_range / 1.128
            else 2.66 * spreads.mean_moving_range
        end as reach,
        centres.is_rate
    from centres
    inner join spreads
        on centres.carrier_code = spreads.carrier_code
        and centres.metric = spreads.metric
        and centres.week_start_date = spreads.week_start_date
    cross join needed
    where centres.week_count >= needed.least_weeks
),

sequenced as (
    select
        *,
        row_number() over (partition by carrier_code, metric order by week_start_date) as week_number
    from steady
),

sides as (
    select
        judged.carrier_code,
        judged.metric,
        judged.week_start_date,
        count(*) filter (where recent.value > limits.centre) as above_count,
        count(*) filter (where recent.value < limits.centre) as below_count
    from sequenced as judged
    inner join limits
        on judged.carrier_code = limits.carrier_code
        and judged.metric = limits.metric
        and judged.week_start_date = limits.week_start_date
    inner join sequenced as recent
        on judged.carrier_code = recent.carrier_code
        and judged.metric = recent.metric
        and recent.week_number between judged.week_number - 7 and judged.week_number
    group by judged.carrier_code, judged.metric, judged.week_start_date
),

bounded as (
    select
        points.carrier_code,
        points.metric,
        points.week_start_date,
        points.value,
        points.n,
        points.is_mature,
        limits.centre,
        case when limits.is_rate and limits.centre < limits.reach then 0.0 else limits.centre - limits.reach end as limit_lo,
        case when limits.is_rate and limits.centre + limits.reach > 1 then 1.0 else limits.centre + limits.reach end as limit_hi,
        sides.above_count,
        sides.below_count
    from points
    left join limits
        on points.carrier_code = limits.carrier_code
        and points.metric = limits.metric
        and points.week_start_date = limits.week_start_date
    left join sides
        on points.carrier_code = sides.carrier_code
        and points.metric = sides.metric
        and points.week_start_date = sides.week_start_date
)

select
    carrier_code,
    metric,
    week_start_date,
    rounded(value) as value,
    n,
    is_mature,
    rounded(centre) as centre,
    rounded(limit_lo) as limit_lo,
    rounded(limit_hi) as limit_hi,
    case
        when rounded(value) > rounded(limit_hi) or rounded(value) < rounded(limit_lo) then 'beyond_limits'
        when above_count = 8 or below_count = 8 then 'eight_on_one_side'
    end as rule
from bounded
