-- grain: one row a group and rate: x of n with Wilson's interval
with counts as (
    select * from rate_counts
),

memberships as (
    select * from cell_groups
),

summed as (
    select
        memberships.group_id,
        counts.metric,
        cast(sum(counts.x) as bigint) as x,
        cast(sum(counts.n) as bigint) as n
    from counts
    inner join memberships on counts.cell_id = memberships.cell_id
    group by memberships.group_id, counts.metric
    union all
    select
        groups.group_id,
        counts.metric,
        cast(sum(counts.x) as bigint) as x,
        cast(sum(counts.n) as bigint) as n
    from week_counts as counts
    inner join groups
        on counts.week_start_date = groups.week_start_date
        and groups.carrier_code in (counts.carrier_code, '*')
    where groups.grain = 'week'
    group by groups.group_id, counts.metric
)

select
    group_id,
    metric,
    x,
    n,
    rate(x, n) as rate,
    wilson_lo(x, n) as rate_lo,
    wilson_hi(x, n) as rate_hi
from summed
