-- what must hold of the events of the parcels that were derived again; rows are failures
with parcel_rows as (
    select distinct
        parcel_id,
        owner_number as tracking_number,
        observed_at
    from event_numbers
),

-- what was landed and is visible, duplicates merged: of one parcel, events differ where their hashes do
landed_keys as (
    select distinct
        numbers.parcel_id,
        event_hash(landed.event_at, landed.is_date_only, landed.event_type, lower(landed.status_code), landed.sub_status_code) as hash_of_event
    from stg_events as landed
    inner join event_numbers as numbers on landed.tracking_number = numbers.tracking_number
    cross join run_parameters
    where landed.first_seen_at <= run_parameters.as_of
),

landed as (
    select
        parcel_id,
        count(*) as event_count
    from landed_keys
    group by parcel_id
),

kept as (
    select
        parcel_rows.parcel_id,
        count(*) as event_count,
        min(events.event_order) as first_order,
        max(events.event_order) as last_order,
        max(case when events.first_seen_at > events.last_seen_at then 1 else 0 end) as has_reversed_sight,
        max(case when events.last_seen_at > parcel_rows.observed_at then 1 else 0 end) as has_late_sight,
        max(case when (events.event_at is null) <> coalesce(events.quarantine_reason = 'no_timestamp', false) then 1 else 0 end)
            as has_wrong_no_timestamp,
        max(
            case
                when not events.is_date_only
                    and (events.event_at > parcel_rows.observed_at) <> coalesce(events.quarantine_reason = 'future', false)
                    then 1
                -- clocks are no more than a day apart
                when events.event_at > add_hours(parcel_rows.observed_at, 24) and events.quarantine_reason is null then 1
                when events.event_at <= add_hours(parcel_rows.observed_at, -24) and events.quarantine_reason = 'future' then 1
                else 0
            end
        ) as has_wrong_future,
        max(
            case
                when events.quarantine_reason = 'before_label' and coalesce(events.event_type <> 'carrier', true) then 1
                else 0
            end
        ) as has_wrong_before_label,
        max(
            case
                when (events.event_at < timestamp '2000-01-01 00:00:00')
                    <> coalesce(events.quarantine_reason = 'implausible', false)
                    then 1
                else 0
            end
        ) as has_wrong_implausible,
        max(
            case when events.quarantine_reason not in ('no_timestamp', 'implausible', 'future', 'before_label') then 1 else 0 end
        ) as has_unknown_reason,
        max(case when events.is_date_only is null or (events.is_date_only and not is_midnight(events.event_at)) then 1 else 0 end)
            as has_wrong_date_only,
        max(case when events.status_code <> lower(events.status_code) then 1 else 0 end) as has_upper_case
    from events
    inner join parcel_rows on events.tracking_number = parcel_rows.tracking_number
    group by parcel_rows.parcel_id
),

judged as (
    select
        parcel_rows.tracking_number,
        coalesce(landed.event_count, 0) as landed_count,
        coalesce(kept.event_count, 0) as kept_count,
        kept.*
    from parcel_rows
    left join landed on parcel_rows.parcel_id = landed.parcel_id
    left join kept on parcel_rows.parcel_id = kept.parcel_id
)

select 'landed events are lost or doubled: used, quarantined and merged do not add up' as problem,
    concat(tracking_number, ': ', cast(landed_count as varchar), ' landed, ', cast(kept_count as varchar), ' kept') as example
from judged
where landed_count <> kept_count
union all
select 'the order of a parcel''s events has gaps or ties' as problem, tracking_number as example
from judged
where first_order <> 1 or last_order <> event_count
union all
select 'an event was last seen before it was first seen' as problem, tracking_number as example
from judged
where has_reversed_sight = 1
union all
select 'an event was seen after the last poll' as problem, tracking_number as example
from judged
where has_late_sight = 1
union all
select 'an event without a time is used, or one with a time is set aside for lacking it' as problem, tracking_number as example
from judged
where has_wrong_no_timestamp = 1
union all
select 'an event of the future is used, or one of the past is set aside as future' as problem, tracking_number as example
from judged
where has_wrong_future = 1
union all
select 'an event of the last century is used, or one of this is set aside as implausible' as problem, tracking_number as example
from judged
where has_wrong_implausible = 1
union all
select 'an event that is not the carrier''s is set aside as before the label' as problem, tracking_number as example
from judged
where has_wrong_before_label = 1
union all
select 'a reason that nobody knows' as problem, tracking_number as example
from judged
where has_unknown_reason = 1
union all
select 'a time is taken for a date' as problem, tracking_number as example
from judged
where has_wrong_date_only = 1
union all
select 'a status code in upper case' as problem, tracking_number as example
from judged
where has_upper_case = 1
union all
select 'events of a parcel that is not there' as problem, events.tracking_number as example
from (select distinct tracking_number from events) as events
left join parcel_headers on events.tracking_number = parcel_headers.tracking_number
where parcel_headers.tracking_number is null
