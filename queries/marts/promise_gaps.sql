-- grain: one row a carrier, kind (drift: current promise minus first; days_late: attempt minus first promise) and days, -7 to 14: its parcels
with members as (
    select * from cohort_members
    where period = 'current' and cohort = 'due'
),

gaps as (
    select
        coalesce(parcel_rows.carrier_code, '') as carrier_code,
        'drift' as kind,
        days_between(parcel_rows.edd_original, parcel_rows.edd_current) as days
    from members
    inner join parcels as parcel_rows on members.tracking_number = parcel_rows.tracking_number
    union all
    select
        coalesce(parcel_rows.carrier_code, '') as carrier_code,
        'days_late' as kind,
        parcel_rows.days_late as days
    from members
    inner join parcels as parcel_rows on members.tracking_number = parcel_rows.tracking_number
    where parcel_rows.days_late is not null
),

clipped as (
    select
        carrier_code,
        kind,
        cast(lesser_of(14, greater_of(-7, days)) as bigint) as days
    from gaps
)

select
    carrier_code,
    kind,
    days,
    count(*) as parcels
from clipped
group by carrier_code, kind, days
