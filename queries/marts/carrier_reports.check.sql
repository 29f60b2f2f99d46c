-- what must hold of carrier_reports; rows are failures
select 'a carrier has not each kind once' as problem, carrier_code as example
from carrier_reports
group by carrier_code
having count(*) <> 6 or count(distinct kind) <> 6 or min(parcels) <> max(parcels)
union all
select 'more reported than there are, or something reported that is not' as problem, concat(carrier_code, ' ', kind) as example
from carrier_reports
where reported > parcels or reported < 0 or (reported > 0) <> coalesce(is_reported, false)
union all
select 'said to be silent of too few parcels' as problem, concat(carrier_code, ' ', kind) as example
from carrier_reports
where not is_reported and parcels < 100
