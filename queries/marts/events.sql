-- grain: one row a distinct (tracking_number, event_at, event_type, status_code, sub_status_code); event_order is ORDER of METRICS
with parameters as (
    select * from run_parameters
),

headers as (
    select
        headers.tracking_number,
        headers.observed_at,
        headers.announced_at,
        row_number() over (order by headers.tracking_number) as parcel_place
    from parcel_headers as headers
    inner join changed_parcels as changed on headers.tracking_number = changed.tracking_number
),

-- a parcel of two numbers is polled under each: what a number shows was last seen by the last poll of that number
numbers as (
    select
        numbers.tracking_number,
        headers.parcel_place,
        headers.observed_at,
        max(polls.observed_at) as last_poll_at
    from stg_registry as numbers
    inner join headers on numbers.parcel_number = headers.tracking_number
    inner join stg_polls as polls on numbers.tracking_number = polls.tracking_number
    cross join parameters
    where polls.observed_at <= parameters.as_of
    group by numbers.tracking_number, headers.parcel_place, headers.observed_at
),

codes as (
    select * from seed_status_codes
),

-- what sets events apart beside their time is a few hundred combinations of codes: they are ordered once, so that the events are sorted by numbers
spoken as (
    select distinct
        event_type,
        status_code as landed_code,
        sub_status_code
    from stg_events
),

kinds as (
    select
        spoken.event_type,
        spoken.landed_code,
        spoken.sub_status_code,
        codes.phase,
        codes.scan_order,
        lower(spoken.landed_code) as status_code,
        codes.status_code is not null as is_mapped,
        coalesce(codes.is_scan, false) as is_scan,
        codes.is_exception,
        codes.exception_group,
        dense_rank() over (
            order by
                coalesce(codes.scan_order, 1000),
                lower(spoken.landed_code) nulls last,
                spoken.event_type nulls last,
                spoken.sub_status_code nulls last
        ) as kind_place
    from spoken
    left join codes on lower(spoken.landed_code) = codes.status_code
),

distinct_events as (
    select
        numbers.parcel_place,
        kinds.kind_place,
        landed.event_at,
        numbers.observed_at,
        -- the gravest; of types that nobody knows the first in the alphabet
        case
            when bool_or(landed.status_type = 'error') then 'error'
            when bool_or(landed.status_type = 'warning') then 'warning'
            when bool_or(landed.status_type = 'success') then 'success'
            else min(landed.status_type)
        end as status_type,
        min(landed.first_seen_at) as first_seen_at,
        max(least(coalesce(landed.last_seen_at, numbers.last_poll_at), numbers.last_poll_at)) as last_seen_at
    from stg_events as landed
    inner join numbers on landed.tracking_number = numbers.tracking_number
    inner join kinds
        on landed.event_type is not distinct from kinds.event_type
        and landed.status_code is not distinct from kinds.landed_code
        and landed.sub_status_code is not distinct from kinds.sub_status_code
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

labels as (
    select
        dated.parcel_place,
        min_by(dated.event_at, dated.order_at) as announced_event_at
    from dated
    inner join kind_rows on dated.kind_place = kind_rows.kind_place
    where kind_rows.status_code = 'announced' and dated.clock_quarantine_reason is null
    group by dated.parcel_place
),

labelled as (
    select
        headers.parcel_place,
        headers.tracking_number,
        coalesce(headers.announced_at, labels.announced_event_at) as label_at
    from headers
    left join labels on headers.parcel_place = labels.parcel_place
)

select
    labelled.tracking_number,
    ordered.event_order,
    ordered.event_at,
    kind_rows.event_type,
    kind_rows.status_code,
    kind_rows.sub_status_code,
    ordered.status_type,
    kind_rows.phase,
    kind_rows.scan_order,
    kind_rows.is_mapped,
    kind_rows.is_scan,
    case
        when kind_rows.is_mapped then kind_rows.is_exception
        else kind_rows.status_code is not null and coalesce(ordered.status_type in ('error', 'warning'), false)
    end as is_exception,
    case
        when kind_rows.is_mapped then kind_rows.exception_group
        when kind_rows.status_code is not null and ordered.status_type in ('error', 'warning') then 'unattributed'
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
