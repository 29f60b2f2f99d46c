-- grain: one row a group and measure with a parcel followed: percentiles with limits, the share reached in the end, and the share within 24 and 48
-- hours; of the weeks those that are made again
with followed as (
    select
        memberships.group_id,
        waits.measure,
        cast(sum(waits.followed_count) as bigint) as followed_count,
        max(waits.longest_duration) as longest_duration
    from (
        select
            cell_id,
            measure,
            sum(followed_count) as followed_count,
            max(duration) as longest_duration
        from follow_up_counts
        where left_out is null
        group by cell_id, measure
    ) as waits
    inner join curve_groups as memberships on waits.cell_id = memberships.cell_id and waits.measure = memberships.measure
    where not memberships.is_of_carriers
    group by memberships.group_id, waits.measure
),

steps as (
    select * from survival_steps
),

summaries as (
    select
        group_id,
        measure,
        min(duration) filter (where share >= 0.50 - 1e-9) as p50,
        min(duration) filter (where share_hi >= 0.50 - 1e-9) as p50_lo,
        min(duration) filter (where share_lo >= 0.50 - 1e-9) as p50_hi,
        min(duration) filter (where share >= 0.90 - 1e-9) as p90,
        min(duration) filter (where share_hi >= 0.90 - 1e-9) as p90_lo,
        min(duration) filter (where share_lo >= 0.90 - 1e-9) as p90_hi,
        min(duration) filter (where share >= 0.95 - 1e-9) as p95,
        min(duration) filter (where share_hi >= 0.95 - 1e-9) as p95_lo,
        min(duration) filter (where share_lo >= 0.95 - 1e-9) as p95_hi,
        max_by(share, duration) as reached_share,
        max_by(share_lo, duration) as reached_share_lo,
        max_by(share_hi, duration) as reached_share_hi,
        min(survival) as last_survival,
        max_by(share, duration) filter (where duration <= 24) as share_24,
        max_by(share_lo, duration) filter (where duration <= 24) as share_24_lo,
        max_by(share_hi, duration) filter (where duration <= 24) as share_24_hi,
        max_by(share, duration) filter (where duration <= 48) as share_48,
        max_by(share_lo, duration) filter (where duration <= 48) as share_48_lo,
        max_by(share_hi, duration) filter (where duration <= 48) as share_48_hi,
        max_by(variance, duration) filter (where duration <= 48) as share_48_variance,
        max_by(share, duration) filter (where duration <= 120) as share_120,
        max_by(variance, duration) filter (where duration <= 120) as share_120_variance
    from steps
    group by group_id, measure
),

judged as (
    select
        followed.group_id,
        followed.measure,
        followed.followed_count,
        summaries.p50,
        summaries.p50_lo,
        summaries.p50_hi,
        summaries.p90,
        summaries.p90_lo,
        summaries.p90_hi,
        summaries.p95,
        summaries.p95_lo,
        summaries.p95_hi,
        summaries.reached_share,
        summaries.reached_share_lo,
        summaries.reached_share_hi,
        summaries.share_24,
        summaries.share_24_lo,
        summaries.share_24_hi,
        summaries.share_48,
        summaries.share_48_lo,
        summaries.share_48_hi,
        summaries.share_48_variance,
        summaries.share_120,
        summaries.share_120_variance,
        followed.longest_duration >= 24 or coalesce(summaries.last_survival, 1.0) <= 1e-9 as is_followed_24,
        followed.longest_duration >= 48 or coalesce(summaries.last_survival, 1.0) <= 1e-9 as is_followed_48,
        followed.longest_duration >= 120 or coalesce(summaries.last_survival, 1.0) <= 1e-9 as is_followed_120
    from followed
    left join summaries on followed.group_id = summaries.group_id and followed.measure = summaries.measure
)

select
    group_id,
    measure,
    followed_count,
    p50,
    p50_lo,
    p50_hi,
    p90,
    p90_lo,
    p90_hi,
    p95,
    p95_lo,
    p95_hi,
    coalesce(reached_share, 0.0) as reached_share,
    coalesce(reached_share_lo, 0.0) as reached_share_lo,
    coalesce(reached_share_hi, 0.0) as reached_share_hi,
    case when is_followed_24 then coalesce(share_24, 0.0) end as share_24,
    case when is_followed_24 then coalesce(share_24_lo, 0.0) end as share_24_lo,
    case when is_followed_24 then coalesce(share_24_hi, 0.0) end as share_24_hi,
    case when is_followed_48 then coalesce(share_48, 0.0) end as share_48,
    case when is_followed_48 then coalesce(share_48_lo, 0.0) end as share_48_lo,
    case when is_followed_48 then coalesce(share_48_hi, 0.0) end as share_48_hi,
    case when is_followed_48 then coalesce(share_48_variance, 0.0) end as share_48_variance,
    case when is_followed_120 then coalesce(share_120, 0.0) end as share_120,
    case when is_followed_120 then coalesce(share_120_variance, 0.0) end as share_120_variance
from judged
