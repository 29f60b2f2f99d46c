-- what must hold of stratum_curves; rows are failures
select 'two rows for one side of a stratum' as problem, concat(metric, ' ', carrier_code, ' ', side) as example
from stratum_curves
group by period, metric, side, carrier_code, from_country, to_country, delivery_type, service_level
having count(*) > 1
union all
select 'a share without a spread, or outside 0 to 1' as problem, concat(metric, ' ', carrier_code, ' ', side) as example
from stratum_curves
where share < -1e-9 or share > 1 + 1e-9 or (share is not null and not variance > 0)
