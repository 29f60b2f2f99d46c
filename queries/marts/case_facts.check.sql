-- what must hold of case_facts; rows are failures
select 'a fact that costs nothing' as problem, concat(kind, ' ', carrier_code, ' ', metric) as example
from case_facts
where lost < 0 or (kind <> 'alert' and lost is null)
union all
select 'more counted than there are' as problem, concat(kind, ' ', carrier_code, ' ', metric) as example
from case_facts
where x > n or elsewhere_x > elsewhere_n or elsewhere_n < 0
union all
select 'parcels outside their limits' as problem, concat(kind, ' ', carrier_code, ' ', metric) as example
from case_facts
where extra not between extra_lo - 1e-6 and extra_hi + 1e-6
union all
select 'one row twice' as problem, max(concat(kind, ' ', carrier_code, ' ', metric)) as example
from case_facts
group by kind, known_as, carrier_code, from_country, to_country, delivery_type, metric, since
having count(*) > 1
