-- what must hold of alert_baselines; rows are failures
select 'two rows for one point' as problem, concat(carrier_code, ' ', metric, ' ', point_number) as example
from alert_baselines
group by carrier_code, metric, point_number
having count(*) > 1
union all
select 'a baseline of too few weeks' as problem, concat(carrier_code, ' ', metric, ' ', point_number) as example
from alert_baselines
cross join seed_thresholds as thresholds
where thresholds.name = 'alert_weeks' and point_number <= thresholds.value
union all
select 'a sigma below nothing, or a pooled rate outside 0 to 1' as problem,
    concat(carrier_code, ' ', metric, ' ', point_number) as example
from alert_baselines
where sigma < 0 or pooled_x < 0 or pooled_x > pooled_n
