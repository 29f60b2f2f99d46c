-- what must hold of parcel_working_days; rows are failures
select 'two rows for one period and parcel' as problem, concat(period, ' ', tracking_number) as example
from parcel_working_days
group by period, tracking_number
having count(*) > 1
union all
select 'a scanned parcel without a row' as problem, concat(milestones.period, ' ', milestones.tracking_number) as example
from parcel_milestones as milestones
left join parcel_working_days as days
    on milestones.period = days.period and milestones.tracking_number = days.tracking_number
where milestones.first_scan_at is not null and days.tracking_number is null
union all
select 'fewer than no working days' as problem, concat(period, ' ', tracking_number) as example
from parcel_working_days
where to_attempt_working_days < 0
    or to_outcome_working_days < 0
    or to_observed_working_days < 0
    or silent_working_days < 0
union all
select 'more working days than days' as problem, concat(period, ' ', tracking_number) as example
from parcel_working_days
where to_attempt_working_days > greater_of(0, days_between(first_scan_date, first_attempt_date))
    or to_observed_working_days > greater_of(0, days_between(first_scan_date, observed_date))
