-- grain: one row a carrier, exception group, code and sub-code: parcels of the scan cohort watched 14 days that had it by then, and its events
with members as (
    select * from cohort_outcomes
    where period = 'current' and cohort = 'scan' and is_watched_14d
),

parcel_rows as (
    select * from parcels
),

reported as (
    select
        coalesce(parcel_rows.carrier_code, '') as carrier_code,
        events.exception_group,
        events.status_code,
        coalesce(events.sub_status_code, '') as sub_status_code,
        events.tracking_number
    from members
    inner join parcel_rows on members.tracking_number = parcel_rows.tracking_number
    inner join events on members.tracking_number = events.tracking_number
    where events.quarantine_reason is null
        and events.event_type = 'carrier'
        and events.is_exception
        and events.event_at >= parcel_rows.first_scan_at
        and events.event_at <= add_hours(parcel_rows.first_scan_at, 14 * 24)
        and (parcel_rows.outcome_at is null or events.event_at <= parcel_rows.outcome_at)
)

select
    carrier_code,
    exception_group,
    status_code,
    sub_status_code,
    count(distinct tracking_number) as parcels,
    count(*) as event_count
from reported
group by carrier_code, exception_group, status_code, sub_status_code
