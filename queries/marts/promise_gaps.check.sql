-- what must hold of promise_gaps; rows are failures
select 'two rows for one carrier, kind and days' as problem, concat(carrier_code, ' ', kind, ' ', cast(days as varchar)) as example
from promise_gaps
group by carrier_code, kind, days
having count(*) > 1
union all
select 'a kind that nobody knows, days beyond the last, or a row of nobody' as problem, concat(carrier_code, ' ', kind) as example
from promise_gaps
where kind not in ('drift', 'days_late') or days not between -7 and 14 or parcels < 1
