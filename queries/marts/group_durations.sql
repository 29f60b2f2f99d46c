-- grain: one row a group and measure with a parcel followed: percentiles with limits, the share reached in the end, and the share within 24 and 48
-- hours; of the weeks those that are made again
with followed as (
    select
        group_id,
        measure_number,
        cast(max(at_risk) as bigint) as followed_count,
        max(duration) as longest_duration
    from survival_steps
    group by group_id, measure_number
),

steps as (
    select
        *,
        incidence_lo(share, variance) as share_lo,
        incidence_hi(share, variance) as share_hi
    from survival_curves
),

percentiles as (
    select
        group_id,
        measure_number,
        min(duration) filter (where share >= 0.50 - 1e-9) as p50,
        min(duration) filter (where share_hi >= 0.50 - 1e-9) as p50_lo,
        min(duration) filter (where share_lo >= 0.50 - 1e-9) as p50_hi,
        min(duration) filter (where share >= 0.90 - 1e-9) as p90,
        min(duration) filter (where share_hi >= 0.90 - 1e-9) as p90_lo,
        min(duration) filter (where share_lo >= 0.90 - 1e-9) as p90_hi,
        min(duration) filter (where share >= 0.95 - 1e-9) as p95,
        min(duration) filter (where share_hi >= 0.95 - 1e-9) as p95_lo,
        min(duration) filter (where share_lo >= 0.95 - 1e-9) as p95_hi
    from steps
    group by group_id, measure_number
),

-- the steps that hold at 24, 48 and 120 hours, and the last one
moments as (
    select
        group_id,
        measure_number,
        max(share) filter (where next_duration is null) as reached_share,
        max(variance) filter (where next_duration is null) as reached_share_variance,
        max(survival) filter (where next_duration is null) as last_survival,
        max(share) filter (where duration <= 24 and coalesce(next_duration > 24, true)) as share_24,
        max(variance) filter (where duration <= 24 and coalesce(next_duration > 24, true)) as share_24_variance,
        max(share) filter (where duration <= 48 and coalesce(next_duration > 48, true)) as share_48,
        max(variance) filter (where duration <= 48 and coalesce(next_duration > 48, true)) as share_48_variance,
        max(share) filter (where duration <= 120 and coalesce(next_duration > 120, true)) as share_120,
        max(variance) filter (where duration <= 120 and coalesce(next_duration > 120, true)) as share_120_variance
    from survival_curves
    where next_duration is null
        or (duration <= 24 and next_duration > 24)
        or (duration <= 48 and next_duration > 48)
        or (duration <= 120 and next_duration > 120)
    group by group_id, measure_number
),

judged as (
    select
        percentiles.group_id,
        measures.measure,
        followed.followed_count,
        percentiles.p50,
        percentiles.p50_lo,
        percentiles.p50_hi,
        percentiles.p90,
        percentiles.p90_lo,
        percentiles.p90_hi,
        percentiles.p95,
        percentiles.p95_lo,
        percentiles.p95_hi,
        moments.reached_share,
        incidence_lo(moments.reached_share, moments.reached_share_variance) as reached_share_lo,
        incidence_hi(moments.reached_share, moments.reached_share_variance) as reached_share_hi,
        moments.share_24,
        incidence_lo(moments.share_24, moments.share_24_variance) as share_24_lo,
        incidence_hi(moments.share_24, moments.share_24_variance) as share_24_hi,
        moments.share_48,
        incidence_lo(moments.share_48, moments.share_48_variance) as share_48_lo,
        incidence_hi(moments.share_48, moments.share_48_variance) as share_48_hi,
        moments.share_48_variance,
        moments.share_120,
        moments.share_120_variance,
        followed.longest_duration >= 24 or moments.last_survival <= 1e-9 as is_followed_24,
        followed.longest_duration >= 48 or moments.last_survival <= 1e-9 as is_followed_48,
        followed.longest_duration >= 120 or moments.last_survival <= 1e-9 as is_followed_120
    from percentiles
    inner join followed on percentiles.group_id = followed.group_id and percentiles.measure_number = followed.measure_number
    inner join moments on percentiles.group_id = moments.group_id and percentiles.measure_number = moments.measure_number
    inner join measures on percentiles.measure_number = measures.measure_number
)

select
    cast(group_id as bigint) as group_id,
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
    reached_share,
    reached_share_lo,
    reached_share_hi,
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
