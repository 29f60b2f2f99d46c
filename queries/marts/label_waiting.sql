-- grain: one row a carrier ('*' for all) and local weekday and hour of the label: median hours to the first scan, labels never scanned included
with figures as (
    select * from durations where measure = 'first_scan'
)

select
    groups.carrier_code,
    groups.label_weekday,
    groups.label_hour,
    figures.followed_count as labels,
    rounded(figures.p50) as median_hours,
    rounded(figures.p50_lo) as median_hours_lo,
    rounded(figures.p50_hi) as median_hours_hi
from figures
inner join groups on figures.group_id = groups.group_id
where groups.grain = 'label_hour'
