-- grain: one row a group, measure, duration, ending (0 by the event of interest, 1 by a competing one, 2 censored: their order at one
-- duration) and cell: how many follow-ups ended there, how many were at risk of it, and how many rows from here on are no interest
-- (cuts_left); shared by every duration model
with waits as (
    select
        counts.cell_id,
        counts.measure,
        cast(measures.measure_number as integer) as measure_number,
        measures.is_of_carriers,
        counts.duration,
        cast(case counts.ending when 'interest' then 0 when 'competing' then 1 else 2 end as tinyint) as ending_order,
        cast(counts.followed_count as integer) as followed_count
    from follow_up_counts as counts
    inner join measures on counts.measure = measures.measure
    where counts.left_out is null
),

grouped as (
    select
        cast(cell_groups.group_id as integer) as group_id,
        waits.measure_number,
        waits.duration,
        waits.ending_order,
        waits.followed_count
    from waits
    inner join cell_groups on waits.cell_id = cell_groups.cell_id
    where not waits.is_of_carriers or cell_groups.grain = 'carrier'
    union all
    select
        cast(stratum_groups.group_id as integer) as group_id,
        waits.measure_number,
        waits.duration,
        waits.ending_order,
        waits.followed_count
    from waits
    inner join stratum_groups on waits.cell_id = stratum_groups.cell_id
    where waits.measure = 'transit'
),

-- one running sum does for two, since it is what the curves cost: whole numbers are follow-ups, parts of 2^-26 are cuts; a double holds
-- both as they are, up to 2^27 follow-ups
summed as (
    select
        *,
        sum(followed_count + case when ending_order > 0 then 1 / 67108864e0 else 0e0 end) over (
            partition by group_id, measure_number
            order by duration desc, ending_order desc, followed_count desc
            rows between unbounded preceding and current row
        ) as left_sum,
        lag(duration) over (partition by group_id, measure_number order by duration desc, ending_order desc, followed_count desc) as next_duration
    from grouped
)

select
    group_id,
    measure_number,
    duration,
    next_duration,
    ending_order,
    followed_count,
    cast(floor(left_sum) as integer) as at_risk,
    cast((left_sum - floor(left_sum)) * 67108864 as integer) as cuts_left
from summed
