-- what must hold of metrics; rows are failures
select 'two rows of one metric' as problem, name as example
from metrics
group by name
having count(*) > 1
union all
select 'a rate without a cohort, or a count with a better way' as problem, name as example
from metrics
where (estimator in ('rate', 'duration') and cohort is null) or (unit = 'count' and better is not null)
union all
select 'an alert horizon of a figure that has no weeks' as problem, name as example
from metrics
where alert_horizon < 0 or (alert_horizon is not null and estimator not in ('rate', 'duration'))
