-- what must hold of weekly_performance; rows are failures
select 'two rows for one carrier and week' as problem, concat(carrier_code, ' ', week_start_date) as example
from weekly_performance
group by carrier_code, week_start_date
having count(*) > 1
union all
select 'a week that does not begin on a Monday, or outside the 53 weeks' as problem, concat(carrier_code, ' ', week_start_date) as example
from weekly_performance
cross join periods
where periods.period = 'weekly'
    and (
        iso_weekday(weekly_performance.week_start_date) <> 1
        or weekly_performance.week_start_date not between add_days(monday_of(periods.last_start_date), -52 * 7) and periods.last_start_date
    )
union all
select 'the carriers do not add up to all carriers' as problem, cast(week_start_date as varchar) as example
from weekly_performance
group by week_start_date
having sum(case when carrier_code = '*' then labelled else -labelled end) <> 0
    or sum(case when carrier_code = '*' then scanned else -scanned end) <> 0
    or sum(case when carrier_code = '*' then due else -due end) <> 0
union all
select 'the scanned of all weeks differ from those of parcels' as problem, concat(weeks.scanned, ' but ', wanted.scanned) as example
from (
    select coalesce(sum(scanned), 0) as scanned
    from weekly_performance
    where carrier_code = '*'
) as weeks
cross join (
    select count(*) as scanned
    from parcels
    cross join periods
    where periods.period = 'weekly'
        and not parcels.is_return
        and parcels.outcome <> 'cancelled'
        and parcels.first_scan_date between add_days(monday_of(periods.last_start_date), -52 * 7) and periods.last_start_date
) as wanted
where weeks.scanned <> wanted.scanned
