-- What did Black Friday do to us? The four weeks before and after it: labels, waiting, transit, promises.
-- The latest Black Friday in the data; before the first one, the busiest week stands in for it. Late weeks are still young:
-- where little has ended yet, the medians are empty. Rates of fewer than 30 parcels are left empty too.
with weeks as (
    select * from weekly_performance where carrier_code = '*'
),

fridays as (
    -- The day after the fourth Thursday of November, as the Monday of its week.
    select
        cast(
            date_trunc('week', november_date + cast(22 + (11 - isodow(november_date)) % 7 as integer)) as date
        ) as peak_date
    from (select distinct make_date(year(week_start_date), 11, 1) as november_date from weeks) as years
),

peak as (
    select coalesce(
        (select max(peak_date) from fridays where peak_date in (select week_start_date from weeks)),
        (select week_start_date from weeks order by labelled desc, week_start_date limit 1)
    ) as peak_date
)

select
    week_start_date,
    cast((week_start_date - peak_date) / 7 as integer) as weeks_from_peak,
    labelled,
    round(first_scan_p50_hours, 1) as first_scan_median_hours,
    round(transit_p50_hours, 1) as transit_median_hours,
    round(transit_p90_hours, 1) as transit_p90_hours,
    case when promise_kept_rate_n >= 30 then round(promise_kept_rate, 3) end as promise_kept,
    case when promise_kept_rate_n >= 30 then round(promise_kept_rate_lo, 3) end as promise_kept_lo,
    case when promise_kept_rate_n >= 30 then round(promise_kept_rate_hi, 3) end as promise_kept_hi,
    case when exception_rate_n >= 30 then round(exception_rate, 3) end as exceptions,
    case when exception_rate_n >= 30 then round(exception_rate_lo, 3) end as exceptions_lo,
    case when exception_rate_n >= 30 then round(exception_rate_hi, 3) end as exceptions_hi
from weeks
cross join peak
where abs(week_start_date - peak_date) <= 28
order by week_start_date;
