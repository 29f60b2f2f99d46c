-- Does express pay? How much sooner does it arrive on the same lane, and at what price an hour?
-- with: extra_cost=4.50
-- extra_cost: what an express parcel costs more than a standard one. Delivered home, over the current period; lanes where both
-- have 30 parcels, with 95 % limits of the medians by order statistics. What is still under way is in neither median.
with window_dates as (
    select window_start_date, window_end_date from run_parameters
),

sorted_levels as (
    select
        from_country,
        to_country,
        service_level,
        count(*) as n,
        median(transit_hours) as p50_hours,
        list(transit_hours order by transit_hours) as sorted_hours
    from parcels
    cross join window_dates
    where
        first_scan_date between window_start_date and window_end_date
        and transit_hours is not null
        and not is_return
        and delivery_type = 'home'
        and service_level in ('express', 'standard')
    group by from_country, to_country, service_level
),

levels as (
    select
        from_country,
        to_country,
        service_level,
        n,
        p50_hours,
        sorted_hours[cast(floor(n / 2 - 0.98 * sqrt(n)) as integer)] as p50_lo,
        sorted_hours[cast(ceil(n / 2 + 1 + 0.98 * sqrt(n)) as integer)] as p50_hi
    from sorted_levels
    where n >= (select value from thresholds where name = 'ranked_from')
)

select
    express.from_country,
    express.to_country,
    express.n as express_parcels,
    round(express.p50_hours, 1) as express_median_hours,
    round(express.p50_lo, 1) as express_lo,
    round(express.p50_hi, 1) as express_hi,
    standard.n as standard_parcels,
    round(standard.p50_hours, 1) as standard_median_hours,
    round(standard.p50_lo, 1) as standard_lo,
    round(standard.p50_hi, 1) as standard_hi,
    express.p50_hi < standard.p50_lo as is_clearly_faster,
    case
        when express.p50_hi < standard.p50_lo then round($extra_cost / (standard.p50_hours - express.p50_hours), 2)
    end as cost_of_an_hour
from levels as express
inner join levels as standard
    on express.from_country = standard.from_country
    and express.to_country = standard.to_country
    and standard.service_level = 'standard'
where express.service_level = 'express'
order by standard.p50_hours - express.p50_hours desc, express.from_country, express.to_country;
