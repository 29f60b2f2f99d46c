-- what must hold of week_counts; rows are failures
select 'two rows for one week, carrier, lane and rate' as problem, concat(carrier_code, ' ', metric, ' ', week_start_date) as example
from week_counts
group by week_start_date, carrier_code, from_country, to_country, delivery_type, metric
having count(*) > 1
union all
select 'more parcels are counted than there are' as problem, concat(carrier_code, ' ', metric, ' ', week_start_date) as example
from week_counts
where x > n or x < 0 or n < 0 or x is null or n is null
