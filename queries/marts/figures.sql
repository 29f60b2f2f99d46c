-- grain: one row a group: its figures side by side, as the performance tables deal them out by grain
with members as (
    select
        cell_groups.group_id,
        cast(sum(counts.labelled) as bigint) as labelled,
        cast(sum(counts.scanned) as bigint) as scanned,
        cast(sum(counts.due) as bigint) as due
    from cohort_counts as counts
    inner join cell_groups on counts.cell_id = cell_groups.cell_id
    where cell_groups.grain <> 'week'
    group by cell_groups.group_id
    union all
    select
        groups.group_id,
        cast(sum(counts.labelled) as bigint) as labelled,
        cast(sum(counts.scanned) as bigint) as scanned,
        cast(sum(counts.due) as bigint) as due
    from week_members as counts
    inner join groups
        on counts.week_start_date = groups.week_start_date
        and groups.carrier_code in (counts.carrier_code, '*')
    where groups.grain = 'week'
    group by groups.group_id
),

duration_figures as (
    select
        groups.group_id,
        rounded(max(p50) filter (where measure = 'first_scan')) as first_scan_p50_hours,
        rounded(max(p50_lo) filter (where measure = 'first_scan')) as first_scan_p50_hours_lo,
        rounded(max(p50_hi) filter (where measure = 'first_scan')) as first_scan_p50_hours_hi,
        rounded(max(p90) filter (where measure = 'first_scan')) as first_scan_p90_hours,
        rounded(max(p90_lo) filter (where measure = 'first_scan')) as first_scan_p90_hours_lo,
        rounded(max(p90_hi) filter (where measure = 'first_scan')) as first_scan_p90_hours_hi,
        rounded(max(p50) filter (where measure = 'transit')) as transit_p50_hours,
        rounded(max(p50_lo) filter (where measure = 'transit')) as transit_p50_hours_lo,
        rounded(max(p50_hi) filter (where measure = 'transit')) as transit_p50_hours_hi,
        rounded(max(p90) filter (where measure = 'transit')) as transit_p90_hours,
        rounded(max(p90_lo) filter (where measure = 'transit')) as transit_p90_hours_lo,
        rounded(max(p90_hi) filter (where measure = 'transit')) as transit_p90_hours_hi,
        rounded(max(p95) filter (where measure = 'transit')) as transit_p95_hours,
        rounded(max(p95_lo) filter (where measure = 'transit')) as transit_p95_hours_lo,
        rounded(max(p95_hi) filter (where measure = 'transit')) as transit_p95_hours_hi,
        rounded(max(share_24) filter (where measure = 'first_scan')) as first_scan_24h_share,
        rounded(max(share_24_lo) filter (where measure = 'first_scan')) as first_scan_24h_share_lo,
        rounded(max(share_24_hi) filter (where measure = 'first_scan')) as first_scan_24h_share_hi,
        rounded(max(share_48) filter (where measure = 'first_scan')) as first_scan_48h_share,
        rounded(max(share_48_lo) filter (where measure = 'first_scan')) as first_scan_48h_share_lo,
        rounded(max(share_48_hi) filter (where measure = 'first_scan')) as first_scan_48h_share_hi,
        rounded(max(reached_share) filter (where measure = 'transit')) as transit_reached_share,
        rounded(max(reached_share_lo) filter (where measure = 'transit')) as transit_reached_share_lo,
        rounded(max(reached_share_hi) filter (where measure = 'transit')) as transit_reached_share_hi,
        rounded(max(p50) filter (where measure = 'transit_working_days')) as transit_working_days_p50,
        rounded(max(p50_lo) filter (where measure = 'transit_working_days')) as transit_working_days_p50_lo,
        rounded(max(p50_hi) filter (where measure = 'transit_working_days')) as transit_working_days_p50_hi,
        rounded(max(p90) filter (where measure = 'transit_working_days')) as transit_working_days_p90,
        rounded(max(p90_lo) filter (where measure = 'transit_working_days')) as transit_working_days_p90_lo,
        rounded(max(p90_hi) filter (where measure = 'transit_working_days')) as transit_working_days_p90_hi,
        coalesce(max(followed_count) filter (where measure = 'first_scan'), 0) as first_scan_n,
        coalesce(max(followed_count) filter (where measure = 'transit'), 0) as transit_n,
        coalesce(max(followed_count) filter (where measure = 'transit_working_days'), 0) as transit_working_days_n
    from groups
    left join durations on groups.group_id = durations.group_id
    group by groups.group_id
)

select
    groups.group_id,
    coalesce(members.labelled, 0) as labelled,
    coalesce(members.scanned, 0) as scanned,
    coalesce(members.due, 0) as due,
    duration_figures.* exclude (group_id),
    rate_figures.* exclude (group_id)
from groups
left join members on groups.group_id = members.group_id
inner join duration_figures on groups.group_id = duration_figures.group_id
inner join rate_figures on groups.group_id = rate_figures.group_id
