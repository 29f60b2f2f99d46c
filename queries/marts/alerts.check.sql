-- what must hold of alerts; rows are failures
select 'two rows for one carrier, metric and week' as problem, concat(carrier_code, ' ', metric, ' ', week_start_date) as example
from alerts
group by carrier_code, metric, week_start_date
having count(*) > 1
union all
select 'an alert that no rule gives' as problem, concat(carrier_code, ' ', metric, ' ', week_start_date) as example
from alerts
where coalesce(rule not in ('beyond_limits', 'eight_on_one_side'), true)
    or (rule = 'beyond_limits' and value between limit_lo and limit_hi)
union all
select 'an alert of too few parcels' as problem, concat(alerts.carrier_code, ' ', alerts.metric, ' ', alerts.week_start_date) as example
from alerts
cross join seed_thresholds as thresholds
where thresholds.name = 'ranked_from' and alerts.n < thresholds.value
