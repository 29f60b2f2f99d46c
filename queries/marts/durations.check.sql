-- what must hold of durations; rows are failures
select 'two rows for one group and measure' as problem, concat(cast(group_id as varchar), ' ', measure) as example
from durations
group by group_id, measure
having count(*) > 1
union all
select 'a figure of nobody' as problem, concat(cast(group_id as varchar), ' ', measure) as example
from durations
where followed_count < 1
union all
select 'a later percentile comes earlier' as problem, concat(cast(group_id as varchar), ' ', measure) as example
from durations
where p50 > p90
    or p90 > p95
    or p50_lo > p90_lo
    or p90_lo > p95_lo
    or p50_hi > p90_hi
    or p90_hi > p95_hi
    or (p50 is null and p90 is not null)
    or (p90 is null and p95 is not null)
union all
select 'a percentile lies outside its interval' as problem, concat(cast(group_id as varchar), ' ', measure) as example
from durations
where p50_lo > p50
    or p50 > p50_hi
    or p90_lo > p90
    or p90 > p90_hi
    or p95_lo > p95
    or p95 > p95_hi
    or (p50 is not null and p50_lo is null)
    or (p50 is null and p50_hi is not null)
    or (p90 is not null and p90_lo is null)
    or (p90 is null and p90_hi is not null)
    or (p95 is not null and p95_lo is null)
    or (p95 is null and p95_hi is not null)
union all
select 'a negative percentile' as problem, concat(cast(group_id as varchar), ' ', measure) as example
from durations
where p50_lo < 0
    or p90_lo < 0
    or p95_lo < 0
union all
select 'a share outside 0 to 1, or outside its limits' as problem, concat(cast(group_id as varchar), ' ', measure) as example
from durations
where reached_share_lo < -1e-9
    or share_24_lo < -1e-9
    or share_48_lo < -1e-9
    or reached_share_hi > 1 + 1e-9
    or share_24_hi > 1 + 1e-9
    or share_48_hi > 1 + 1e-9
    or reached_share not between reached_share_lo - 1e-9 and reached_share_hi + 1e-9
    or share_24 not between share_24_lo - 1e-9 and share_24_hi + 1e-9
    or share_48 not between share_48_lo - 1e-9 and share_48_hi + 1e-9
union all
select 'the curve falls' as problem, concat(cast(group_id as varchar), ' ', measure) as example
from durations
where share_24 > share_48 + 1e-9 or share_48 > reached_share + 1e-9
union all
select 'a percentile that the curve does not reach' as problem, concat(cast(group_id as varchar), ' ', measure) as example
from durations
where (p50 is null) <> (reached_share < 0.5 - 1e-9)
    or (p90 is null) <> (reached_share < 0.9 - 1e-9)
    or (p95 is null) <> (reached_share < 0.95 - 1e-9)
