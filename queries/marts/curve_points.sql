-- grain: one row a carrier ('*' for all) of the current period, measure (first_scan, transit, and the three of the whole way) and whole hour to 14 days; share is null where
-- nobody was followed that far and the curve has not ended
with carrier_groups as (
    select
        group_id,
        carrier_code
    from groups
    where grain = 'carrier' and period = 'current'
),

drawn as (
    select
        measure,
        measure_number
    from measures
    where measure in ('first_scan', 'transit', 'label_to_scan', 'label_to_attempt', 'label_to_delivery')
),

hour_grid as (
    select cast(number as double) as hours from integers where number <= 14 * 24
),

steps as (
    select
        survival_steps.group_id,
        survival_steps.measure_number,
        survival_steps.duration,
        survival_steps.followed_count
    from survival_steps
    inner join carrier_groups on survival_steps.group_id = carrier_groups.group_id
    inner join drawn on survival_steps.measure_number = drawn.measure_number
),

totals as (
    select
        group_id,
        measure_number,
        cast(sum(followed_count) as bigint) as followed_count
    from steps
    group by group_id, measure_number
),

-- what happens in (hour - 1, hour] moves the curve at that hour
ended as (
    select
        group_id,
        measure_number,
        ceil(duration) as hours,
        cast(sum(followed_count) as bigint) as ended_count,
        cast(sum(case when duration = ceil(duration) then followed_count else 0 end) as bigint) as ended_on_the_hour_count
    from steps
    where duration <= 14 * 24
    group by group_id, measure_number, ceil(duration)
),

last_steps as (
    select
        curves.group_id,
        curves.measure_number,
        ceil(curves.duration) as hours,
        curves.share,
        incidence_lo(curves.share, curves.variance) as share_lo,
        incidence_hi(curves.share, curves.variance) as share_hi,
        curves.survival
    from survival_curves as curves
    inner join carrier_groups on curves.group_id = carrier_groups.group_id
    inner join drawn on curves.measure_number = drawn.measure_number
    where curves.duration <= 14 * 24 and (curves.next_duration is null or curves.next_duration > ceil(curves.duration))
),

gridded as (
    select
        totals.group_id,
        totals.measure_number,
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
        on totals.group_id = ended.group_id and totals.measure_number = ended.measure_number and hour_grid.hours = ended.hours
    left join last_steps
        on totals.group_id = last_steps.group_id and totals.measure_number = last_steps.measure_number and hour_grid.hours = last_steps.hours
    window so_far as (
        partition by totals.group_id, totals.measure_number order by hour_grid.hours rows between unbounded preceding and current row
    )
),

-- the limits stand still until the next step
carried as (
    select
        *,
        max(share_lo) over (partition by group_id, measure_number, step_count) as carried_lo,
        max(share_hi) over (partition by group_id, measure_number, step_count) as carried_hi
    from gridded
)

select
    carrier_groups.carrier_code,
    drawn.measure,
    carried.hours,
    case when at_risk > 0 or survival <= 1e-9 then rounded(share) end as share,
    case when at_risk > 0 or survival <= 1e-9 then rounded(coalesce(carried_lo, 0.0)) end as share_lo,
    case when at_risk > 0 or survival <= 1e-9 then rounded(coalesce(carried_hi, 0.0)) end as share_hi,
    cast(at_risk as bigint) as at_risk
from carried
inner join carrier_groups on carried.group_id = carrier_groups.group_id
inner join drawn on carried.measure_number = drawn.measure_number
