-- grain: one row a group, measure and duration at which a follow-up ended other than by censoring: the Aalen-Johansen cumulative incidence
-- of the event of interest, with its variance (Marubini & Valsecchi 1995) and limits; shared by every duration model
with follow_up_counts as (
    select
        memberships.group_id,
        counts.measure,
        counts.duration,
        sum(counts.ended_count) as ended_count,
        sum(counts.interest_count) as interest_count,
        sum(counts.followed_count) as followed_count
    from (
        select
            cell_id,
            measure,
            duration,
            count(*) as followed_count,
            count(*) filter (where ending <> 'censored') as ended_count,
            count(*) filter (where ending = 'interest') as interest_count
        from follow_ups
        where left_out is null
        group by cell_id, measure, duration
    ) as counts
    inner join cell_groups as memberships on counts.cell_id = memberships.cell_id
    group by memberships.group_id, counts.measure, counts.duration
),

at_risk as (
    select
        group_id,
        measure,
        duration,
        cast(ended_count as double) as d,
        cast(interest_count as double) as e,
        cast(sum(followed_count) over (
            partition by group_id, measure order by duration desc rows between unbounded preceding and current row
        ) as double) as n
    from follow_up_counts
),

steps as (
    select * from at_risk where d > 0
),

surviving as (
    select
        *,
        coalesce(
            exp(sum(case when d < n then ln((n - d) / n) else 0.0 end) over (
                partition by group_id, measure order by duration rows between unbounded preceding and 1 preceding
            )),
            1.0
        ) as survival_before
    from steps
),

incidence as (
    select
        *,
        least(1.0, sum(survival_before * e / n) over (
            partition by group_id, measure order by duration rows between unbounded preceding and current row
        )) as share,
        case when d < n then d / (n * (n - d)) else 0.0 end as hazard_term,
        survival_before * survival_before * e * (n - e) / (n * n * n) as jump_term,
        survival_before * e / (n * n) as cross_term
    from surviving
),

-- sum (F - Fi)^2 h is F^2 sum h - 2 F sum Fi h + sum Fi^2 h, so that running sums do
running as (
    select
        *,
        sum(hazard_term) over running_window as hazard_sum,
        sum(share * hazard_term) over running_window as share_hazard_sum,
        sum(share * share * hazard_term) over running_window as share_squared_hazard_sum,
        sum(jump_term) over running_window as jump_sum,
        sum(cross_term) over running_window as cross_sum,
        sum(share * cross_term) over running_window as share_cross_sum
    from incidence
    window running_window as (
        partition by group_id, measure order by duration rows between unbounded preceding and current row
    )
),

with_variance as (
    select
        group_id,
        measure,
        duration,
        cast(n as bigint) as at_risk,
        cast(d as bigint) as ended_count,
        cast(e as bigint) as interest_count,
        share,
        case when d < n then survival_before * (n - d) / n else 0.0 end as survival,
        greatest(
            0.0,
            share * share * hazard_sum - 2 * share * share_hazard_sum + share_squared_hazard_sum
                + jump_sum
                - 2 * (share * cross_sum - share_cross_sum)
        ) as variance
    from running
)

select
    group_id,
    measure,
    duration,
    at_risk,
    ended_count,
    interest_count,
    share,
    survival,
    variance,
    incidence_lo(share, variance) as share_lo,
    incidence_hi(share, variance) as share_hi
from with_variance
