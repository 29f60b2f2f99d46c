-- grain: one row a carrier ('*' for all) of the current period, measure (first_scan, transit, and the three of the whole way) and whole hour to 14 days; share is null where
-- nobody was followed that far and the curve has not ended
with groups as (
    select distinct
        group_id,
        carrier_code
    from cell_groups
    where grain = 'carrier' and period = 'current'
),

hour_grid as (
    select cast(number as double) as hours from integers where number <= 14 * 24
),

counts as (
    select
        groups.group_id,
        groups.carrier_code,
        waits.measure,
        waits.duration,
        sum(waits.followed_count) as followed_count
    from follow_up_counts as waits
    inner join cell_groups as memberships on waits.cell_id = memberships.cell_id
    inner join groups on memberships.group_id = groups.group_id
    where waits.left_out is null and waits.measure in ('first_scan', 'transit', 'label_to_scan', 'label_to_attempt', 'label_to_delivery')
    group by groups.group_id, groups.carrier_code, waits.measure, waits.duration
),

totals as (
    select
        group_id,
        carrier_code,
        measure,
        cast(sum(followed_count) as bigint) as followed_count
    from counts
    group by group_id, carrier_code, measure
),

-- what happens in (hour - 1, hour] moves the curve at that hour
ended as (
    select
        group_id,
        measure,
        ceil(duration) as hours,
        cast(sum(followed_count) as bigint) as ended_count,
        cast(sum(case when duration = ceil(duration) then followed_count else 0 end) as bigint) as ended_on_the_hour_count
    from counts
    where duration <= 14 * 24
    group by group_id, measure, ceil(duration)
),

last_steps as (
    select
        group_id,
        measure,
        ceil(duration) as hours,
        max_by(share, duration) as share,
        max_by(share_lo, duration) as share_lo,
        max_by(share_hi, duration) as share_hi,
        min(survival) as survival
    from survival_steps
    where duration <= 14 * 24
    group by group_id, measure, ceil(duration)
),

gridded as (
    select
        totals.group_id,
        totals.carrier_code,
        totals.measure,
        hour_grid.hours,
        totals.followed_count - coalesce(sum(ended.ended_count) over so_far, 0)
            + coalesce(ended.ended_on_the_hour_count, 0) as at_risk,
        coalesce(max(last_steps.share) over so_far, 0.0) as share,
        last_steps.share_lo,
        last_steps.share_hi,
        coalesce(min(last_steps.survival) over so_far, 1.0) as survival,
        count(last_steps.share) over so_far as step_count
    from totals
    cross join hour_grid
    left join ended
        on totals.group_id = ended.group_id and totals.measure = ended.measure and hour_grid.hours = ended.hours
    left join last_steps
        on totals.group_id = last_steps.group_id and totals.measure = last_steps.measure and hour_grid.hours = last_steps.hours
    window so_far as (
        partition by totals.group_id, totals.measure order by hour_grid.hours rows between unbounded preceding and current row
    )
),

-- the limits stand still until the next step
carried as (
    select
        *,
        max(share_lo) over (partition by group_id, measure, step_count) as carried_lo,
        max(share_hi) over (partition by group_id, measure, step_count) as carried_hi
    from gridded
)

select
    carrier_code,
    measure,
    hours,
    case when at_risk > 0 or survival <= 1e-9 then rounded(share) end as share,
    case when at_risk > 0 or survival <= 1e-9 then rounded(coalesce(carried_lo, 0.0)) end as share_lo,
    case when at_risk > 0 or survival <= 1e-9 then rounded(coalesce(carried_hi, 0.0)) end as share_hi,
    cast(at_risk as bigint) as at_risk
from carried
