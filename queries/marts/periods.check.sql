-- what must hold of periods; rows are failures
select 'a period is missing or stands twice' as problem, wanted.period as example
from (
    select 'current' as period
    union all
    select 'previous' as period
    union all
    select 'weekly' as period
    union all
    select 'label_hours' as period
    union all
    select 'hand_over_latest' as period
    union all
    select 'hand_over_before' as period
) as wanted
left join periods on wanted.period = periods.period
group by wanted.period
having count(periods.period) <> 1
union all
select 'the start dates end before they begin, or after the clock' as problem, period as example
from periods
where first_start_date > last_start_date or last_start_date >= utc_date(clock_at)
union all
select 'current and previous differ in length' as problem, cast(current_dates.last_start_date as varchar) as example
from periods as current_dates
cross join periods as previous_dates
where current_dates.period = 'current'
    and previous_dates.period = 'previous'
    and days_between(current_dates.first_start_date, current_dates.last_start_date)
    <> days_between(previous_dates.first_start_date, previous_dates.last_start_date)
