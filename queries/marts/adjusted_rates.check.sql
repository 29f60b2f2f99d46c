-- what must hold of adjusted_rates; rows are failures
select 'two rows for one period, carrier and rate' as problem, concat(period, ' ', carrier_code, ' ', metric) as example
from adjusted_rates
group by period, carrier_code, metric
having count(*) > 1
union all
select 'a rate or its support lies outside 0 to 1' as problem, concat(period, ' ', carrier_code, ' ', metric) as example
from adjusted_rates
where least(adjusted_rate, adjusted_rate_lo, adjusted_rate_hi, adjusted_support, expected_rate) < -1e-9
    or greatest(adjusted_rate, adjusted_rate_lo, adjusted_rate_hi, adjusted_support, expected_rate) > 1 + 1e-9
union all
select 'a rate lies outside its interval' as problem, concat(period, ' ', carrier_code, ' ', metric) as example
from adjusted_rates
where adjusted_rate not between adjusted_rate_lo - 1e-9 and adjusted_rate_hi + 1e-9
union all
select 'a rate without support, or support without a rate' as problem, concat(period, ' ', carrier_code, ' ', metric) as example
from adjusted_rates
where (adjusted_rate is null) <> (adjusted_support = 0)
    or (adjusted_rate is null) <> (adjusted_rate_lo is null)
    or (adjusted_rate is null) <> (adjusted_rate_hi is null)
