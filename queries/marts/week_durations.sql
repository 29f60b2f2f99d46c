-- grain: one row a carrier ('*' for all), week of the start and measure with a parcel followed: the row of group_durations, which is kept as long
-- as nothing in the week changes
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
inner join groups on made.group_id = groups.group_id
where groups.grain = 'week'
