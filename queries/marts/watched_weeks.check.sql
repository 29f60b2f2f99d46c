-- what must hold of watched_weeks; rows are failures
select 'two rows for one carrier, metric and week' as problem, concat(carrier_code, ' ', metric, ' ', week_start_date) as example
from watched_weeks
group by carrier_code, metric, week_start_date
having count(*) > 1
union all
select 'a point that is too young or too small' as problem, concat(carrier_code, ' ', metric, ' ', week_start_date) as example
from watched_weeks
cross join seed_thresholds as thresholds
where thresholds.name = 'ranked_from'
    and point_number is not null
    and (not is_mature or n < thresholds.value)
union all
select 'points that are not counted through' as problem, concat(carrier_code, ' ', metric) as example
from watched_weeks
group by carrier_code, metric
having count(distinct point_number) <> coalesce(max(point_number), 0)
union all
select 'a point of on time whose promises were read too late' as problem, concat(points.carrier_code, ' ', points.week_start_date) as example
from watched_weeks as points
inner join weekly_performance as weeks
    on points.carrier_code = weeks.carrier_code and points.week_start_date = weeks.week_start_date
where points.metric = 'on_time_rate'
    and points.point_number is not null
    and coalesce(weeks.promise_foreseen_rate, 0.0) < foreseen_from()
