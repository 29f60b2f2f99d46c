-- grain: one row a carrier and destination in the data: the ISO weekdays on which it delivers there, most specific seed row first;
-- running_counts has a digit a weekday: how many operating days a week has by its end
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
        coalesce(overrides.operating_weekdays, '12345') as operating_weekdays,
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
),

weekdays as (
    select * from range(1, 8) as grid(weekday)
),

counted as (
    select
        ranked.carrier_code,
        ranked.to_country,
        ranked.operating_weekdays,
        weekdays.weekday,
        sum(case when contains(ranked.operating_weekdays, cast(weekdays.weekday as varchar)) then 1 else 0 end) over (
            partition by ranked.carrier_code, ranked.to_country order by weekdays.weekday
        ) as running_count
    from ranked
    cross join weekdays
    where ranked.preference = 1
)

select
    carrier_code,
    to_country,
    operating_weekdays,
    string_agg(cast(running_count as varchar), '' order by weekday) as running_counts
from counted
group by carrier_code, to_country, operating_weekdays
