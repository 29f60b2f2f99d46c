-- what must hold of gate_candidates; rows are failures
select 'a statement about all carriers, or without a p' as problem, concat(kind, ' ', carrier_code, ' ', metric) as example
from gate_candidates
where carrier_code = '*' or p is null
