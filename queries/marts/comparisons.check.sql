-- what must hold of comparisons; rows are failures
select 'sure, and not comparable' as problem, concat(scope, ' ', carrier_code, ' ', metric) as example
from comparisons
where is_sure and (not is_comparable or period <> 'current' or other_carrier_code <> '*')
union all
select 'two rows for one comparison' as problem, concat(scope, ' ', carrier_code, ' ', metric) as example
from comparisons
group by period, scope, carrier_code, other_carrier_code, from_country, to_country, delivery_type, metric
having count(*) > 1
