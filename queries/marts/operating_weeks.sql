-- grain: one row a carrier and destination in the data ('' where it is not known): the ISO weekdays on which it delivers there, most specific seed row first;
-- running_counts has a digit a weekday: how many operating days a week has by its end
with pairs as (
    select distinct
        coalesce(carrier_code, '') as carrier_code,
        coalesce(to_country, '') as to_country
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
    select number as weekday from integers where number between 1 and 7
),

counted as (
    select
        ranked.carrier_code,
        ranked.to_country,
        ranked.operating_weekdays,
        weekdays.weekday,
        sum(case when position(cast(weekdays.weekday as varchar) in ranked.operating_weekdays) > 0 then 1 else 0 end) over (
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
    concat(
        cast(max(case when weekday = 1 then running_count end) as varchar),
        cast(max(case when weekday = 2 then running_count end) as varchar),
        cast(max(case when weekday = 3 then running_count end) as varchar),
        cast(max(case when weekday = 4 then running_count end) as varchar),
        cast(max(case when weekday = 5 then running_count end) as varchar),
        cast(max(case when weekday = 6 then running_count end) as varchar),
        cast(max(case when weekday = 7 then running_count end) as varchar)
    ) as running_counts
from counted
group by carrier_code, to_country, operating_weekdays
