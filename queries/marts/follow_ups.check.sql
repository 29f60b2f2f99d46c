-- what must hold of follow_ups; rows are failures
select 'a negative or missing duration is followed' as problem, concat(measure, ' ', tracking_number) as example
from follow_ups
where left_out is null and (duration is null or duration < 0)
union all
select 'an ending or a reason that nobody knows' as problem, concat(measure, ' ', tracking_number) as example
from follow_ups
where coalesce(ending not in ('interest', 'competing', 'censored'), true)
    or left_out not in ('date_only', 'negative', 'unknown')
union all
select 'parcels of a cohort are neither followed nor left out' as problem,
    concat(cast(members.cell_id as varchar), ' ', members.cohort) as example
from (
    select
        outcomes.cell_id,
        outcomes.cohort,
        count(*) as member_count
    from cohort_outcomes as outcomes
    where outcomes.cohort = 'label'
    group by outcomes.cell_id, outcomes.cohort
) as members
left join (
    select
        cell_id,
        count(*) as followed_count
    from follow_ups
    where measure = 'first_scan'
    group by cell_id
) as followed on members.cell_id = followed.cell_id
where members.member_count <> coalesce(followed.followed_count, 0)
union all
select 'the hours and the working days of transit follow different parcels' as problem, cast(cell_id as varchar) as example
from follow_ups
where measure in ('transit', 'transit_working_days')
group by cell_id
having count(*) filter (where measure = 'transit') <> count(*) filter (where measure = 'transit_working_days')
union all
select 'the three curves of the way follow different parcels' as problem, cast(cell_id as varchar) as example
from follow_ups
where measure in ('label_to_scan', 'label_to_attempt', 'label_to_delivery') and left_out is null
group by cell_id
having count(*) filter (where measure = 'label_to_scan') <> count(*) filter (where measure = 'label_to_attempt')
    or count(*) filter (where measure = 'label_to_scan') <> count(*) filter (where measure = 'label_to_delivery')
