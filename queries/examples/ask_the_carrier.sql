-- Which parcels should we ask a carrier about today? Those that went silent, and those whose promise has passed.
-- with: carrier=dpd
with stalled as (
    select * from stalled_parcels
),

overdue as (
    select * from overdue_parcels
)

select
    coalesce(stalled.tracking_number, overdue.tracking_number) as tracking_number,
    coalesce(stalled.to_country, overdue.to_country) as to_country,
    coalesce(stalled.current_status, overdue.current_status) as last_status,
    coalesce(stalled.last_carrier_event_at, overdue.last_carrier_event_at) as last_heard_at,
    stalled.silent_working_days,
    coalesce(stalled.edd_original, overdue.edd_original) as promised_for,
    overdue.days_overdue
from stalled
full join overdue on stalled.account = overdue.account and stalled.tracking_number = overdue.tracking_number
where coalesce(stalled.carrier_code, overdue.carrier_code) = $carrier
order by stalled.silent_working_days desc nulls last, overdue.days_overdue desc nulls last, 1;
