-- one pass over the landed events to one row a parcel: what a table made by hand would have, without order of codes, clocks, quarantine or periods
select
    tracking_number,
    min(event_at) filter (where status_code = 'announced') as label_at,
    min(event_at) filter (where event_type = 'carrier' and status_code in ('accepted','sorted','in_transit','customs','in_delivery','attempted','pup','delivered')) as first_scan_at,
    min_by(status_code, event_at) filter (where event_type = 'carrier' and status_code in ('accepted','sorted','in_transit','customs','in_delivery','attempted','pup','delivered')) as first_scan_code,
    min(event_at) filter (where event_type = 'carrier' and status_code = 'in_delivery') as out_for_delivery_at,
    min(event_at) filter (where event_type = 'carrier' and status_code in ('attempted','pup','delivered')) as first_attempt_at,
    min_by(status_code, event_at) filter (where event_type = 'carrier' and status_code in ('attempted','pup','delivered')) as first_attempt_code,
    min(event_at) filter (where event_type = 'carrier' and status_code = 'pup') as pickup_point_at,
    min(event_at) filter (where event_type = 'carrier' and status_code = 'delivered') as delivered_at,
    min(event_at) filter (where event_type = 'carrier' and status_code = 'returned_sender') as returned_at,
    min(event_at) filter (where event_type = 'carrier' and status_code = 'missing') as lost_at,
    min(event_at) filter (where status_code in ('cancelled','cancelled_upstream')) as cancelled_at,
    min(event_at) filter (where status_code = 'delivery_forced') as forced_at,
    count(*) filter (where event_type = 'carrier' and status_type in ('error','warning')) as exception_count,
    min(event_at) filter (where event_type = 'carrier' and status_type in ('error','warning')) as first_exception_at,
    min_by(status_code, event_at) filter (where event_type = 'carrier' and status_type in ('error','warning')) as first_exception_code,
    max_by(status_code, event_at) as current_status,
    max(event_at) as current_status_at,
    max(event_at) filter (where event_type = 'carrier') as last_carrier_event_at,
    count(*) as event_count
from landed_events
group by tracking_number
