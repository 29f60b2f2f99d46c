-- grain: one row a group, measure and duration at which a follow-up ended other than by censoring: the Aalen-Johansen cumulative incidence
-- of the event of interest, with its variance (Marubini & Valsecchi 1995) and limits; shared by every duration model
with counts as (
    select
        waits.cell_id,
        measures.measure_number,
        waits.duration,
        cast(sum(waits.followed_count) as bigint) as followed_count,
        cast(sum(case when waits.ending <> 'censored' then waits.followed_count else 0 end) as bigint) as ended_count,
        cast(sum(case when waits.ending = 'interest' then waits.followed_count else 0 end) as bigint) as interest_count
    from follow_up_counts as waits
    inner join measures on waits.measure = measures.measure
    where waits.left_out is null
    group by waits.cell_id, measures.measure_number, waits.duration
),

group_counts as (
    select
        memberships.group_id,
        counts.measure_number,
        counts.duration,
        cast(sum(counts.ended_count) as double) as d,
        cast(sum(counts.interest_count) as double) as e,
        cast(sum(counts.followed_count) as double) as followed_count
    from counts
    inner join curve_groups as memberships
        on counts.cell_id = memberships.cell_id and counts.measure_number = memberships.measure_number
    group by memberships.group_id, counts.measure_number, counts.duration
),

at_risk as (
    select
        group_id,
        measure_number,
        duration,
        d,
        e,
        sum(followed_count) over (
            partition by group_id, measure_number order by duration desc rows between unbounded preceding and current row
        ) as n
    from group_counts
),

steps as (
    select * from at_risk where d > 0
),

surviving as (
    select
        *,
        coalesce(
            exp(total(sum(summand(case when d < n then ln((n - d) / n) else 0.0 end)) over (
                partition by group_id, measure_number order by duration rows between unbounded preceding and 1 preceding
            ))),
            1.0
        ) as survival_before
    from steps
),

incidence as (
    select
        *,
        lesser_of(1.0, total(sum(summand(survival_before * e / n)) over (
            partition by group_id, measure_number order by duration rows between unbounded preceding and current row
        ))) as share,
        case when d < n then d / (n * (n - d)) else 0.0 end as hazard_term,
        survival_before * survival_before * e * (n - e) / (n * n * n) as jump_term,
        survival_before * e / (n * n) as cross_term
    from surviving
),

-- sum (F - Fi)^2 h is F^2 sum h - 2 F sum Fi h + sum Fi^2 h, and so on, so that running sums do: of the terms with F^2, with 2 F, with neither
running as (
    select
        *,
        sum(hazard_term) over running_window as square_sum,
        sum(share * hazard_term + cross_term) over running_window as linear_sum,
        sum(share * share * hazard_term + jump_term + 2 * share * cross_term) over running_window as constant_sum
    from incidence
    window running_window as (
        partition by group_id, measure_number order by duration rows between unbounded preceding and current row
    )
),

with_variance as (
    select
        group_id,
        measure_number,
        duration,
        cast(n as bigint) as at_risk,
        cast(d as bigint) as ended_count,
        cast(e as bigint) as interest_count,
        share,
        case when d < n then survival_before * (n - d) / n else 0.0 end as survival,
        greater_of(0.0, share * share * square_sum - 2 * share * linear_sum + constant_sum) as variance
    from running
)

select
    with_variance.group_id,
    measures.measure,
    with_variance.measure_number,
    with_variance.duration,
    with_variance.at_risk,
    with_variance.ended_count,
    with_variance.interest_count,
    with_variance.share,
    with_variance.survival,
    with_variance.variance,
    incidence_lo(with_variance.share, with_variance.variance) as share_lo,
    incidence_hi(with_variance.share, with_variance.variance) as share_hi
from with_variance
inner join measures on with_variance.measure_number = measures.measure_number
