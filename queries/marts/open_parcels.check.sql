-- what must hold of open_parcels; rows are failures
select 'two rows for one parcel' as problem, tracking_number as example
from open_parcels
group by tracking_number
having count(*) > 1
union all
select 'a parcel of which nobody knows whether it is stalled' as problem, tracking_number as example
from open_parcels
where is_stalled is null or silent_working_days is null
union all
select 'open outbound scanned parcels are lost or doubled' as problem,
    concat(cast(wanted.parcels as varchar), ' but ', cast(found.parcels as varchar)) as example
from (
    select count(*) as parcels from parcels where outcome = 'open' and not is_return and first_scan_at is not null
) as wanted
cross join (select count(*) as parcels from open_parcels) as found
where wanted.parcels <> found.parcels
