-- what must hold of lane_changes; rows are failures
select 'one row twice' as problem, concat(carrier_code, ' ', from_country, ' ', to_country, ' ', metric) as example
from lane_changes
group by carrier_code, from_country, to_country, delivery_type, metric
having count(*) > 1
union all
select 'more counted than there are, or a chance that is none' as problem, concat(carrier_code, ' ', metric) as example
from lane_changes
where x > n or n < 30 or p not between 0 and 1 or weeks not between 1 and 4 or carrier_code = '*'
