-- what must hold of rate_answers; rows are failures
select 'a member of a cohort has no answers, or is asked twice' as problem, concat(period, ' ', cohort, ': ', cast(gap as varchar)) as example
from (
    select
        period,
        cohort,
        sum(one) as gap
    from (
        select period, cohort, 1 as one from cohort_outcomes
        union all
        select period, cohort, -1 as one from rate_answers
    ) as both_sides
    group by period, cohort
) as gaps
where gap <> 0
union all
select 'an answer to a question of another cohort' as problem, concat(period, ' ', cohort, ' ', tracking_number) as example
from rate_answers
where (cohort <> 'due' and coalesce(promise_kept_rate, on_time_rate, handed_over_late_rate) is not null)
    or (cohort <> 'scan' and coalesce(transit_measurable_rate, exception_rate, lost_30d_rate) is not null)
    or (cohort <> 'label' and never_scanned_7d_rate is not null)
