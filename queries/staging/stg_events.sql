-- grain: one row a distinct event of a tracking number, status_type included
select
    tracking_number,
    event_at,
    is_date_only,
    coalesce(offset_minutes, 0) as offset_minutes,
    event_type,
    status_code,
    sub_status_code,
    status_type,
    first_seen_at,
    last_seen_at
from landed_events
