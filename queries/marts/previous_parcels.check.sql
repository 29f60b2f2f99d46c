-- what must hold of previous_parcels; rows are failures
select 'a parcel of the previous period has no row' as problem, clocks.tracking_number as example
from parcel_clocks as clocks
left join previous_parcels on clocks.tracking_number = previous_parcels.tracking_number
where clocks.period = 'previous' and previous_parcels.tracking_number is null
union all
select 'a parcel stands twice in the previous period' as problem, tracking_number as example
from previous_parcels
group by tracking_number
having count(*) > 1
