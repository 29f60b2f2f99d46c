-- what must hold of candidates; rows are failures
select 'one statement twice' as problem, concat(kind, ' ', carrier_code, ' ', metric) as example
from candidates
group by kind, scope, carrier_code, from_country, to_country, delivery_type, metric, side, first_week, target_number
having count(*) > 1
union all
select 'surer after all looks than after one, or sure beyond the level' as problem, concat(kind, ' ', carrier_code, ' ', metric) as example
from candidates
where p_holm < p or p not between 0 and 1 or (is_sure and p_holm > 0.05)
