-- grain: one row a period, compared rate, carrier and stratum (lane, delivery type, service level) with parcels that the rate asks: x of n
select
    cells.period,
    rate_counts.metric,
    cells.carrier_code,
    cells.from_country,
    cells.to_country,
    cells.delivery_type,
    cells.service_level,
    cast(sum(rate_counts.x) as double) as x,
    cast(sum(rate_counts.n) as double) as n
from rate_counts
inner join cells on rate_counts.cell_id = cells.cell_id
inner join metrics on rate_counts.metric = metrics.name
where metrics.is_compared and rate_counts.n > 0 and cells.period in ('current', 'previous')
group by all
