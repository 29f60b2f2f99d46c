-- grain: one row a period and parcel: the first and last of each kind of usable event that had happened by the clock
with clocks as (
    select * from parcel_clocks
),

returns as (
    select
        clocks.period,
        clocks.tracking_number,
        min_by(events.event_at, events.event_order) as returned_at,
        min_by(events.is_date_only, events.event_order) as is_returned_date_only
    from clocks
    inner join events on clocks.tracking_number = events.tracking_number
    where events.quarantine_reason is null
        and events.event_type = 'carrier'
        and events.status_code = 'returned_sender'
        and events.event_at <= clocks.clock_at
    group by clocks.period, clocks.tracking_number
),

-- after the return began the parcel travels back: its later scans are not the outward journey's
outward as (
    select
        clocks.period,
        clocks.tracking_number,
        events.event_order,
        events.event_at,
        events.is_date_only,
        events.status_code,
        events.scan_order,
        events.is_mapped,
        coalesce(events.event_type = 'carrier', false) as is_carrier,
        coalesce(events.event_type = 'carrier' and events.is_scan, false) as is_carrier_scan,
        returns.returned_at,
        returns.is_returned_date_only,
        coalesce(events.event_type = 'carrier' and events.is_scan, false)
            and (returns.returned_at is null or events.event_at <= returns.returned_at) as is_outward_scan
    from events
    inner join clocks on events.tracking_number = clocks.tracking_number
    left join returns on clocks.period = returns.period and clocks.tracking_number = returns.tracking_number
    where events.quarantine_reason is null and events.event_at <= clocks.clock_at
),

firsts as (
    select
        period,
        tracking_number,
        min_by(event_at, event_order) filter (where status_code = 'announced') as announced_event_at,
        min_by(is_date_only, event_order) filter (where status_code = 'announced') as is_announced_event_date_only,
        min_by(event_at, event_order) filter (where is_carrier and status_code = 'dropped') as dropped_at,
        max(returned_at) as returned_at,
        coalesce(bool_or(is_returned_date_only), false) as is_returned_date_only,
        min_by(event_at, event_order) filter (where is_outward_scan) as first_scan_at,
        min_by(is_date_only, event_order) filter (where is_outward_scan) as is_first_scan_date_only,
        min_by(status_code, event_order) filter (where is_outward_scan) as first_scan_event_code,
        min_by(coalesce(scan_order, 1000), event_order) filter (where is_outward_scan) as first_scan_order,
        min_by(event_at, event_order) filter (where is_outward_scan and status_code = 'in_delivery') as out_for_delivery_at,
        min_by(event_at, event_order) filter (where is_outward_scan and status_code in ('attempted', 'pup', 'delivered'))
            as first_attempt_at,
        min_by(is_date_only, event_order) filter (where is_outward_scan and status_code in ('attempted', 'pup', 'delivered'))
            as is_first_attempt_date_only,
        min_by(status_code, event_order) filter (where is_outward_scan and status_code in ('attempted', 'pup', 'delivered'))
            as first_attempt_code,
        min_by(event_at, event_order) filter (where is_outward_scan and status_code = 'pup') as pickup_point_at,
        min_by(is_date_only, event_order) filter (where is_outward_scan and status_code = 'pup') as is_pickup_point_date_only,
        min_by(event_at, event_order) filter (where is_outward_scan and status_code = 'delivered') as delivered_at,
        min_by(is_date_only, event_order) filter (where is_outward_scan and status_code = 'delivered') as is_delivered_date_only,
        max(event_at) filter (where is_carrier_scan) as last_scan_at,
        max_by(status_code, event_order) filter (where is_carrier_scan) as last_scan_code,
        max(event_at) filter (where is_carrier and status_code = 'returned_sender') as last_returned_at,
        min_by(event_at, event_order) filter (where status_code in ('cancelled', 'cancelled_upstream')) as cancelled_at,
        min_by(is_date_only, event_order) filter (where status_code in ('cancelled', 'cancelled_upstream')) as is_cancelled_date_only,
        min_by(event_at, event_order) filter (where status_code = 'delivery_forced') as forced_at,
        min_by(is_date_only, event_order) filter (where status_code = 'delivery_forced') as is_forced_date_only,
        nullif(max_by(coalesce(status_code, ''), event_order), '') as current_status,
        max_by(event_at, event_order) as current_status_at,
        max_by(event_at, event_order) filter (where is_carrier) as last_carrier_event_at,
        max_by(is_date_only, event_order) filter (where is_carrier) as is_last_carrier_event_date_only,
        max(event_at) as last_event_at,
        bool_or(not is_mapped) as has_unmapped_code
    from outward
    group by period, tracking_number
),

-- a date-only scan of the same day with a lower scan_order says what the first scan was, though not when
date_only_codes as (
    select
        firsts.period,
        firsts.tracking_number,
        min_by(events.status_code, events.event_order) as first_scan_code
    from firsts
    inner join events on firsts.tracking_number = events.tracking_number
    inner join clocks on firsts.period = clocks.period and firsts.tracking_number = clocks.tracking_number
    where events.quarantine_reason is null
        and events.is_date_only
        and events.event_type = 'carrier'
        and events.is_scan
        and events.event_at <= clocks.clock_at
        and (firsts.returned_at is null or events.event_at <= firsts.returned_at)
        and events.scan_order < firsts.first_scan_order
        and utc_date(events.event_at) = utc_date(firsts.first_scan_at)
    group by firsts.period, firsts.tracking_number
),

losses as (
    select
        firsts.period,
        firsts.tracking_number,
        min_by(events.event_at, events.event_order) as lost_at,
        min_by(events.is_date_only, events.event_order) as is_lost_date_only
    from firsts
    inner join events on firsts.tracking_number = events.tracking_number
    inner join clocks on firsts.period = clocks.period and firsts.tracking_number = clocks.tracking_number
    where events.quarantine_reason is null
        and ((events.event_type = 'carrier' and events.status_code = 'missing') or events.event_type = 'claim')
        and events.event_at <= clocks.clock_at
        and (firsts.last_scan_at is null or firsts.last_scan_at <= events.event_at)
    group by firsts.period, firsts.tracking_number
)

select
    firsts.period,
    firsts.tracking_number,
    firsts.announced_event_at,
    firsts.is_announced_event_date_only,
    firsts.dropped_at,
    firsts.returned_at,
    firsts.is_returned_date_only,
    firsts.first_scan_at,
    firsts.is_first_scan_date_only,
    coalesce(date_only_codes.first_scan_code, firsts.first_scan_event_code) as first_scan_code,
    firsts.out_for_delivery_at,
    firsts.first_attempt_at,
    firsts.is_first_attempt_date_only,
    firsts.first_attempt_code,
    firsts.pickup_point_at,
    firsts.is_pickup_point_date_only,
    firsts.delivered_at,
    firsts.is_delivered_date_only,
    firsts.last_scan_at,
    firsts.last_scan_code,
    firsts.last_returned_at,
    losses.lost_at,
    losses.is_lost_date_only,
    case when firsts.last_scan_at is null then firsts.cancelled_at end as cancelled_at,
    firsts.is_cancelled_date_only,
    firsts.forced_at,
    firsts.is_forced_date_only,
    firsts.current_status,
    firsts.current_status_at,
    firsts.last_carrier_event_at,
    firsts.is_last_carrier_event_date_only,
    firsts.last_event_at,
    firsts.has_unmapped_code
from firsts
left join date_only_codes
    on firsts.period = date_only_codes.period and firsts.tracking_number = date_only_codes.tracking_number
left join losses on firsts.period = losses.period and firsts.tracking_number = losses.tracking_number
