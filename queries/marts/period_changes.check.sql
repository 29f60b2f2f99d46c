-- what must hold of period_changes; rows are failures
select 'two rows for one carrier and metric' as problem, concat(carrier_code, ' ', metric) as example
from period_changes
group by carrier_code, metric
having count(*) > 1
union all
select 'the difference lies outside its interval, or outside -1 to 1' as problem, concat(carrier_code, ' ', metric) as example
from period_changes
where difference not between difference_lo - 1e-9 and difference_hi + 1e-9
    or difference_lo < -1 - 1e-9
    or difference_hi > 1 + 1e-9
union all
select 'clear, though too few or unknown' as problem, concat(carrier_code, ' ', metric) as example
from period_changes
where is_clear and (difference is null or current_n < 1 or previous_n < 1)
union all
select 'the direction differs from the verdict' as problem, concat(carrier_code, ' ', metric) as example
from period_changes
where direction not in ('better', 'worse', 'changed', 'no clear change', 'not comparable', 'not_covered')
    or (direction in ('better', 'worse', 'changed')) <> coalesce(is_clear, false)
    or (direction in ('not comparable', 'not_covered')) <> (is_clear is null)
union all
select 'a change is judged of a figure of which neither way is good, or not of one that has a good way' as problem,
    concat(changes.carrier_code, ' ', changes.metric) as example
from period_changes as changes
inner join metrics on changes.metric = metrics.name
where (changes.direction in ('better', 'worse') and metrics.better is null)
    or (changes.direction = 'changed' and metrics.better is not null)
union all
select 'the values differ from those of carrier_performance' as problem, changes.carrier_code as example
from period_changes as changes
inner join carrier_performance as figures on changes.carrier_code = figures.carrier_code and figures.period = 'current'
where (changes.metric = 'exception_rate' and changes.current_value is distinct from figures.exception_rate)
    or (changes.metric = 'transit_p50_hours' and changes.current_value is distinct from figures.transit_p50_hours)
    or (changes.metric = 'first_scan_p50_hours' and changes.current_value is distinct from figures.first_scan_p50_hours)
union all
select 'a carrier is covered for one metric and not for another' as problem, carrier_code as example
from period_changes
group by carrier_code
having count(distinct direction = 'not_covered') > 1
