-- grain: one row a carrier ('*' for all) and whole hour since the first scan, to 14 days: the share attempted by then, with limits and parcels at risk
with figures as (
    select * from curve_points
    where measure = 'transit'
)

select
    carrier_code,
    hours,
    share,
    share_lo,
    share_hi,
    at_risk
from figures
