-- what must hold of parcels; rows are failures
with visible_parcels as (
    select distinct numbers.owner_number as tracking_number
    from stg_polls as polls
    inner join stg_registry as numbers on polls.tracking_number = numbers.tracking_number
    cross join run_parameters
    where polls.observed_at <= run_parameters.as_of
)

select 'a parcel with a visible poll has not exactly one row' as problem, visible_parcels.tracking_number as example
from visible_parcels
left join parcels on visible_parcels.tracking_number = parcels.tracking_number
group by visible_parcels.tracking_number
having count(parcels.tracking_number) <> 1
union all
select 'a row without a visible poll' as problem, parcels.tracking_number as example
from parcels
left join visible_parcels on parcels.tracking_number = visible_parcels.tracking_number
where visible_parcels.tracking_number is null
