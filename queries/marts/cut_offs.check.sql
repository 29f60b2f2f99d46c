-- what must hold of cut_offs; rows are failures
select 'one row twice' as problem, concat(period, ' ', carrier_code) as example
from cut_offs
group by period, carrier_code
having count(*) > 1
union all
select 'more steps than there are neighbours' as problem, concat(period, ' ', carrier_code) as example
from cut_offs
where steps_looked_at > greatest(hours_counted - 1, 0)
