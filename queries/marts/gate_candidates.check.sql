-- what must hold of gate_candidates; rows are failures
select 'a statement about all carriers, or without a p' as problem, concat(kind, ' ', carrier_code, ' ', metric) as example
from gate_candidates
where (carrier_code = '*' and kind <> 'target') or p is null
union all
select 'one row twice' as problem, max(concat(kind, ' ', carrier_code, ' ', metric)) as example
from gate_candidates
group by kind, scope, carrier_code, from_country, to_country, delivery_type, metric, side, first_week, target_number
having count(*) > 1
