-- what must hold of targets; rows are failures
select 'a target is lost, or judged twice' as problem, cast(count(*) as varchar) as example
from targets
having count(*) <> (select count(*) from seed_targets)
union all
select 'a verdict that the rate does not give' as problem, concat(carrier_code, ' ', metric) as example
from targets
inner join metrics on targets.metric = metrics.name
where verdict not in ('met', 'missed', 'too_close', 'too_few')
    or (verdict = 'met' and (metrics.better = 'higher') <> (rate_lo >= target - 1e-8))
    or (verdict = 'missed' and (metrics.better = 'higher') <> (rate_hi <= target + 1e-8))
union all
select 'more are counted than asked, or a number stands twice' as problem, cast(target_number as varchar) as example
from targets
group by target_number
having count(*) > 1 or bool_or(x > n)
union all
select 'short by a number outside its limits, or of nothing' as problem, concat(carrier_code, ' ', metric) as example
from targets
where short_by not between short_by_lo and short_by_hi or (short_by is null) <> (n = 0)
