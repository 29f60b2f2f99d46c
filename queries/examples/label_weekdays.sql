-- On which weekday do labels wait? How many are scanned within 24 hours, by the local weekday on which they were made?
-- Of the labels of the current period that were watched for a day; those never scanned count as not scanned. Wilson limits.
with window_dates as (
    select window_start_date, window_end_date from run_parameters
),

labels as (
    select
        isodow(label_date) as weekday,
        label_hours_watched >= 24 as is_watched,
        coalesce(first_scan_delay_hours <= 24, false) as is_scanned_in_a_day
    from (
        select *, epoch(observed_at - label_at) / 3600 as label_hours_watched
        from parcels
        where not is_return and outcome <> 'cancelled' and label_at is not null
    ) as outbound
    cross join window_dates
    where label_date between window_start_date and window_end_date
),

weekdays as (
    select weekday, count(*) as labels, count_if(is_scanned_in_a_day) as scanned
    from labels
    where is_watched
    group by weekday
),

shares as (
    select
        weekday,
        labels,
        scanned / labels as share,
        (scanned + 1.92) / (labels + 3.84) as centre,
        1.96 / (labels + 3.84) * sqrt(scanned * (labels - scanned) / labels + 0.96) as half
    from weekdays
)

select
    dayname(date '2024-01-01' + cast(weekday - 1 as integer)) as label_weekday,
    labels,
    round(share, 3) as scanned_within_24h,
    round(greatest(0, centre - half), 3) as limit_lo,
    round(least(1, centre + half), 3) as limit_hi,
    case when labels < (select value from thresholds where name = 'ranked_from') then 'too few to compare' else '' end as remark
from shares
where labels >= (select value from thresholds where name = 'withheld_below')
order by weekday;
