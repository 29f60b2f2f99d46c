-- grain: one row a carrier ('*' for all): the first day that is known of it, of a label or, without any, of a scan
with parcel_rows as (
    select * from parcels
),

parcels_doubled as (
    select coalesce(carrier_code, '') as carrier_code, label_date, first_scan_date
    from parcel_rows
    union all
    select '*' as carrier_code, label_date, first_scan_date
    from parcel_rows
)

select
    carrier_code,
    coalesce(min(label_date), min(first_scan_date)) as first_known_date
from parcels_doubled
group by carrier_code
