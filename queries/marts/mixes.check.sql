-- what must hold of mixes; rows are failures
with had as (
    select distinct
        period,
        week_start_date,
        label_weekday,
        label_hour,
        carrier_code,
        from_country,
        to_country,
        delivery_type,
        service_level,
        shipping_option_code,
        brand_id
    from cohort_members
)

select 'two rows for one mix of a period' as problem, concat(period, ' ', carrier_code) as example
from mixes
group by
    period,
    week_start_date,
    label_weekday,
    label_hour,
    carrier_code,
    from_country,
    to_country,
    delivery_type,
    service_level,
    shipping_option_code,
    brand_id
having count(*) > 1
union all
select 'a mix that members have is missing' as problem, concat(had.period, ' ', had.carrier_code) as example
from had
left join mixes
    on had.period = mixes.period
    and had.week_start_date = mixes.week_start_date
    and had.label_weekday = mixes.label_weekday
    and had.label_hour = mixes.label_hour
    and had.carrier_code = mixes.carrier_code
    and had.from_country = mixes.from_country
    and had.to_country = mixes.to_country
    and had.delivery_type = mixes.delivery_type
    and had.service_level = mixes.service_level
    and had.shipping_option_code = mixes.shipping_option_code
    and had.brand_id = mixes.brand_id
where mixes.carrier_code is null
