-- grain: one row a polled number of a parcel that is derived again; parcel_id is the parcel's own number: to count the parcels one node
-- would have to see them all. What a number shows was last seen by the last poll of that number
with parameters as (
    select * from run_parameters
),

headers as (
    select
        headers.tracking_number,
        headers.observed_at,
        headers.announced_at
    from parcel_headers as headers
    inner join changed_parcels as changed on headers.tracking_number = changed.tracking_number
),

owned as (
    select
        numbers.tracking_number,
        numbers.owner_number,
        headers.observed_at,
        headers.announced_at
    from stg_registry as numbers
    inner join headers on numbers.owner_number = headers.tracking_number
),

polled as (
    select
        polls.tracking_number,
        max(polls.observed_at) as last_poll_at
    from stg_polls as polls
    inner join owned on polls.tracking_number = owned.tracking_number
    cross join parameters
    where polls.observed_at <= parameters.as_of
    group by polls.tracking_number
)

select
    owned.tracking_number,
    owned.owner_number,
    owned.owner_number as parcel_id,
    owned.observed_at,
    owned.announced_at,
    polled.last_poll_at
from owned
inner join polled on owned.tracking_number = polled.tracking_number
