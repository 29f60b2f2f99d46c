-- what must hold of survival_steps; rows are failures
with steps as (
    select
        *,
        lag(duration) over (partition by group_id, measure_number order by duration) as earlier_duration,
        lag(share) over (partition by group_id, measure_number order by duration) as earlier_share,
        lag(survival) over (partition by group_id, measure_number order by duration) as earlier_survival,
        lag(at_risk) over (partition by group_id, measure_number order by duration) as earlier_at_risk,
        lag(ended_count) over (partition by group_id, measure_number order by duration) as earlier_ended_count
    from survival_steps
)

select 'two steps at one duration' as problem, concat(cast(group_id as varchar), ' ', measure, ' ', cast(duration as varchar)) as example
from steps
where duration = earlier_duration
union all
select 'more ended than were at risk, or more of interest than ended' as problem,
    concat(cast(group_id as varchar), ' ', measure, ' ', cast(duration as varchar)) as example
from steps
where interest_count > ended_count or ended_count > at_risk or interest_count < 0 or ended_count < 1
union all
select 'those who ended are still at risk' as problem,
    concat(cast(group_id as varchar), ' ', measure, ' ', cast(duration as varchar)) as example
from steps
where at_risk > earlier_at_risk - earlier_ended_count
union all
select 'the curve falls' as problem, concat(cast(group_id as varchar), ' ', measure, ' ', cast(duration as varchar)) as example
from steps
where share < earlier_share - 1e-9 or survival > earlier_survival + 1e-9
union all
select 'a share outside 0 to 1, or outside its limits' as problem,
    concat(cast(group_id as varchar), ' ', measure, ' ', cast(duration as varchar)) as example
from steps
where share < -1e-9
    or share_lo < -1e-9
    or share_hi < -1e-9
    or survival < -1e-9
    or share > 1 + 1e-9
    or share_lo > 1 + 1e-9
    or share_hi > 1 + 1e-9
    or share + survival > 1 + 1e-9
    or share_lo > share + 1e-9
    or share_hi < share - 1e-9
union all
select 'a variance that is negative or not a number' as problem,
    concat(cast(group_id as varchar), ' ', measure, ' ', cast(duration as varchar)) as example
from steps
where variance is null or variance < 0 or is_no_number(variance) or is_no_number(share_lo) or is_no_number(share_hi)
