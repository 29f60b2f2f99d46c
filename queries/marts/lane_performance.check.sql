-- what must hold of lane_performance; rows are failures
select 'two rows for one period, carrier and lane' as problem,
    concat(period, ' ', carrier_code, ' ', from_country, ' ', to_country, ' ', delivery_type) as example
from lane_performance
group by period, carrier_code, from_country, to_country, delivery_type
having count(*) > 1
union all
select 'the lanes do not add up to the carrier' as problem, concat(carriers.period, ' ', carriers.carrier_code) as example
from carrier_performance as carriers
left join (
    select
        period,
        carrier_code,
        sum(labelled) as labelled,
        sum(scanned) as scanned,
        sum(due) as due
    from lane_performance
    group by period, carrier_code
) as lanes on carriers.period = lanes.period and carriers.carrier_code = lanes.carrier_code
where carriers.labelled <> coalesce(lanes.labelled, 0)
    or carriers.scanned <> coalesce(lanes.scanned, 0)
    or carriers.due <> coalesce(lanes.due, 0)
union all
select 'a lane of nobody' as problem, concat(period, ' ', carrier_code, ' ', from_country, ' ', to_country) as example
from lane_performance
where labelled + scanned + due = 0
