-- grain: one row a period, compared rate, carrier and stratum (lane, delivery type, service level) with parcels that the rate asks: x of n
select
    mix_cells.period,
    rate_counts.metric,
    mix_cells.carrier_code,
    mix_cells.from_country,
    mix_cells.to_country,
    mix_cells.delivery_type,
    mix_cells.service_level,
    cast(sum(rate_counts.x) as double) as x,
    cast(sum(rate_counts.n) as double) as n
from rate_counts
inner join mix_cells on rate_counts.cell_id = mix_cells.cell_id
inner join metrics on rate_counts.metric = metrics.name
where metrics.is_compared and rate_counts.n > 0 and mix_cells.period in ('current', 'previous')
group by all
