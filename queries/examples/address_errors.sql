-- Where do our addresses fail? Destinations by their share of parcels with an address error, which checkout can prevent.
-- Parcels first scanned in the current period; destinations with at least 30; Wilson limits. `clearly` compares with all.
with window_dates as (
    select window_start_date, window_end_date from run_parameters
),

failed as (
    select distinct
        account,
        tracking_number
    from events
    where status_code = 'address_error' and event_type = 'carrier' and quarantine_reason is null
),

destinations as (
    select
        parcels.to_country,
        count(*) as n,
        count(failed.tracking_number) as x
    from parcels
    cross join window_dates
    left join failed on parcels.account = failed.account and parcels.tracking_number = failed.tracking_number
    where parcels.first_scan_date between window_start_date and window_end_date and not parcels.is_return
    group by parcels.to_country
),

limits as (
    select
        *,
        x / n as rate,
        (x + 1.92) / (n + 3.84) as centre,
        1.96 / (n + 3.84) * sqrt(x * (n - x) / n + 0.96) as half,
        sum(x) over () / sum(n) over () as rate_of_all
    from destinations
)

select
    to_country,
    n as parcels,
    x as with_address_error,
    round(rate, 4) as rate,
    round(greatest(0, centre - half), 4) as rate_lo,
    round(least(1, centre + half), 4) as rate_hi,
    case when centre - half > rate_of_all then 'worse' when centre + half < rate_of_all then 'better' else '' end as clearly
from limits
where n >= (select value from thresholds where name = 'ranked_from')
order by limits.rate desc, to_country;
