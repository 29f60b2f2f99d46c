-- what must hold of survival_steps; rows are failures
with curves as (
    select
        group_id,
        measure_number,
        sum(cast(followed_count as bigint)) as followed_count,
        sum(cast(followed_count as bigint) * (2 * at_risk - followed_count)) as followed_square,
        count(*) filter (where ending_order > 0) as cut_count,
        max(cuts_left) as cuts_left,
        count(*) filter (where next_duration is null) as end_count
    from survival_steps
    group by group_id, measure_number
)

-- of sums from each row to the last: each less the next one, squared, adds up to the square of all
select 'those at risk are not those who end from there on' as problem,
    concat(cast(group_id as varchar), ' ', cast(measure_number as varchar)) as example
from curves
where followed_square <> followed_count * followed_count or cuts_left <> cut_count
union all
select 'a curve with no end, or with two' as problem,
    concat(cast(group_id as varchar), ' ', cast(measure_number as varchar)) as example
from curves
where end_count <> 1
union all
select 'more ended than were at risk' as problem,
    concat(cast(group_id as varchar), ' ', cast(measure_number as varchar), ' ', cast(duration as varchar)) as example
from survival_steps
where followed_count < 1 or at_risk < followed_count
union all
select 'the next end comes earlier' as problem,
    concat(cast(group_id as varchar), ' ', cast(measure_number as varchar), ' ', cast(duration as varchar)) as example
from survival_steps
where next_duration < duration
