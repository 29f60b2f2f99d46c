-- what must hold of comparison_terms; rows are failures
select 'a carrier that is its own rival' as problem, concat(metric, ' ', carrier_code) as example
from comparison_terms
where carrier_code = other_carrier_code
union all
select 'a shared stratum without both rates' as problem, concat(metric, ' ', carrier_code, ' ', other_carrier_code) as example
from comparison_terms
where is_shared and (own_rate is null or other_rate is null or own_variance is null or other_variance is null)
union all
select 'one row twice' as problem, max(concat(metric, ' ', carrier_code, ' ', other_carrier_code)) as example
from comparison_terms
group by period, metric, carrier_code, other_carrier_code, from_country, to_country, delivery_type, service_level
having count(*) > 1
