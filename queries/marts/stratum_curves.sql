-- grain: one row a period, horizon (transit_vs_others_2d, transit_vs_others_5d), carrier, side (own, others) and stratum with parcels followed:
-- the share attempted by then, with its variance; null where nobody was followed so far
with strata as (
    select distinct * exclude (cell_id) from stratum_groups
),

shares as (
    select
        strata.period,
        strata.grain,
        strata.carrier_code,
        strata.from_country,
        strata.to_country,
        strata.delivery_type,
        strata.service_level,
        cast(durations.followed_count as double) as n,
        unnest(['transit_vs_others_2d', 'transit_vs_others_5d']) as metric,
        unnest([durations.share_48, durations.share_120]) as share,
        unnest([durations.share_48_variance, durations.share_120_variance]) as variance
    from durations
    inner join strata on durations.group_id = strata.group_id
    where durations.measure = 'transit'
)

select
    period,
    metric,
    case grain when 'stratum' then 'own' else 'others' end as side,
    carrier_code,
    from_country,
    to_country,
    delivery_type,
    service_level,
    n,
    share,
    -- a share of 0 or 1 has no spread of its own
    case when share < 1e-9 or share > 1 - 1e-9 then wilson_variance(share * n, n) else variance end as variance
from shares
