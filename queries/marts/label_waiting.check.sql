-- what must hold of label_waiting; rows are failures
select 'two rows for one carrier, weekday and hour' as problem, concat(carrier_code, ' ', label_weekday, ' ', label_hour) as example
from label_waiting
group by carrier_code, label_weekday, label_hour
having count(*) > 1
union all
select 'a weekday outside 1 to 7 or an hour outside 0 to 23' as problem, concat(carrier_code, ' ', label_weekday, ' ', label_hour) as example
from label_waiting
where label_weekday not between 1 and 7 or label_hour not between 0 and 23
union all
select 'a figure lies outside its interval' as problem, concat(carrier_code, ' ', label_weekday, ' ', label_hour) as example
from label_waiting
where median_hours < median_hours_lo or median_hours > median_hours_hi or median_hours_lo < 0 or labels < 1
union all
select 'the labels of all hours differ from those followed to the first scan' as problem, figures.carrier_code as example
from carrier_performance as figures
left join (
    select
        carrier_code,
        sum(labels) as labels
    from label_waiting
    group by carrier_code
) as hours on figures.carrier_code = hours.carrier_code
where figures.period = 'current' and figures.first_scan_n <> coalesce(hours.labels, 0)
