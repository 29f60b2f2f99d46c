-- grain: one row a carrier ('*' for all), week of the start and measure with a parcel followed: the row of group_durations, which is kept as long
-- as nothing in the week changes; shares rounded, so that it is the same row when it is made again
select
    groups.carrier_code,
    groups.week_start_date,
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
    rounded(made.reached_share) as reached_share,
    rounded(made.reached_share_lo) as reached_share_lo,
    rounded(made.reached_share_hi) as reached_share_hi,
    rounded(made.share_24) as share_24,
    rounded(made.share_24_lo) as share_24_lo,
    rounded(made.share_24_hi) as share_24_hi,
    rounded(made.share_48) as share_48,
    rounded(made.share_48_lo) as share_48_lo,
    rounded(made.share_48_hi) as share_48_hi,
    rounded(made.share_48_variance) as share_48_variance,
    rounded(made.share_120) as share_120,
    rounded(made.share_120_variance) as share_120_variance
from group_durations as made
inner join groups on made.group_id = groups.group_id
where groups.grain = 'week'
