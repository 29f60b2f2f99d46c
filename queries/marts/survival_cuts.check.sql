-- what must hold of survival_cuts, and of the curves that are made with them; rows are failures
with cuts as (
    select
        *,
        lag(at_risk) over (partition by group_id, measure_number order by cuts_left desc) as earlier_at_risk,
        lag(weight) over (partition by group_id, measure_number order by cuts_left desc) as earlier_weight,
        lag(share) over (partition by group_id, measure_number order by cuts_left desc) as earlier_share
    from survival_cuts
),

curves as (
    select * from survival_curves
)

select 'those who ended are still at risk' as problem,
    concat(cast(group_id as varchar), ' ', cast(measure_number as varchar), ' ', cast(cuts_left as varchar)) as example
from cuts
where at_risk >= earlier_at_risk
union all
select 'the curve falls, or fewer stand for others than before' as problem,
    concat(cast(group_id as varchar), ' ', cast(measure_number as varchar), ' ', cast(cuts_left as varchar)) as example
from cuts
where share < earlier_share - 1e-9 or weight < earlier_weight * (1 - 1e-9)
union all
select 'a share outside 0 to 1' as problem,
    concat(cast(group_id as varchar), ' ', cast(measure_number as varchar), ' ', cast(duration as varchar)) as example
from curves
where share < -1e-9 or survival < -1e-9 or share + survival > 1 + 1e-9
union all
select 'a variance that is negative or not a number' as problem,
    concat(cast(group_id as varchar), ' ', cast(measure_number as varchar), ' ', cast(duration as varchar)) as example
from curves
where variance is null or variance < 0 or is_no_number(variance)
