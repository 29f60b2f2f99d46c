-- Which labels did we pay for that no carrier ever scanned? By carrier, with the change against the period before.
-- Never scanned: no scan within 7 days of the label, of the labels watched that long.
select
    current_period.carrier_code,
    current_period.never_scanned_7d_rate_n as labels,
    cast(round(current_period.never_scanned_7d_rate * current_period.never_scanned_7d_rate_n) as bigint) as never_scanned,
    round(current_period.never_scanned_7d_rate, 4) as rate,
    round(current_period.never_scanned_7d_rate_lo, 4) as rate_lo,
    round(current_period.never_scanned_7d_rate_hi, 4) as rate_hi,
    round(changes.difference, 4) as change,
    changes.direction
from carrier_performance as current_period
left join period_changes as changes
    on current_period.carrier_code = changes.carrier_code and changes.metric = 'never_scanned_7d_rate'
where
    current_period.period = 'current'
    and current_period.never_scanned_7d_rate_n >= (select value from thresholds where name = 'ranked_from')
order by current_period.never_scanned_7d_rate desc, current_period.carrier_code;
