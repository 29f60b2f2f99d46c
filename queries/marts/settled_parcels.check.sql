-- what must hold of settled_parcels; rows are failures
select 'two rows for one parcel' as problem, tracking_number as example
from settled_parcels
group by tracking_number
having count(*) > 1
union all
select 'a parcel that changed, or is derived again all the same' as problem, settled.tracking_number as example
from settled_parcels as settled
inner join parcel_clocks on settled.tracking_number = parcel_clocks.tracking_number
union all
select 'an event after the clock that it was settled by' as problem, settled.tracking_number as example
from settled_parcels as settled
inner join events on settled.tracking_number = events.tracking_number
where events.quarantine_reason is null and events.event_at > settled.clock_at
