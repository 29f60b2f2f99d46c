-- what must hold of cohort_members; rows are failures
select 'two rows for one period, cohort and parcel' as problem, concat(period, ' ', cohort, ' ', tracking_number) as example
from cohort_members
group by period, cohort, tracking_number
having count(*) > 1
union all
select 'started outside the period' as problem,
    concat(members.period, ' ', members.cohort, ' ', members.tracking_number) as example
from cohort_members as members
inner join periods on members.period = periods.period
where members.start_date not between periods.first_start_date and periods.last_start_date
    or members.start_date is null
    or members.start_at is null
union all
select 'a return or a cancelled parcel is counted' as problem,
    concat(members.period, ' ', members.cohort, ' ', members.tracking_number) as example
from cohort_members as members
inner join parcels_by_period as parcel_rows
    on members.seen_from = parcel_rows.period and members.tracking_number = parcel_rows.tracking_number
where parcel_rows.is_return or parcel_rows.outcome = 'cancelled'
union all
select 'a week that does not begin on a Monday, or before its parcels started' as problem,
    concat(cohort, ' ', tracking_number) as example
from cohort_members
where period = 'weekly'
    and (iso_weekday(week_start_date) <> 1 or days_between(week_start_date, start_date) not between 0 and 6)
union all
select 'the current cohort and the hours of the week differ' as problem, members.tracking_number as example
from cohort_members as members
left join cohort_members as by_hour
    on members.tracking_number = by_hour.tracking_number and by_hour.period = 'label_hours' and by_hour.cohort = 'label'
inner join parcels on members.tracking_number = parcels.tracking_number
where members.period = 'current'
    and members.cohort = 'label'
    and (by_hour.tracking_number is null) <> parcels.is_label_date_only
