-- what must hold of parcel_headers; rows are failures
with visible_parcels as (
    select distinct numbers.owner_number as tracking_number
    from stg_polls as polls
    inner join stg_registry as numbers on polls.tracking_number = numbers.tracking_number
    cross join run_parameters
    where polls.observed_at <= run_parameters.as_of
)

select 'two rows for one parcel' as problem, tracking_number as example
from parcel_headers
group by tracking_number
having count(*) > 1
union all
select 'a parcel with a visible poll has no row' as problem, visible_parcels.tracking_number as example
from visible_parcels
left join parcel_headers on visible_parcels.tracking_number = parcel_headers.tracking_number
where parcel_headers.tracking_number is null
union all
select 'a row without a visible poll' as problem, parcel_headers.tracking_number as example
from parcel_headers
left join visible_parcels on parcel_headers.tracking_number = visible_parcels.tracking_number
where visible_parcels.tracking_number is null
union all
select 'observed before it was first observed, or after the clock' as problem, tracking_number as example
from parcel_headers
cross join run_parameters
where observed_at < first_observed_at or observed_at > run_parameters.as_of
union all
select 'a promise without its first sight, or the other way round' as problem, tracking_number as example
from parcel_headers
where (edd_original is null) <> (edd_original_seen_at is null) or (edd_original is null) <> (edd_current is null)
union all
select 'a country or postal area that is longer than two characters or in lower case' as problem, tracking_number as example
from parcel_headers
where length(from_country) <> 2
    or length(to_country) <> 2
    or from_country <> upper(from_country)
    or to_country <> upper(to_country)
    or length(from_postal_area) > 2
    or length(to_postal_area) > 2
