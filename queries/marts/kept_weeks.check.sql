-- what must hold of kept_weeks; rows are failures
select 'a week stands twice' as problem, cast(week_start_date as varchar) as example
from kept_weeks
group by week_start_date
having count(*) > 1
union all
select 'a member of a week that is kept is counted again' as problem, concat(members.cohort, ' ', members.tracking_number) as example
from cohort_members as members
inner join kept_weeks on members.week_start_date = kept_weeks.week_start_date
where members.period = 'weekly'
