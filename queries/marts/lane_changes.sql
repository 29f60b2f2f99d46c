-- grain: one row a carrier, lane (from, to, delivery type) and rate that can alert: its latest settled weeks, one to four of them, against up to 26
-- weeks before; of the four the surest. A chart of the whole carrier does not see what one small lane of it loses, and a chart needs two weeks.
-- p: the exact tail of these weeks pooled against the pooled rate before, doubled, or, where it is larger, that of their distance in binomial
-- sigmas times the lane's own spread from week to week (Laney), as normal; times four, for the surest of four was taken
with points as (
    select
        lane_weeks.carrier_code,
        lane_weeks.from_country,
        lane_weeks.to_country,
        lane_weeks.delivery_type,
        lane_weeks.metric,
        weeks.better,
        lane_weeks.week_start_date,
        lane_weeks.x,
        lane_weeks.n,
        max(weeks.point_number) over (partition by weeks.carrier_code, weeks.metric) - weeks.point_number as weeks_ago
    from lane_weeks
    inner join watched_weeks as weeks
        on lane_weeks.carrier_code = weeks.carrier_code
        and lane_weeks.metric = weeks.metric
        and lane_weeks.week_start_date = weeks.week_start_date
    where weeks.is_rate and weeks.point_number is not null and weeks.carrier_code <> '*'
),

spans as (
    select number as weeks from integers where number between 1 and 4
),

pooled as (
    select
        points.carrier_code,
        points.from_country,
        points.to_country,
        points.delivery_type,
        points.metric,
        points.better,
        spans.weeks,
        min(points.week_start_date) filter (where points.weeks_ago < spans.weeks) as first_week,
        sum(points.x) filter (where points.weeks_ago < spans.weeks) as x,
        sum(points.n) filter (where points.weeks_ago < spans.weeks) as n,
        sum(points.x) filter (where points.weeks_ago >= spans.weeks) as usual_x,
        sum(points.n) filter (where points.weeks_ago >= spans.weeks) as usual_n,
        count(*) filter (where points.weeks_ago >= spans.weeks) as usual_weeks
    from points
    cross join spans
    where points.weeks_ago < spans.weeks + alert_baseline_weeks()
    group by all
),

-- how much more the weeks before differ among themselves than chance alone makes them
spreads as (
    select
        pooled.carrier_code,
        pooled.from_country,
        pooled.to_country,
        pooled.delivery_type,
        pooled.metric,
        pooled.weeks,
        sqrt(
            sum(pow(points.x - points.n * pooled.usual_x / pooled.usual_n, 2) / (points.n * pooled.usual_x / pooled.usual_n * (1 - pooled.usual_x / pooled.usual_n)))
                / nullif(count(*) - 1, 0)
        ) as spread
    from pooled
    inner join points using (carrier_code, from_country, to_country, delivery_type, metric)
    where points.weeks_ago >= pooled.weeks
        and points.weeks_ago < pooled.weeks + alert_baseline_weeks()
        and pooled.usual_x > 0
        and pooled.usual_x < pooled.usual_n
    group by all
),

needed as (
    select
        max(value) filter (where name = 'ranked_from') as least_n,
        max(value) filter (where name = 'alert_weeks') as least_weeks
    from seed_thresholds
),

judged as (
    select
        pooled.*,
        pooled.usual_x / pooled.usual_n as usual,
        case pooled.better
            when 'higher' then pooled.x / pooled.n < pooled.usual_x / pooled.usual_n
            when 'lower' then pooled.x / pooled.n > pooled.usual_x / pooled.usual_n
        end as is_worse,
        greatest(
            binomial_p(pooled.x, pooled.n, pooled.usual_x / pooled.usual_n),
            normal_p(
                (pooled.x - pooled.n * pooled.usual_x / pooled.usual_n)
                    / sqrt(pooled.n * pooled.usual_x / pooled.usual_n * (1 - pooled.usual_x / pooled.usual_n) * (1 + pooled.n / pooled.usual_n))
                    / greatest(spreads.spread, 1.0)
            )
        ) as one_p
    from pooled
    inner join spreads using (carrier_code, from_country, to_country, delivery_type, metric, weeks)
    cross join needed
    where pooled.n >= needed.least_n and pooled.usual_n >= needed.least_n and pooled.usual_weeks >= needed.least_weeks
)

select
    carrier_code,
    from_country,
    to_country,
    delivery_type,
    metric,
    is_worse,
    first_week,
    weeks,
    cast(x as bigint) as x,
    cast(n as bigint) as n,
    usual,
    x - n * usual as extra,
    least(1.0, 4 * one_p) as p
from judged
qualify row_number() over (partition by carrier_code, from_country, to_country, delivery_type, metric order by one_p, weeks) = 1
