-- what must hold of brand_performance; rows are failures
select 'two rows for one period, carrier and brand' as problem,
    concat(period, ' ', carrier_code, ' ', brand_id) as example
from brand_performance
group by period, carrier_code, brand_id
having count(*) > 1
union all
select 'the brands do not add up to the carrier' as problem,
    concat(carriers.period, ' ', carriers.carrier_code) as example
from carrier_performance as carriers
left join (
    select
        period,
        carrier_code,
        sum(labelled) as labelled,
        sum(scanned) as scanned,
        sum(due) as due
    from brand_performance
    group by period, carrier_code
) as brands on carriers.period = brands.period and carriers.carrier_code = brands.carrier_code
where carriers.labelled <> coalesce(brands.labelled, 0)
    or carriers.scanned <> coalesce(brands.scanned, 0)
    or carriers.due <> coalesce(brands.due, 0)
