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
        local_date(milestones.first_scan_at, headers.from_time_zone) as first_scan_date,
        local_date(milestones.first_attempt_at, headers.to_time_zone) as first_attempt_date,
        local_date(outcomes.outcome_at, headers.to_time_zone) as outcome_date,
        local_date_of_clock(clocks.observed_at, headers.to_time_zone) as observed_date,
        local_date(milestones.last_carrier_event_at, headers.to_time_zone) as last_carrier_event_date
    from milestones
    inner join headers on milestones.tracking_number = headers.tracking_number
    inner join clocks on milestones.period = clocks.period and milestones.tracking_number = clocks.tracking_number
    inner join outcomes on milestones.period = outcomes.period and milestones.tracking_number = outcomes.tracking_number
    inner join weeks
        on headers.carrier_code is not distinct from weeks.carrier_code
        and headers.to_country is not distinct from weeks.to_country
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
        and holidays.holiday_date > least(dates.first_scan_date, dates.last_carrier_event_date)
        and holidays.holiday_date <= greatest(dates.observed_date, dates.first_attempt_date, dates.outcome_date)
        and contains(dates.operating_weekdays, cast(iso_weekday(holidays.holiday_date) as varchar))
    group by dates.period, dates.tracking_number
)

select
    dates.period,
    dates.tracking_number,
    dates.first_scan_date,
    dates.first_attempt_date,
    dates.observed_date,
    operating_day_count(dates.first_scan_date, dates.first_attempt_date, dates.operating_weekdays)
        - coalesce(holidays_met.to_attempt_count, 0) as to_attempt_working_days,
    operating_day_count(dates.first_scan_date, dates.outcome_date, dates.operating_weekdays)
        - coalesce(holidays_met.to_outcome_count, 0) as to_outcome_working_days,
    operating_day_count(dates.first_scan_date, dates.observed_date, dates.operating_weekdays)
        - coalesce(holidays_met.to_observed_count, 0) as to_observed_working_days,
    operating_day_count(dates.last_carrier_event_date, dates.observed_date, dates.operating_weekdays)
        - coalesce(holidays_met.silent_count, 0) as silent_working_days
from dates
left join holidays_met on dates.period = holidays_met.period and dates.tracking_number = holidays_met.tracking_number
