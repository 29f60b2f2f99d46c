-- grain: one row a carrier ('*' for all) and exception group ('*' for all): hours from the first exception to the next forward scan
with groups as (
    select distinct group_id, carrier_code from cell_groups where grain = 'carrier' and period = 'current'
),

figures as (
    select * from durations where measure like 'exception_episode%'
)

select
    groups.carrier_code,
    case when figures.measure = 'exception_episode' then '*' else replace(figures.measure, 'exception_episode_', '') end
        as exception_group,
    figures.followed_count as episodes,
    published(figures.p50) as resolved_p50_hours,
    published(figures.p50_lo) as resolved_p50_hours_lo,
    published(figures.p50_hi) as resolved_p50_hours_hi,
    published(figures.p90) as resolved_p90_hours,
    published(figures.reached_share) as resolved_share,
    published(figures.reached_share_lo) as resolved_share_lo,
    published(figures.reached_share_hi) as resolved_share_hi
from figures
inner join groups on figures.group_id = groups.group_id
