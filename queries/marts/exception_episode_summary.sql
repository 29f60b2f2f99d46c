-- grain: one row a carrier ('*' for all) and exception group ('*' for all): hours from the first exception to the next forward scan
with figures as (
    select * from durations where measure like 'exception_episode%'
)

select
    groups.carrier_code,
    case when figures.measure = 'exception_episode' then '*' else replace(figures.measure, 'exception_episode_', '') end
        as exception_group,
    figures.followed_count as episodes,
    rounded(figures.p50) as resolved_p50_hours,
    rounded(figures.p50_lo) as resolved_p50_hours_lo,
    rounded(figures.p50_hi) as resolved_p50_hours_hi,
    rounded(figures.p90) as resolved_p90_hours,
    rounded(figures.reached_share) as resolved_share,
    rounded(figures.reached_share_lo) as resolved_share_lo,
    rounded(figures.reached_share_hi) as resolved_share_hi
from figures
inner join groups on figures.group_id = groups.group_id
where groups.grain = 'carrier' and groups.period = 'current'
