-- grain: one row an open outbound scanned parcel whose first promise has passed without an attempt
with open_rows as (
    select * from open_parcels
),

parcel_rows as (
    select * from parcels
)

select
    open_rows.tracking_number,
    open_rows.account,
    open_rows.carrier_code,
    open_rows.from_country,
    open_rows.to_country,
    open_rows.delivery_type,
    open_rows.shipping_option_code,
    open_rows.first_scan_at,
    open_rows.current_status,
    open_rows.current_status_at,
    open_rows.last_carrier_event_at,
    open_rows.edd_original,
    open_rows.observed_at,
    days_between(open_rows.edd_original, local_date_of_clock(open_rows.observed_at, parcel_rows.to_time_zone)) as days_overdue
from open_rows
inner join parcel_rows on open_rows.tracking_number = parcel_rows.tracking_number
where parcel_rows.is_due and parcel_rows.first_attempt_at is null
