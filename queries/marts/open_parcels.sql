-- grain: one row an outbound scanned parcel, of any age, that is still open; is_stalled: silent for too many working days
with parcel_rows as (
    select * from parcels
),

codes as (
    select * from seed_status_codes
),

thresholds as (
    select
        max(case when name = 'stalled_working_days' then value end) as stalled_days,
        max(case when name = 'stalled_working_days_waiting' then value end) as stalled_days_waiting
    from seed_thresholds
)

select
    parcel_rows.tracking_number,
    parcel_rows.account,
    parcel_rows.carrier_code,
    parcel_rows.from_country,
    parcel_rows.to_country,
    parcel_rows.delivery_type,
    parcel_rows.shipping_option_code,
    parcel_rows.first_scan_at,
    parcel_rows.current_status,
    parcel_rows.current_status_at,
    parcel_rows.last_carrier_event_at,
    parcel_rows.observed_at,
    parcel_rows.edd_original,
    parcel_rows.silent_working_days,
    parcel_rows.silent_working_days
        > case
            when codes.phase in ('customs', 'pickup_point') then thresholds.stalled_days_waiting
            else thresholds.stalled_days
        end as is_stalled
from parcel_rows
cross join thresholds
left join codes on parcel_rows.last_scan_code = codes.status_code
where not parcel_rows.is_return and parcel_rows.outcome = 'open' and parcel_rows.first_scan_at is not null
