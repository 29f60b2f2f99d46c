-- what must hold of thresholds; rows are failures
select 'a threshold is missing or stands twice' as problem, wanted.name as example
from (
    select 'withheld_below' as name
    union all
    select 'ranked_from' as name
    union all
    select 'stalled_working_days' as name
    union all
    select 'stalled_working_days_waiting' as name
    union all
    select 'standardised_from' as name
    union all
    select 'adjusted_support_from' as name
    union all
    select 'alert_weeks' as name
) as wanted
left join thresholds on wanted.name = thresholds.name
group by wanted.name
having count(thresholds.name) <> 1
union all
select 'a threshold that is negative' as problem, name as example
from thresholds
where value < 0
