-- grain: one row a distinct (tracking_number, event_at, event_type, status_code, sub_status_code); event_order is the order of the parcel's events
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
        numbers.parcel_place,
        kinds.kind_place,
        landed.event_at,
        numbers.observed_at,
        min(kinds.type_place) as type_place,
        min(landed.first_seen_at) as first_seen_at,
        max(least(coalesce(landed.last_seen_at, numbers.last_poll_at), numbers.last_poll_at)) as last_seen_at
    from stg_events as landed
    inner join numbers on landed.tracking_number = numbers.tracking_number
    inner join kinds
        on landed.event_type is not distinct from kinds.event_type
        and landed.status_code is not distinct from kinds.landed_code
        and landed.sub_status_code is not distinct from kinds.sub_status_code
        and landed.status_type is not distinct from kinds.status_type
    cross join parameters
    where landed.first_seen_at <= parameters.as_of
    group by numbers.parcel_place, kinds.kind_place, landed.event_at, numbers.observed_at
),

-- a date without a time comes after all else of its day
dated as (
    select
        *,
        coalesce(is_midnight(event_at), false) as is_date_only,
        case when is_midnight(event_at) then add_hours(event_at, 24) else event_at end as order_at,
        case
            when event_at is null then 'no_timestamp'
            when event_at > observed_at then 'future'
        end as clock_quarantine_reason
    from distinct_events
),

ordered as (
    select
        *,
        row_number() over (
            partition by parcel_place
            order by clock_quarantine_reason is not null, order_at nulls last, kind_place
        ) as event_order
    from dated
),

kind_rows as (
    select distinct
        kind_place,
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
        type_place,
        status_type
    from kinds
),

labels as (
    select
        numbers.parcel_place,
        min_by(landed.event_at, case when is_midnight(landed.event_at) then add_hours(landed.event_at, 24) else landed.event_at end)
            as announced_event_at
    from stg_events as landed
    inner join numbers on landed.tracking_number = numbers.tracking_number
    cross join parameters
    where lower(landed.status_code) = 'announced'
        and landed.first_seen_at <= parameters.as_of
        and landed.event_at <= numbers.observed_at
    group by numbers.parcel_place
),

parcel_rows as (
    select distinct
        parcel_place,
        parcel_number,
        announced_at
    from event_numbers
),

labelled as (
    select
        parcel_rows.parcel_place,
        parcel_rows.parcel_number as tracking_number,
        coalesce(parcel_rows.announced_at, labels.announced_event_at) as label_at
    from parcel_rows
    left join labels on parcel_rows.parcel_place = labels.parcel_place
)

select
    labelled.tracking_number,
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
inner join labelled on ordered.parcel_place = labelled.parcel_place
inner join kind_rows on ordered.kind_place = kind_rows.kind_place
inner join type_rows on ordered.type_place = type_rows.type_place
