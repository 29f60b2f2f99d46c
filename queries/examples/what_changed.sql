-- What got clearly better or worse since the period before?
-- Clear: the interval of the difference leaves out zero (rates), or the intervals do not overlap (hours); 30 parcels in both.
select
    carrier_code,
    metric,
    direction,
    round(previous_value, 4) as before,
    round(current_value, 4) as now,
    round(difference, 4) as difference,
    round(difference_lo, 4) as difference_lo,
    round(difference_hi, 4) as difference_hi,
    previous_n,
    current_n
from period_changes
where is_clear
order by direction desc, carrier_code, metric;
