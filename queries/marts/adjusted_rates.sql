-- grain: one row a period, carrier and rate (on_time_rate, exception_rate_carrier): directly standardised to the pooled mix of
-- lanes, delivery types and service levels; and what all other carriers achieve on this carrier's own mix
with counts as (
    select * from rate_counts
    where metric in ('on_time_rate', 'exception_rate_carrier') and n > 0
),

thresholds as (
    select max(case when name = 'standardised_from' then value end) as least_n from seed_thresholds
),

carrier_strata as (
    select
        mix_cells.period,
        counts.metric,
        mix_cells.carrier_code,
        mix_cells.from_country,
        mix_cells.to_country,
        mix_cells.delivery_type,
        mix_cells.service_level,
        cast(sum(counts.x) as double) as x,
        cast(sum(counts.n) as double) as n
    from counts
    inner join mix_cells on counts.cell_id = mix_cells.cell_id
    where mix_cells.period <> 'weekly'
    group by
        mix_cells.period,
        counts.metric,
        mix_cells.carrier_code,
        mix_cells.from_country,
        mix_cells.to_country,
        mix_cells.delivery_type,
        mix_cells.service_level
),

pooled as (
    select
        *,
        sum(x) over (
            partition by period, metric, from_country, to_country, delivery_type, service_level
        ) as pooled_x,
        sum(n) over (
            partition by period, metric, from_country, to_country, delivery_type, service_level
        ) as pooled_n
    from carrier_strata
),

totals as (
    select
        period,
        metric,
        sum(n) as total_n
    from carrier_strata
    group by period, metric
),

weighed as (
    select
        pooled.*,
        totals.total_n,
        pooled.n >= thresholds.least_n as takes_part,
        pooled.pooled_n - pooled.n >= thresholds.least_n as others_take_part,
        pooled.pooled_x - pooled.x as others_x,
        pooled.pooled_n - pooled.n as others_n
    from pooled
    inner join totals on pooled.period = totals.period and pooled.metric = totals.metric
    cross join thresholds
),

standardised as (
    select
        period,
        metric,
        carrier_code,
        sum(pooled_n) filter (where takes_part) as part_weight,
        max(total_n) as total_weight,
        sum(pooled_n * x / n) filter (where takes_part) as weighted_rate,
        sum(
            pooled_n * pooled_n * wilson_centre(x, n) * (1 - wilson_centre(x, n)) / n
        ) filter (where takes_part) as weighted_variance,
        sum(n) filter (where others_take_part) as own_weight,
        sum(n * others_x / others_n) filter (where others_take_part) as weighted_expected
    from weighed
    group by period, metric, carrier_code
)

select
    period,
    metric,
    carrier_code,
    weighted_rate / part_weight as adjusted_rate,
    case
        when part_weight > 0
            then greatest(0.0, weighted_rate / part_weight - z_95() * sqrt(weighted_variance) / part_weight)
    end as adjusted_rate_lo,
    case
        when part_weight > 0
            then least(1.0, weighted_rate / part_weight + z_95() * sqrt(weighted_variance) / part_weight)
    end as adjusted_rate_hi,
    coalesce(part_weight, 0.0) / total_weight as adjusted_support,
    weighted_expected / own_weight as expected_rate
from standardised
