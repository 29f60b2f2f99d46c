-- what must hold of alert_lanes; rows are failures
select 'two rows for one alert and lane' as problem,
    concat(carrier_code, ' ', metric, ' ', first_week, ' ', from_country, ' ', to_country, ' ', delivery_type) as example
from alert_lanes
group by carrier_code, metric, side, first_week, from_country, to_country, delivery_type
having count(*) > 1
union all
select 'the lanes do not add up to the alert' as problem, concat(lanes.carrier_code, ' ', lanes.metric, ' ', lanes.first_week) as example
from (
    select
        carrier_code,
        metric,
        side,
        first_week,
        sum(n) as n
    from alert_lanes
    group by carrier_code, metric, side, first_week
) as lanes
left join alerts
    on lanes.carrier_code = alerts.carrier_code
    and lanes.metric = alerts.metric
    and lanes.side = alerts.side
    and lanes.first_week = alerts.first_week
where lanes.n is distinct from alerts.n
union all
select 'a lane that is named though the alert is for the better, or two lanes named for one' as problem,
    concat(alert_lanes.carrier_code, ' ', alert_lanes.metric, ' ', alert_lanes.first_week) as example
from alert_lanes
inner join alerts
    on alert_lanes.carrier_code = alerts.carrier_code
    and alert_lanes.metric = alerts.metric
    and alert_lanes.side = alerts.side
    and alert_lanes.first_week = alerts.first_week
where alert_lanes.is_named
group by alert_lanes.carrier_code, alert_lanes.metric, alert_lanes.side, alert_lanes.first_week
having count(*) > 1 or not bool_and(alerts.is_worse)
union all
select 'a lane without parcels, or with more counted than there are' as problem,
    concat(carrier_code, ' ', metric, ' ', first_week, ' ', from_country, ' ', to_country, ' ', delivery_type) as example
from alert_lanes
where n < 1 or x < 0 or x > n or usual < 0 or usual > 1
