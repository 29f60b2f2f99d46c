-- what must hold of mixes; rows are failures
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
    brand_id,
    account
having count(*) > 1
union all
select 'a mix of no period that there is' as problem, concat(mixes.period, ' ', mixes.carrier_code) as example
from mixes
left join periods on mixes.period = periods.period
where periods.period is null
