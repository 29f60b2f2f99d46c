-- grain: one row a period, metric, scope (carrier, lane, pair), carrier, rival ('*' for all other carriers) and lane: the difference like with
-- like, and whether it is sure among all that a page may say
select
    compared.period,
    compared.scope,
    compared.carrier_code,
    compared.other_carrier_code,
    nullif(compared.from_country, '') as from_country,
    nullif(compared.to_country, '') as to_country,
    nullif(compared.delivery_type, '') as delivery_type,
    compared.metric,
    compared.difference,
    compared.difference_lo,
    compared.difference_hi,
    compared.n,
    compared.share,
    compared.other_n,
    compared.extra,
    compared.own_rate,
    compared.other_rate,
    compared.p,
    compared.is_comparable,
    compared.is_worse,
    coalesce(candidates.is_sure, false) as is_sure
from compared
left join candidates
    on candidates.kind = 'comparison'
    and compared.period = 'current'
    and compared.other_carrier_code = '*'
    and compared.scope = candidates.scope
    and compared.carrier_code = candidates.carrier_code
    and compared.from_country = coalesce(candidates.from_country, '')
    and compared.to_country = coalesce(candidates.to_country, '')
    and compared.delivery_type = coalesce(candidates.delivery_type, '')
    and compared.metric = candidates.metric
