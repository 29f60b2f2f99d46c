-- what must hold of cohort_outcomes; rows are failures
select 'members of a cohort are lost or doubled' as problem,
    concat(members.period, ' ', members.cohort, ': ', cast(members.member_count as varchar), ' but ', cast(outcomes.member_count as varchar)) as example
from (
    select
        period,
        cohort,
        count(*) as member_count
    from cohort_members
    group by period, cohort
) as members
full join (
    select
        period,
        cohort,
        count(*) as member_count
    from cohort_outcomes
    group by period, cohort
) as outcomes on members.period = outcomes.period and members.cohort = outcomes.cohort
where members.member_count is distinct from outcomes.member_count
union all
select 'watched through a horizon that has not passed' as problem, concat(period, ' ', cohort, ' ', tracking_number) as example
from cohort_outcomes
where (is_watched_7d and not is_aged_7d)
    or (is_attempt_watched_7d and not is_aged_7d)
    or (is_watched_7d and not is_attempt_watched_7d)
    or (is_attempt_watched_30d and not is_aged_30d)
    or (is_watched_30d and not is_attempt_watched_30d)
    or (is_watched_14d and not is_aged_14d)
    or (is_watched_30d and not is_aged_30d)
union all
select 'old enough for a long horizon, but not for a short one' as problem, concat(period, ' ', cohort, ' ', tracking_number) as example
from cohort_outcomes
where (is_watched_30d and not is_watched_14d) or (is_watched_14d and not is_watched_7d)
