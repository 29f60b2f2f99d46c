-- grain: one row a carrier ('*' for all) and whole hour since the label, to 14 days: the share scanned by then, with limits and parcels at risk
with figures as (
    select * from curve_points
    where measure = 'first_scan'
)

select
    carrier_code,
    hours,
    share,
    share_lo,
    share_hi,
    at_risk
from figures
