-- grain: one row a distinct (tracking_number, event_at, is_date_only, event_type, status_code, sub_status_code); event_order is the order of the parcel's events
with parameters as (
    select * from run_parameters
),

numbers as (
    select * from event_numbers
),

kinds as (
    select * from event_kinds
),

distinct_events as (
    select
        numbers.parcel_id,
        kinds.kind_id,
        landed.event_at,
        landed.is_date_only,
        numbers.observed_at,
        max(landed.offset_minutes) as offset_minutes,
        min(kinds.type_id) as type_id,
        min(landed.first_seen_at) as first_seen_at,
        max(lesser_of(landed.last_seen_at, numbers.last_poll_at)) as last_seen_at
    from stg_events as landed
    inner join numbers on landed.tracking_number = numbers.tracking_number
    inner join kinds
        on coalesce(landed.event_type, '') = kinds.landed_event_type
        and coalesce(landed.status_code, '') = kinds.landed_status_code
        and coalesce(landed.sub_status_code, '') = kinds.landed_sub_status_code
        and coalesce(landed.status_type, '') = kinds.landed_status_type
    cross join parameters
    where landed.first_seen_at <= parameters.as_of
    group by numbers.parcel_id, kinds.kind_id, landed.event_at, landed.is_date_only, numbers.observed_at
),

-- a date without a time comes after all else of its day
dated as (
    select
        *,
        case when is_date_only then add_hours(event_at, 24) else event_at end as order_at,
        case
            when event_at is null then 'no_timestamp'
            when event_at < timestamp '2000-01-01 00:00:00' then 'implausible'
            -- a date is of the future where it is not yet that day where it was written
            when event_at > case when is_date_only then add_hours(observed_at, offset_minutes / 60e0) else observed_at end then 'future'
        end as clock_quarantine_reason
    from distinct_events
),

ordered as (
    select
        *,
        row_number() over (
            partition by parcel_id
            order by
                clock_quarantine_reason is not null,
                order_at nulls last,
                case when is_date_only then 0 else 1 end,
                kind_id
        ) as event_order
    from dated
),

kind_rows as (
    select distinct
        kind_id,
        event_type,
        status_code,
        sub_status_code,
        phase,
        scan_order,
        is_mapped,
        is_scan,
        is_exception,
        exception_group
    from kinds
),

type_rows as (
    select distinct
        type_id,
        status_type
    from kinds
),

announcements as (
    select
        numbers.parcel_id,
        min(case when not landed.is_date_only then landed.event_at end) as first_timed_at,
        min(case when landed.is_date_only then landed.event_at end) as first_dated_at
    from stg_events as landed
    inner join numbers on landed.tracking_number = numbers.tracking_number
    cross join parameters
    where lower(landed.status_code) = 'announced'
        and landed.first_seen_at <= parameters.as_of
        and landed.event_at >= timestamp '2000-01-01 00:00:00'
        and landed.event_at
        <= case
            when landed.is_date_only then add_hours(numbers.observed_at, landed.offset_minutes / 60e0)
            else numbers.observed_at
        end
    group by numbers.parcel_id
),

labels as (
    select
        parcel_id,
        case
            when first_dated_at is null or utc_date(first_timed_at) <= utc_date(first_dated_at) then first_timed_at
            else first_dated_at
        end as announced_event_at
    from announcements
),

parcel_rows as (
    select distinct
        parcel_id,
        owner_number,
        announced_at
    from event_numbers
),

labelled as (
    select
        parcel_rows.parcel_id,
        parcel_rows.owner_number as tracking_number,
        coalesce(parcel_rows.announced_at, labels.announced_event_at) as label_at
    from parcel_rows
    left join labels on parcel_rows.parcel_id = labels.parcel_id
)

select
    labelled.tracking_number,
    account_of(labelled.tracking_number) as account,
    ordered.event_order,
    ordered.event_at,
    kind_rows.event_type,
    kind_rows.status_code,
    kind_rows.sub_status_code,
    type_rows.status_type,
    kind_rows.phase,
    kind_rows.scan_order,
    kind_rows.is_mapped,
    kind_rows.is_scan,
    case
        when kind_rows.is_mapped then kind_rows.is_exception
        else kind_rows.status_code is not null and coalesce(type_rows.status_type in ('error', 'warning'), false)
    end as is_exception,
    case
        when kind_rows.is_mapped then kind_rows.exception_group
        when kind_rows.status_code is not null and type_rows.status_type in ('error', 'warning') then 'unattributed'
    end as exception_group,
    ordered.is_date_only,
    ordered.first_seen_at,
    ordered.last_seen_at,
    case
        when ordered.clock_quarantine_reason is not null then ordered.clock_quarantine_reason
        when kind_rows.event_type = 'carrier' and hours_between(ordered.event_at, labelled.label_at) > 30 * 24 then 'before_label'
    end as quarantine_reason
from ordered
inner join labelled on ordered.parcel_id = labelled.parcel_id
inner join kind_rows on ordered.kind_id = kind_rows.kind_id
inner join type_rows on ordered.type_id = type_rows.type_id
