-- what must hold of shipping_option_performance; rows are failures
select 'two rows for one period, carrier and shipping option' as problem,
    concat(period, ' ', carrier_code, ' ', shipping_option_code) as example
from shipping_option_performance
group by period, carrier_code, shipping_option_code
having count(*) > 1
union all
select 'the shipping options do not add up to the carrier' as problem,
    concat(carriers.period, ' ', carriers.carrier_code) as example
from carrier_performance as carriers
left join (
    select
        period,
        carrier_code,
        sum(labelled) as labelled,
        sum(scanned) as scanned,
        sum(due) as due
    from shipping_option_performance
    group by period, carrier_code
) as options on carriers.period = options.period and carriers.carrier_code = options.carrier_code
where carriers.carrier_code <> '*'
    and (
        carriers.labelled <> coalesce(options.labelled, 0)
        or carriers.scanned <> coalesce(options.scanned, 0)
        or carriers.due <> coalesce(options.due, 0)
    )
