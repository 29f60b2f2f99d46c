-- grain: one row a parcel to derive and a clock it is seen from: changed parcels now, and what the previous period needs and is not settled
with headers as (
    select * from parcel_headers
),

changed as (
    select * from changed_parcels
),

clocks as (
    select * from periods where period = 'previous'
),

stirring as (
    select distinct events.tracking_number
    from events
    cross join clocks
    where events.quarantine_reason is null
        and events.event_at <= clocks.clock_at
        and utc_date(events.event_at) >= add_days(clocks.first_start_date, -2)
),

settled as (
    select * from settled_parcels
),

previous_parcels as (
    select
        headers.tracking_number,
        clocks.clock_at,
        lesser_of(headers.observed_at, clocks.clock_at) as observed_at
    from headers
    cross join clocks
    left join stirring on headers.tracking_number = stirring.tracking_number
    left join settled on headers.tracking_number = settled.tracking_number
    where settled.tracking_number is null
        and (
            stirring.tracking_number is not null
            or (headers.announced_at <= clocks.clock_at and utc_date(headers.announced_at) >= add_days(clocks.first_start_date, -2))
            or headers.edd_original between clocks.first_start_date and clocks.last_start_date
        )
)

select
    'current' as period,
    headers.tracking_number,
    -- what happened after the last poll is set aside already; a date can be a day ahead of it
    add_hours(headers.observed_at, 24) as clock_at,
    headers.observed_at
from headers
inner join changed on headers.tracking_number = changed.tracking_number
union all
select
    'previous' as period,
    tracking_number,
    clock_at,
    observed_at
from previous_parcels
