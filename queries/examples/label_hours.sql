-- After which hour does a label miss the collection of the day? The hours whose labels wait longest for their first scan.
-- Median hours to the first scan, all carriers, by local weekday and hour of the label; labels never scanned are included.
select
    dayname(date '2024-01-01' + cast(label_weekday - 1 as integer)) as label_weekday,
    label_hour,
    labels,
    round(median_hours, 1) as median_hours,
    round(median_hours_lo, 1) as limit_lo,
    round(median_hours_hi, 1) as limit_hi
from label_waiting
where carrier_code = '*' and labels >= (select value from thresholds where name = 'ranked_from')
order by label_waiting.median_hours desc nulls first, label_waiting.label_weekday, label_hour
limit 20;
