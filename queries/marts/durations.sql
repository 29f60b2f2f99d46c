-- grain: one row a group and measure with a parcel followed: percentiles with limits, the share reached in the end, and the share within 24 and
-- 48 hours; of a week that was kept the row of the build before
with week_groups as (
    select * from groups where grain = 'week'
)

select
    made.group_id,
    made.measure,
    made.followed_count,
    made.p50,
    made.p50_lo,
    made.p50_hi,
    made.p90,
    made.p90_lo,
    made.p90_hi,
    made.p95,
    made.p95_lo,
    made.p95_hi,
    made.reached_share,
    made.reached_share_lo,
    made.reached_share_hi,
    made.share_24,
    made.share_24_lo,
    made.share_24_hi,
    made.share_48,
    made.share_48_lo,
    made.share_48_hi,
    made.share_48_variance,
    made.share_120,
    made.share_120_variance
from group_durations as made
left join week_groups on made.group_id = week_groups.group_id
where week_groups.group_id is null
union all
select
    week_groups.group_id,
    kept.measure,
    kept.followed_count,
    kept.p50,
    kept.p50_lo,
    kept.p50_hi,
    kept.p90,
    kept.p90_lo,
    kept.p90_hi,
    kept.p95,
    kept.p95_lo,
    kept.p95_hi,
    kept.reached_share,
    kept.reached_share_lo,
    kept.reached_share_hi,
    kept.share_24,
    kept.share_24_lo,
    kept.share_24_hi,
    kept.share_48,
    kept.share_48_lo,
    kept.share_48_hi,
    kept.share_48_variance,
    kept.share_120,
    kept.share_120_variance
from week_durations as kept
inner join week_groups on kept.carrier_code = week_groups.carrier_code and kept.week_start_date = week_groups.week_start_date
