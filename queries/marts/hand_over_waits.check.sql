-- what must hold of hand_over_waits; rows are failures
select 'one row twice' as problem, concat(period, ' ', carrier_code, ' ', cast(label_date as varchar), ' ', cast(label_hour as varchar)) as example
from hand_over_waits
group by period, carrier_code, label_date, label_hour, hours_waited
having count(*) > 1
union all
select 'a label outside its period or its days' as problem, concat(waits.period, ' ', waits.carrier_code, ' ', cast(waits.label_date as varchar)) as example
from hand_over_waits as waits
inner join periods on waits.period = periods.period
where waits.label_date not between periods.first_start_date and periods.last_start_date
    or iso_weekday(waits.label_date) > 4
    or waits.label_hour not between 0 and 23
    or waits.hours_waited not between 0 and 336
union all
select 'the labels of an hour differ from those followed' as problem,
    concat(groups.period, ' ', groups.carrier_code, ' ', cast(groups.label_hour as varchar)) as example
from durations
inner join groups on durations.group_id = groups.group_id
left join (
    select
        period,
        carrier_code,
        label_hour,
        sum(scanned + open_labels) as labels
    from hand_over_waits
    group by period, carrier_code, label_hour
) as waits
    on groups.period = waits.period and groups.carrier_code = waits.carrier_code and groups.label_hour = waits.label_hour
where durations.measure = 'first_scan'
    and groups.grain = 'hand_over_hour'
    and groups.period <> 'label_hours'
    and groups.carrier_code <> '*'
    and durations.followed_count <> coalesce(waits.labels, 0)
