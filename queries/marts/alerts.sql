-- grain: one row a carrier, metric, side and first_week: an alert, the marked weeks on one side with at most one unmarked point between them
with control as (
    select * from weekly_control
),

weeks as (
    select * from watched_weeks
),

baselines as (
    select * from alert_baselines
),

latest as (
    select
        carrier_code,
        metric,
        max(point_number) as latest_number
    from weeks
    group by carrier_code, metric
),

marked as (
    select
        weeks.carrier_code,
        weeks.metric,
        weeks.better,
        weeks.is_rate,
        weeks.week_start_date,
        weeks.point_number,
        weeks.value,
        weeks.x,
        weeks.n,
        control.marked as side,
        coalesce(control.outside = control.marked, false) as is_outside,
        baselines.centre,
        baselines.pooled_x / baselines.pooled_n as pooled_rate,
        abs(weeks.value - baselines.centre) / nullif(baselines.sigma, 0) as distance
    from weeks
    inner join control
        on weeks.carrier_code = control.carrier_code
        and weeks.metric = control.metric
        and weeks.week_start_date = control.week_start_date
    inner join baselines
        on weeks.carrier_code = baselines.carrier_code
        and weeks.metric = baselines.metric
        and weeks.point_number = baselines.point_number
    where control.marked is not null
),

gaps as (
    select
        *,
        case when point_number - lag(point_number) over chart <= 2 then 0 else 1 end as is_first
    from marked
    window chart as (partition by carrier_code, metric, side order by point_number)
),

numbered as (
    select
        *,
        sum(is_first) over (partition by carrier_code, metric, side order by point_number) as episode_number
    from gaps
),

episodes as (
    select
        carrier_code,
        metric,
        better,
        is_rate,
        side,
        min(week_start_date) as first_week,
        max(week_start_date) as last_week,
        max(point_number) as last_number,
        count(*) as weeks,
        bool_or(is_outside) as is_outside,
        sum(x) as x,
        cast(sum(n) as bigint) as n,
        avg(value) as mean_value,
        min_by(centre, point_number) as first_centre,
        min_by(pooled_rate, point_number) as first_pooled_rate,
        -- no spread before: whatever is said of its distance, it is no chance
        case when count(distance) = count(*) then avg(distance) * sqrt(count(*)) end as root_distance
    from numbered
    group by carrier_code, metric, better, is_rate, side, episode_number
)

select
    episodes.carrier_code,
    episodes.metric,
    episodes.side,
    coalesce(episodes.side = case episodes.better when 'higher' then 'below' when 'lower' then 'above' end, false) as is_worse,
    episodes.first_week,
    episodes.last_week,
    episodes.weeks,
    case when episodes.is_outside then 'outside' else 'run' end as kind,
    episodes.last_number >= latest.latest_number - 1 as is_open,
    case when episodes.is_rate then rounded(episodes.x / episodes.n) else rounded(episodes.mean_value) end as value,
    episodes.n,
    case when episodes.is_rate then rounded(episodes.first_pooled_rate) else rounded(episodes.first_centre) end as usual,
    case
        when episodes.is_rate then binomial_p(episodes.x, episodes.n, episodes.first_pooled_rate)
        when episodes.root_distance is null then 0.0
        else normal_p(episodes.root_distance)
    end as p
from episodes
inner join latest on episodes.carrier_code = latest.carrier_code and episodes.metric = latest.metric
