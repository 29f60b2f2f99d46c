-- grain: one row a period, compared metric, carrier, rival ('*' for all other carriers) and stratum of the carrier's: both sides' rates
-- there with their variances, and whether there are enough parcels to compare
with least_counts as (
    select max(value) as least_others from seed_thresholds where name = 'standardised_from'
),

rate_totals as (
    select
        * exclude (carrier_code, x, n),
        sum(x) as x,
        sum(n) as n
    from stratum_rates
    group by all
),

rate_pairs as (
    select
        own.*,
        '*' as other_carrier_code,
        totals.x - own.x as other_x,
        totals.n - own.n as other_n
    from stratum_rates as own
    inner join rate_totals as totals using (period, metric, from_country, to_country, delivery_type, service_level)
    union all by name
    select
        own.*,
        other.carrier_code as other_carrier_code,
        other.x as other_x,
        other.n as other_n
    from stratum_rates as own
    inner join stratum_rates as other using (period, metric, from_country, to_country, delivery_type, service_level)
    where other.carrier_code <> own.carrier_code
),

rate_terms as (
    select
        rate_pairs.* exclude (x, other_x),
        rate(x, n) as own_rate,
        wilson_variance(x, n) as own_variance,
        rate(other_x, other_n) as other_rate,
        case when other_n > 0 then wilson_variance(other_x, other_n) end as other_variance,
        other_n >= least_others as is_shared
    from rate_pairs
    cross join least_counts
),

curve_pairs as (
    select
        own.* exclude (side, share, variance),
        own.share as own_rate,
        own.variance as own_variance,
        '*' as other_carrier_code,
        coalesce(others.n, 0) as other_n,
        others.share as other_rate,
        others.variance as other_variance
    from stratum_curves as own
    left join stratum_curves as others
        on own.period = others.period
        and own.metric = others.metric
        and own.carrier_code = others.carrier_code
        and own.from_country = others.from_country
        and own.to_country = others.to_country
        and own.delivery_type = others.delivery_type
        and own.service_level = others.service_level
        and others.side = 'others'
    where own.side = 'own'
    union all by name
    select
        own.* exclude (side, share, variance),
        own.share as own_rate,
        own.variance as own_variance,
        other.carrier_code as other_carrier_code,
        other.n as other_n,
        other.share as other_rate,
        other.variance as other_variance
    from stratum_curves as own
    inner join stratum_curves as other using (period, metric, from_country, to_country, delivery_type, service_level)
    where own.side = 'own' and other.side = 'own' and other.carrier_code <> own.carrier_code
),

curve_terms as (
    select
        curve_pairs.*,
        n >= least_others and other_n >= least_others and own_rate is not null and other_rate is not null as is_shared
    from curve_pairs
    cross join least_counts
)

select * from rate_terms
union all by name
select * from curve_terms
