-- What do refusals cost us? Parcels that were refused at the door, how many came back, and what that cost.
-- with: cost_per_return=9.50
-- cost_per_return: both ways and the handling. Refused: the codes refused and customer_rejected, of parcels first scanned in the
-- current period; the latest may still be refused. Wilson limits; rates of fewer than 30 parcels are left empty.
with window_dates as (
    select window_start_date, window_end_date from run_parameters
),

refused as (
    select distinct
        account,
        tracking_number
    from events
    where status_code in ('refused', 'customer_rejected') and event_type = 'carrier' and quarantine_reason is null
),

carriers_of_period as (
    select
        parcels.carrier_code,
        count(*) as n,
        count(refused.tracking_number) as x,
        count_if(refused.tracking_number is not null and parcels.outcome = 'returned') as returned
    from parcels
    cross join window_dates
    left join refused on parcels.account = refused.account and parcels.tracking_number = refused.tracking_number
    where parcels.first_scan_date between window_start_date and window_end_date and not parcels.is_return
    group by parcels.carrier_code
),

limits as (
    select
        *,
        (x + 1.92) / (n + 3.84) as centre,
        1.96 / (n + 3.84) * sqrt(x * (n - x) / n + 0.96) as half
    from carriers_of_period
)

select
    carrier_code,
    n as parcels,
    x as refused_parcels,
    case when n >= 30 then round(x / n, 4) end as refused_rate,
    case when n >= 30 then round(greatest(0, centre - half), 4) end as refused_lo,
    case when n >= 30 then round(least(1, centre + half), 4) end as refused_hi,
    returned as refused_and_returned,
    round(returned * $cost_per_return, 2) as cost
from limits
order by cost desc, carrier_code;
