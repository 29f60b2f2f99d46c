-- grain: one row a carrier in the data, with the name that readers know and the rank that fixes its colour
with headers as (
    select * from parcel_headers
),

names as (
    select * from seed_carriers
),

seen as (
    select
        coalesce(carrier_code, '') as carrier_code,
        cast(min(first_observed_at) as date) as first_landed_date,
        count(*) as parcels
    from headers
    group by coalesce(carrier_code, '')
)

select
    seen.carrier_code,
    coalesce(names.carrier_name, seen.carrier_code) as carrier_name,
    row_number() over (
        order by coalesce(names.colour_order, 1000), seen.first_landed_date, seen.carrier_code
    ) as colour_rank,
    seen.first_landed_date,
    seen.parcels,
    names.claim_days
from seen
left join names on seen.carrier_code = names.carrier_code
