-- grain: one row a carrier and destination in the data: the ISO weekdays on which it delivers there, most specific seed row first
with pairs as (
    select distinct
        carrier_code,
        to_country
    from parcel_headers
),

overrides as (
    select * from seed_operating_days
),

ranked as (
    select
        pairs.carrier_code,
        pairs.to_country,
        overrides.operating_weekdays,
        row_number() over (
            partition by pairs.carrier_code, pairs.to_country
            order by
                case when overrides.carrier_code is null then 1 else 0 end,
                case when overrides.country_code is null then 1 else 0 end
        ) as preference
    from pairs
    left join overrides
        on (overrides.carrier_code is null or overrides.carrier_code = pairs.carrier_code)
        and (overrides.country_code is null or overrides.country_code = pairs.to_country)
)

select
    carrier_code,
    to_country,
    coalesce(operating_weekdays, '12345') as operating_weekdays
from ranked
where preference = 1
