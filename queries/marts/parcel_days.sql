-- grain: one row a carrier ('*' for all) and whole hour after the label, to 14 days: the shares scanned, attempted and delivered by then, on
-- the label's clock, each cut at the one before
with curves as (
    select
        carrier_code,
        hours,
        max(share) filter (where measure = 'label_to_scan') as scanned_share,
        max(share) filter (where measure = 'label_to_attempt') as attempted_share,
        max(share) filter (where measure = 'label_to_delivery') as delivered_share
    from curve_points
    where measure in ('label_to_scan', 'label_to_attempt', 'label_to_delivery')
    group by carrier_code, hours
)

select
    carrier_code,
    hours,
    scanned_share,
    case
        when scanned_share is not null and attempted_share is not null then least(attempted_share, scanned_share)
    end as attempted_share,
    case
        when scanned_share is not null and attempted_share is not null and delivered_share is not null
            then least(delivered_share, attempted_share, scanned_share)
    end as delivered_share
from curves
