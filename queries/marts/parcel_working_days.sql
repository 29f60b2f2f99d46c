-- grain: one row a period and parcel with a first scan: operating days from that scan's date, to the attempt, the outcome and the last poll;
-- and from the carrier's last word to the last poll. Public holidays of the destination are taken off.
with headers as (
    select * from parcel_headers
),

milestones as (
    select * from parcel_milestones
),

outcomes as (
    select * from parcel_outcomes
),

clocks as (
    select * from parcel_clocks
),

weeks as (
    select * from operating_weeks
),

shifts as (
    select * from zone_shifts
),

holidays as (
    select distinct
        country_code,
        holiday_date
    from seed_public_holidays
),

dates as (
    select
        milestones.period,
        milestones.tracking_number,
        headers.to_country,
        weeks.operating_weekdays,
        weeks.running_counts,
        shifted_date(milestones.first_scan_at, milestones.is_first_scan_date_only, headers.from_time_zone, scan_shifts.shift_hours) as first_scan_date,
        shifted_date(
            milestones.first_attempt_at,
            milestones.is_first_attempt_date_only,
            headers.to_time_zone,
            attempt_shifts.shift_hours
        ) as first_attempt_date,
        shifted_date(outcomes.outcome_at, outcomes.is_outcome_date_only, headers.to_time_zone, outcome_shifts.shift_hours) as outcome_date,
        shifted_date_of_clock(clocks.observed_at, headers.to_time_zone, observed_shifts.shift_hours) as observed_date,
        shifted_date(
            milestones.last_carrier_event_at,
            milestones.is_last_carrier_event_date_only,
            headers.to_time_zone,
            silent_shifts.shift_hours
        ) as last_carrier_event_date
    from milestones
    inner join headers on milestones.tracking_number = headers.tracking_number
    inner join clocks on milestones.period = clocks.period and milestones.tracking_number = clocks.tracking_number
    inner join outcomes on milestones.period = outcomes.period and milestones.tracking_number = outcomes.tracking_number
    inner join weeks
        on coalesce(headers.carrier_code, '') = weeks.carrier_code
        and coalesce(headers.to_country, '') = weeks.to_country
    left join shifts as scan_shifts
        on headers.from_time_zone = scan_shifts.time_zone and utc_date(milestones.first_scan_at) = scan_shifts.utc_date
    left join shifts as attempt_shifts
        on headers.to_time_zone = attempt_shifts.time_zone and utc_date(milestones.first_attempt_at) = attempt_shifts.utc_date
    left join shifts as outcome_shifts
        on headers.to_time_zone = outcome_shifts.time_zone and utc_date(outcomes.outcome_at) = outcome_shifts.utc_date
    left join shifts as observed_shifts
        on headers.to_time_zone = observed_shifts.time_zone and utc_date(clocks.observed_at) = observed_shifts.utc_date
    left join shifts as silent_shifts
        on headers.to_time_zone = silent_shifts.time_zone and utc_date(milestones.last_carrier_event_at) = silent_shifts.utc_date
    where milestones.first_scan_at is not null
),

holidays_met as (
    select
        dates.period,
        dates.tracking_number,
        count(*) filter (where holidays.holiday_date > dates.first_scan_date and holidays.holiday_date <= dates.first_attempt_date)
            as to_attempt_count,
        count(*) filter (where holidays.holiday_date > dates.first_scan_date and holidays.holiday_date <= dates.outcome_date)
            as to_outcome_count,
        count(*) filter (where holidays.holiday_date > dates.first_scan_date and holidays.holiday_date <= dates.observed_date)
            as to_observed_count,
        count(*) filter (
            where holidays.holiday_date > dates.last_carrier_event_date and holidays.holiday_date <= dates.observed_date
        ) as silent_count
    from dates
    inner join holidays
        on dates.to_country = holidays.country_code
        -- the carrier's last word may have another date than the first scan has where that was
        and holidays.holiday_date > lesser_of(dates.first_scan_date, dates.last_carrier_event_date)
        and holidays.holiday_date <= greater_of(greater_of(dates.observed_date, dates.first_attempt_date), dates.outcome_date)
        and position(cast(iso_weekday(holidays.holiday_date) as varchar) in dates.operating_weekdays) > 0
    group by dates.period, dates.tracking_number
),

numbered as (
    select
        *,
        operating_day_number(first_scan_date, running_counts) as first_scan_number,
        operating_day_number(first_attempt_date, running_counts) as first_attempt_number,
        operating_day_number(outcome_date, running_counts) as outcome_number,
        operating_day_number(observed_date, running_counts) as observed_number,
        operating_day_number(last_carrier_event_date, running_counts) as last_carrier_event_number
    from dates
)

select
    numbered.period,
    numbered.tracking_number,
    numbered.first_scan_date,
    numbered.first_attempt_date,
    numbered.observed_date,
    case when first_attempt_date <= first_scan_date then 0 else first_attempt_number - first_scan_number end
        - coalesce(holidays_met.to_attempt_count, 0) as to_attempt_working_days,
    case when outcome_date <= first_scan_date then 0 else outcome_number - first_scan_number end
        - coalesce(holidays_met.to_outcome_count, 0) as to_outcome_working_days,
    case when observed_date <= first_scan_date then 0 else observed_number - first_scan_number end
        - coalesce(holidays_met.to_observed_count, 0) as to_observed_working_days,
    case when observed_date <= last_carrier_event_date then 0 else observed_number - last_carrier_event_number end
        - coalesce(holidays_met.silent_count, 0) as silent_working_days
from numbered
left join holidays_met on numbered.period = holidays_met.period and numbered.tracking_number = holidays_met.tracking_number
