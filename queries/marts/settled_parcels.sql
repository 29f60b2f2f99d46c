-- grain: one row a parcel of the previous period that did not change since the build before and had been delivered by that period's clock, with
-- nothing after it: seen from there it is what it is now, and need not be derived again. Of a night alone
with clocks as (
    select * from periods where period = 'previous'
)

select
    parcel_rows.tracking_number,
    clocks.clock_at
from parcels_kept as parcel_rows
cross join clocks
where parcel_rows.outcome = 'delivered'
    -- a date without a time comes before what happened on it
    and add_hours(parcel_rows.current_status_at, 24) <= clocks.clock_at
    and coalesce(parcel_rows.label_at <= clocks.clock_at, true)
    and (
        parcel_rows.label_date between clocks.first_start_date and clocks.last_start_date
        or parcel_rows.first_scan_date between clocks.first_start_date and clocks.last_start_date
        or parcel_rows.edd_original between clocks.first_start_date and clocks.last_start_date
    )
