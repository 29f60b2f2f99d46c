-- grain: one row a carrier ('*' for all), metric that can alert and week with a value: limits from the weeks before it, whether it lies outside
-- them, and whether it is marked: part of an alert
with weeks as (
    select * from watched_weeks
),

baselines as (
    select * from alert_baselines
),

joined as (
    select
        weeks.*,
        baselines.centre,
        alert_sigmas() * baselines.sigma as reach,
        baselines.is_exact,
        baselines.pooled_x / baselines.pooled_n as pooled_rate
    from weeks
    left join baselines
        on weeks.carrier_code = baselines.carrier_code
        and weeks.metric = baselines.metric
        and weeks.point_number = baselines.point_number
),

-- where so few are expected that a normal distribution does not tell, the limits are the last counts whose exact tail is none too small
limits as (
    select
        *,
        case
            when is_exact and pooled_rate <= 0.5 then 0.0
            when is_exact then 1 - rare_count_hi(n, 1 - pooled_rate) / n
            else greatest(0.0, centre - reach)
        end as limit_lo,
        case
            when is_exact and pooled_rate <= 0.5 then rare_count_hi(n, pooled_rate) / n
            when is_exact then 1.0
            when is_rate then least(1.0, centre + reach)
            else centre + reach
        end as limit_hi
    from joined
),

trimmed as (
    select
        carrier_code,
        metric,
        week_start_date,
        rounded(value) as value,
        n,
        is_mature,
        point_number,
        rounded(centre) as centre,
        -- a centre of 0 or 1 has no outside, and least and greatest pass over null
        case when is_exact or reach is not null then rounded(limit_lo) end as limit_lo,
        case when is_exact or reach is not null then rounded(limit_hi) end as limit_hi
    from limits
),

sided as (
    select
        *,
        case when value > limit_hi then 'above' when value < limit_lo then 'below' end as outside,
        case when value > centre then 'above' when value < centre then 'below' end as side
    from trimmed
),

-- a week without a point neither breaks nor lengthens a run
points as (
    select
        *,
        point_number - row_number() over (partition by carrier_code, metric, side order by point_number) as run_id
    from sided
    where point_number is not null
),

ruled as (
    select
        carrier_code,
        metric,
        week_start_date,
        case
            when outside = lag(outside, 1) over chart
                or outside = lag(outside, 2) over chart
                or outside = lead(outside, 1) over chart
                or outside = lead(outside, 2) over chart
                then outside
            when side is not null and count(*) over run >= alert_run_weeks() then side
        end as marked
    from points
    window
        chart as (partition by carrier_code, metric order by point_number),
        run as (partition by carrier_code, metric, side, run_id)
)

select
    sided.carrier_code,
    sided.metric,
    sided.week_start_date,
    sided.value,
    sided.n,
    sided.is_mature,
    sided.centre,
    sided.limit_lo,
    sided.limit_hi,
    sided.outside,
    -- all carriers together are no carrier, and alert nobody
    case when sided.carrier_code <> '*' then ruled.marked end as marked
from sided
left join ruled
    on sided.carrier_code = ruled.carrier_code
    and sided.metric = ruled.metric
    and sided.week_start_date = ruled.week_start_date
