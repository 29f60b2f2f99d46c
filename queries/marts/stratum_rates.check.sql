-- what must hold of stratum_rates; rows are failures
select 'more counted than asked' as problem, concat(metric, ' ', carrier_code) as example
from stratum_rates
where x > n or x < 0 or n <= 0
union all
select 'one row twice' as problem, max(concat(metric, ' ', carrier_code)) as example
from stratum_rates
group by period, metric, carrier_code, from_country, to_country, delivery_type, service_level
having count(*) > 1
