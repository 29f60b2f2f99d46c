-- grain: one row a period, compared metric, scope (carrier, lane, pair), carrier, rival ('*' for all other carriers) and, in scope lane,
-- origin, destination and delivery type: how many points the carrier does better or worse than the rival on the strata of both, weighted
-- with the carrier's own parcels
with scoped as (
    select * exclude (from_country, to_country, delivery_type), 'carrier' as scope,
        '' as from_country, '' as to_country, '' as delivery_type
    from comparison_terms
    where other_carrier_code = '*'
    union all by name
    select *, 'lane' as scope
    from comparison_terms
    where other_carrier_code = '*'
    union all by name
    select * exclude (from_country, to_country, delivery_type), 'pair' as scope,
        '' as from_country, '' as to_country, '' as delivery_type
    from comparison_terms
    where other_carrier_code <> '*'
),

own_totals as (
    select
        period,
        metric,
        carrier_code,
        sum(n) as own_n
    from scoped
    where scope = 'carrier'
    group by all
),

sums as (
    select
        period,
        metric,
        scope,
        carrier_code,
        other_carrier_code,
        from_country,
        to_country,
        delivery_type,
        sum(n) as listed_n,
        coalesce(sum(n) filter (where is_shared), 0) as n,
        coalesce(sum(other_n) filter (where is_shared), 0) as other_n,
        -- p is not rounded: added up in an order of their own, so that the order of the rows never shows in it
        sum(n * (own_rate - other_rate) order by n * (own_rate - other_rate)) filter (where is_shared) as extra,
        sqrt(
            sum(n * n * (own_variance + other_variance) order by n * n * (own_variance + other_variance)) filter (where is_shared)
        ) as spread,
        sum(n * own_rate) filter (where is_shared) as own_x,
        sum(n * other_rate) filter (where is_shared) as expected_x
    from scoped
    group by all
),

least_counts as (
    select
        max(value) filter (where name = 'ranked_from') as least_n,
        max(value) filter (where name = 'adjusted_support_from') as least_share
    from seed_thresholds
),

differences as (
    select
        sums.*,
        sums.n / case when sums.scope = 'lane' then sums.listed_n else own_totals.own_n end as share,
        sums.extra / nullif(sums.n, 0) as difference,
        sums.spread / nullif(sums.n, 0) as se
    from sums
    inner join own_totals using (period, metric, carrier_code)
)

select
    differences.period,
    differences.scope,
    differences.carrier_code,
    differences.other_carrier_code,
    differences.from_country,
    differences.to_country,
    differences.delivery_type,
    differences.metric,
    rounded(difference) as difference,
    case when n > 0 then rounded(greatest(-1.0, difference - z_95() * se)) end as difference_lo,
    case when n > 0 then rounded(least(1.0, difference + z_95() * se)) end as difference_hi,
    cast(n as bigint) as n,
    rounded(share) as share,
    cast(other_n as bigint) as other_n,
    rounded(extra) as extra,
    rounded(own_x / nullif(n, 0)) as own_rate,
    rounded(expected_x / nullif(n, 0)) as other_rate,
    normal_p(difference / se) as p,
    n >= least_n and other_n >= least_n and share >= least_share as is_comparable,
    case metrics.better
        when 'higher' then rounded(difference) < 0
        when 'lower' then rounded(difference) > 0
    end as is_worse
from differences
cross join least_counts
left join metrics on differences.metric = metrics.name
