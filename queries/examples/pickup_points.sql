-- How long do parcels lie at pick-up points, and how many are never collected?
select
    carrier_code,
    parcels,
    round(dwell_p50_hours, 1) as median_hours,
    round(dwell_p50_hours_lo, 1) as median_lo,
    round(dwell_p50_hours_hi, 1) as median_hi,
    round(dwell_p90_hours, 1) as p90_hours,
    round(collected_share, 3) as collected,
    round(collected_share_lo, 3) as collected_lo,
    round(collected_share_hi, 3) as collected_hi
from pickup_point_dwell
where parcels >= (select value from thresholds where name = 'ranked_from')
order by pickup_point_dwell.collected_share, carrier_code;
