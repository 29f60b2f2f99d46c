-- grain: one row a carrier ('*' for all): hours from arrival at the pick-up point to collection, parcels still waiting included
with groups as (
    select distinct group_id, carrier_code from cell_groups where grain = 'carrier' and period = 'current'
),

figures as (
    select * from durations where measure = 'pickup_dwell'
)

select
    groups.carrier_code,
    figures.followed_count as parcels,
    published(figures.p50) as dwell_p50_hours,
    published(figures.p50_lo) as dwell_p50_hours_lo,
    published(figures.p50_hi) as dwell_p50_hours_hi,
    published(figures.p90) as dwell_p90_hours,
    published(figures.p90_lo) as dwell_p90_hours_lo,
    published(figures.p90_hi) as dwell_p90_hours_hi,
    published(figures.reached_share) as collected_share,
    published(figures.reached_share_lo) as collected_share_lo,
    published(figures.reached_share_hi) as collected_share_hi
from figures
inner join groups on figures.group_id = groups.group_id
