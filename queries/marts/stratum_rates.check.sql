-- what must hold of stratum_rates; rows are failures
select 'more counted than asked' as problem, concat(metric, ' ', carrier_code) as example
from stratum_rates
where x > n or x < 0 or n <= 0
