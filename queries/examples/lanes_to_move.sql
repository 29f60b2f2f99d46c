-- Which lanes should move from one carrier to another, and what would it bring?
-- A move is listed when the other carrier is clearly faster (the limits of the medians do not overlap) or clearly more often
-- on time, and clearly worse at neither, nor in exceptions of its own. Both need 30 parcels on the lane in the current period.
-- Many lanes are compared at once: of forty without any difference, one or two will look clear. Try a move before you sign.
with lanes as (
    select * from lane_performance where period = 'current' and carrier_code <> '*'
),

least as (
    select value as parcels from thresholds where name = 'ranked_from'
),

pairs as (
    select
        present.from_country,
        present.to_country,
        present.delivery_type,
        present.carrier_code as from_carrier,
        other.carrier_code as to_carrier,
        present.scanned as parcels,
        present.transit_p50_hours as present_hours,
        other.transit_p50_hours as other_hours,
        present.on_time_rate as present_on_time,
        other.on_time_rate as other_on_time,
        present.on_time_rate_n as present_on_time_n,
        other.on_time_rate_n as other_on_time_n,
        other.transit_p50_hours_hi < present.transit_p50_hours_lo as is_faster,
        other.transit_p50_hours_lo > present.transit_p50_hours_hi as is_slower,
        least(present.on_time_rate_n, other.on_time_rate_n) >= least.parcels as can_compare_on_time,
        other.on_time_rate_lo > present.on_time_rate_hi as is_more_on_time,
        other.on_time_rate_hi < present.on_time_rate_lo as is_less_on_time,
        other.exception_rate_carrier_lo > present.exception_rate_carrier_hi as has_more_exceptions
    from lanes as present
    inner join lanes as other
        on present.from_country = other.from_country
        and present.to_country = other.to_country
        and present.delivery_type = other.delivery_type
        and present.carrier_code <> other.carrier_code
    cross join least
    where present.transit_n >= least.parcels and other.transit_n >= least.parcels
)

select
    from_country,
    to_country,
    delivery_type,
    from_carrier,
    to_carrier,
    parcels,
    round(present_hours, 1) as present_median_hours,
    round(other_hours, 1) as other_median_hours,
    round(present_hours - other_hours, 1) as hours_saved_each,
    case when can_compare_on_time then round(present_on_time, 3) end as present_on_time_rate,
    case when can_compare_on_time then round(other_on_time, 3) end as other_on_time_rate,
    case when can_compare_on_time then round((other_on_time - present_on_time) * present_on_time_n) end as more_on_time
from pairs
where
    (coalesce(is_faster, false) or (can_compare_on_time and coalesce(is_more_on_time, false)))
    and not coalesce(is_slower, false)
    and not (can_compare_on_time and coalesce(is_less_on_time, false))
    and not coalesce(has_more_exceptions, false)
order by (present_hours - other_hours) * parcels desc nulls last, from_carrier, to_carrier;
