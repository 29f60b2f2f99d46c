-- grain: one row a distinct (tracking_number, event_at, event_type, status_code, sub_status_code); event_order is ORDER of METRICS
with parameters as (
    select * from run_parameters
),

headers as (
    select headers.*
    from parcel_headers as headers
    inner join changed_parcels as changed on headers.tracking_number = changed.tracking_number
),

numbers as (
    select * from stg_registry
),

codes as (
    select * from seed_status_codes
),

seen as (
    select
        headers.tracking_number,
        headers.observed_at,
        headers.announced_at,
        landed.event_at,
        landed.event_type,
        lower(landed.status_code) as status_code,
        landed.sub_status_code,
        landed.status_type,
        case landed.status_type when 'error' then 1 when 'warning' then 2 when 'success' then 3 else 4 end as gravity,
        landed.first_seen_at,
        least(coalesce(landed.last_seen_at, headers.observed_at), headers.observed_at) as last_seen_at
    from stg_events as landed
    inner join numbers on landed.tracking_number = numbers.tracking_number
    inner join headers on numbers.parcel_number = headers.tracking_number
    cross join parameters
    where landed.first_seen_at <= parameters.as_of
),

distinct_events as (
    select
        tracking_number,
        observed_at,
        announced_at,
        event_at,
        event_type,
        status_code,
        sub_status_code,
        min_by(status_type, gravity) as status_type,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from seen
    group by tracking_number, observed_at, announced_at, event_at, event_type, status_code, sub_status_code
),

described as (
    select
        distinct_events.*,
        codes.phase,
        codes.scan_order,
        codes.status_code is not null as is_mapped,
        coalesce(codes.is_scan, false) as is_scan,
        case
            when codes.status_code is not null then codes.is_exception
            else distinct_events.status_code is not null and coalesce(distinct_events.status_type in ('error', 'warning'), false)
        end as is_exception,
        case
            when codes.status_code is not null then codes.exception_group
            when distinct_events.status_code is not null and distinct_events.status_type in ('error', 'warning') then 'unattributed'
        end as exception_group,
        coalesce(is_midnight(distinct_events.event_at), false) as is_date_only,
        case
            when distinct_events.event_at is null then 'no_timestamp'
            when distinct_events.event_at > distinct_events.observed_at then 'future'
        end as clock_quarantine_reason
    from distinct_events
    left join codes on distinct_events.status_code = codes.status_code
),

ordered as (
    select
        *,
        row_number() over (
            partition by tracking_number
            order by
                case when clock_quarantine_reason is null then 0 else 1 end,
                utc_date(event_at),
                is_date_only,
                event_at,
                coalesce(scan_order, 1000),
                status_code nulls last,
                event_type nulls last,
                sub_status_code nulls last
        ) as event_order
    from described
),

labels as (
    select
        tracking_number,
        min_by(event_at, event_order) as announced_event_at
    from ordered
    where status_code = 'announced' and clock_quarantine_reason is null
    group by tracking_number
)

select
    ordered.tracking_number,
    ordered.event_order,
    ordered.event_at,
    ordered.event_type,
    ordered.status_code,
    ordered.sub_status_code,
    ordered.status_type,
    ordered.phase,
    ordered.scan_order,
    ordered.is_mapped,
    ordered.is_scan,
    ordered.is_exception,
    ordered.exception_group,
    ordered.is_date_only,
    ordered.first_seen_at,
    ordered.last_seen_at,
    case
        when ordered.clock_quarantine_reason is not null then ordered.clock_quarantine_reason
        when ordered.event_type = 'carrier'
            and hours_between(ordered.event_at, coalesce(ordered.announced_at, labels.announced_event_at)) > 30 * 24 then 'before_label'
    end as quarantine_reason
from ordered
left join labels on ordered.tracking_number = labels.tracking_number
