-- grain: one row a polled number of a parcel that is derived again; parcel_id numbers the parcels, so that events are grouped and sorted
-- by numbers. A parcel of two numbers is polled under each: what a number shows was last seen by the last poll of that number
with parameters as (
    select * from run_parameters
),

headers as (
    select
        headers.tracking_number,
        headers.observed_at,
        headers.announced_at,
        row_number() over (order by headers.tracking_number) as parcel_id
    from parcel_headers as headers
    inner join changed_parcels as changed on headers.tracking_number = changed.tracking_number
),

polled as (
    select
        polls.tracking_number,
        max(polls.observed_at) as last_poll_at
    from stg_polls as polls
    cross join parameters
    where polls.observed_at <= parameters.as_of
    group by polls.tracking_number
)

select
    numbers.tracking_number,
    numbers.owner_number,
    headers.parcel_id,
    headers.observed_at,
    headers.announced_at,
    polled.last_poll_at
from stg_registry as numbers
inner join headers on numbers.owner_number = headers.tracking_number
inner join polled on numbers.tracking_number = polled.tracking_number
