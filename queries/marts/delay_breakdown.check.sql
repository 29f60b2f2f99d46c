-- what must hold of delay_breakdown; rows are failures
select 'a carrier has not each part once' as problem, carrier_code as example
from delay_breakdown
group by carrier_code
having count(*) <> 4 or count(distinct part) <> 4 or min(parcels) <> max(parcels)
union all
select 'a part of the way takes negative hours' as problem, concat(carrier_code, ' ', part) as example
from delay_breakdown
where mean_hours < -1e-6 or share < -1e-6 or share > 1 + 1e-6
union all
select 'the shares do not add up to 1' as problem, carrier_code as example
from delay_breakdown
group by carrier_code
having abs(sum(share) - 1) > 1e-5
union all
select 'the carriers do not add up to all carriers' as problem, part as example
from delay_breakdown
group by part
having sum(case when carrier_code = '*' then parcels else -parcels end) <> 0
