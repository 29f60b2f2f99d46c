-- grain: one row a carrier ('*' for all): hours from arrival at the pick-up point to collection, parcels still waiting included
with figures as (
    select * from durations where measure = 'pickup_dwell'
)

select
    groups.carrier_code,
    figures.followed_count as parcels,
    rounded(figures.p50) as dwell_p50_hours,
    rounded(figures.p50_lo) as dwell_p50_hours_lo,
    rounded(figures.p50_hi) as dwell_p50_hours_hi,
    rounded(figures.p90) as dwell_p90_hours,
    rounded(figures.p90_lo) as dwell_p90_hours_lo,
    rounded(figures.p90_hi) as dwell_p90_hours_hi,
    rounded(figures.reached_share) as collected_share,
    rounded(figures.reached_share_lo) as collected_share_lo,
    rounded(figures.reached_share_hi) as collected_share_hi
from figures
inner join groups on figures.group_id = groups.group_id
where groups.grain = 'carrier' and groups.period = 'current'
