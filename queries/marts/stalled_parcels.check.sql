-- what must hold of stalled_parcels; rows are failures
select 'two rows for one parcel' as problem, tracking_number as example
from stalled_parcels
group by tracking_number
having count(*) > 1
union all
select 'other parcels than are stalled' as problem,
    concat(cast(listed.parcels as varchar), ' but ', cast(wanted.parcels as varchar)) as example
from (select count(*) as parcels from stalled_parcels) as listed
cross join (select count(*) as parcels from open_parcels where is_stalled) as wanted
where wanted.parcels <> listed.parcels
union all
select 'a parcel that is closed, returning or not silent' as problem, stalled.tracking_number as example
from stalled_parcels as stalled
left join parcels on stalled.tracking_number = parcels.tracking_number
where parcels.outcome is distinct from 'open' or parcels.is_return or coalesce(stalled.silent_working_days, 0) < 1
