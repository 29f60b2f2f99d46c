-- what must hold of lane_weeks; rows are failures
select 'two rows for one carrier, lane, rate and week' as problem,
    concat(carrier_code, ' ', from_country, ' ', to_country, ' ', delivery_type, ' ', metric, ' ', week_start_date) as example
from lane_weeks
group by carrier_code, from_country, to_country, delivery_type, metric, week_start_date
having count(*) > 1
union all
select 'the lanes do not add up to the carrier''s week' as problem,
    concat(weeks.carrier_code, ' ', weeks.metric, ' ', weeks.week_start_date) as example
from watched_weeks as weeks
left join (
    select
        carrier_code,
        metric,
        week_start_date,
        sum(x) as x,
        sum(n) as n
    from lane_weeks
    group by carrier_code, metric, week_start_date
) as lanes
    on weeks.carrier_code = lanes.carrier_code
    and weeks.metric = lanes.metric
    and weeks.week_start_date = lanes.week_start_date
where weeks.is_rate
    and weeks.carrier_code <> '*'
    and (weeks.x is distinct from lanes.x or weeks.n is distinct from lanes.n)
