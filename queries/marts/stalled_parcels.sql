-- grain: one row an open outbound parcel that has been silent for too many working days
with open_rows as (
    select * from open_parcels
)

select
    tracking_number,
    account,
    carrier_code,
    from_country,
    to_country,
    delivery_type,
    shipping_option_code,
    first_scan_at,
    current_status,
    current_status_at,
    last_carrier_event_at,
    silent_working_days,
    edd_original,
    observed_at
from open_rows
where is_stalled
