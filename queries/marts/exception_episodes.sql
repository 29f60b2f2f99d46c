-- grain: one row a parcel of the current scan cohort with a reported exception: from the first one to the next forward scan
with members as (
    select * from cohort_members
    where period = 'current' and cohort = 'scan'
),

parcel_rows as (
    select * from parcels
    where first_exception_at is not null
),

forward_scans as (
    select
        events.tracking_number,
        min_by(events.event_at, events.event_order) as ended_at,
        min_by(events.is_date_only, events.event_order) as is_ended_date_only,
        min_by(events.status_code, events.event_order) as ended_code
    from events
    inner join parcel_rows on events.tracking_number = parcel_rows.tracking_number
    where events.quarantine_reason is null
        and events.event_type = 'carrier'
        and events.status_code in ('sorted', 'in_transit', 'in_delivery', 'pup', 'delivered')
        and events.event_at > parcel_rows.first_exception_at
        and (parcel_rows.returned_at is null or events.event_at <= parcel_rows.returned_at)
    group by events.tracking_number
)

select
    parcel_rows.tracking_number,
    parcel_rows.account,
    parcel_rows.carrier_code,
    parcel_rows.first_exception_group as exception_group,
    parcel_rows.first_exception_code as exception_code,
    parcel_rows.first_exception_at as started_at,
    forward_scans.ended_at,
    forward_scans.ended_code,
    case
        when not parcel_rows.is_first_exception_date_only and not forward_scans.is_ended_date_only
            then hours_between(parcel_rows.first_exception_at, forward_scans.ended_at)
    end as episode_hours,
    forward_scans.ended_at is null and parcel_rows.outcome = 'open' as is_open,
    parcel_rows.outcome,
    coalesce(parcel_rows.outcome_at, parcel_rows.observed_at) as followed_until_at
from members
inner join parcel_rows on members.tracking_number = parcel_rows.tracking_number
left join forward_scans on parcel_rows.tracking_number = forward_scans.tracking_number
