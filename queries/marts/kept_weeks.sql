-- grain: one row a week of the 400 days whose counts and curves stand as the build before left them, so that they are not made again: all of
-- it was over a month old by then, the window holds as much of it as then, and no parcel that starts in it changed in anything that is
-- counted by the week. Of a night alone: a build of everything keeps none, and neither does the weekly pass
with windows as (
    select
        periods.first_start_date,
        periods.last_start_date,
        built.clock_at as built_clock_at,
        built.first_start_date as built_first_start_date,
        built.last_start_date as built_last_start_date
    from periods
    inner join built_periods as built on periods.period = built.period
    where periods.period = 'weekly'
),

days as (
    select
        add_days(windows.first_start_date, integers.number) as start_date,
        windows.built_clock_at,
        windows.first_start_date,
        windows.last_start_date,
        windows.built_first_start_date,
        windows.built_last_start_date
    from windows
    cross join integers
    where add_days(windows.first_start_date, integers.number) <= windows.last_start_date
),

-- horizons end after 30 days at most; a start can be a day off its date
old_weeks as (
    select monday_of(start_date) as week_start_date
    from days
    group by
        monday_of(start_date),
        built_clock_at,
        first_start_date,
        last_start_date,
        built_first_start_date,
        built_last_start_date
    having add_days(monday_of(start_date), 6 + 30 + 2) < utc_date(built_clock_at)
        and greater_of(monday_of(start_date), first_start_date) = greater_of(monday_of(start_date), built_first_start_date)
        and lesser_of(add_days(monday_of(start_date), 6), last_start_date)
        = lesser_of(add_days(monday_of(start_date), 6), built_last_start_date)
        -- charted both times, or neither: the charts show the last 53 weeks
        and (monday_of(start_date) >= add_days(monday_of(last_start_date), -52 * 7))
        = (monday_of(start_date) >= add_days(monday_of(built_last_start_date), -52 * 7))
),

before as (
    select
        1 as side,
        parcel_rows.tracking_number,
        parcel_rows.carrier_code,
        parcel_rows.from_country,
        parcel_rows.to_country,
        parcel_rows.delivery_type,
        parcel_rows.service_level,
        parcel_rows.shipping_option_code,
        parcel_rows.brand_id,
        parcel_rows.account,
        parcel_rows.is_return,
        parcel_rows.label_at,
        parcel_rows.label_date,
        parcel_rows.is_label_date_only,
        parcel_rows.first_scan_at,
        parcel_rows.first_scan_date,
        parcel_rows.first_scan_code,
        parcel_rows.is_first_scan_date_only,
        parcel_rows.first_attempt_at,
        parcel_rows.is_first_attempt_date_only,
        parcel_rows.outcome,
        parcel_rows.outcome_at,
        parcel_rows.is_outcome_date_only,
        parcel_rows.edd_original,
        parcel_rows.promise_foreseen,
        parcel_rows.transit_measurable,
        parcel_rows.transit_working_days,
        parcel_rows.outcome_working_days,
        parcel_rows.exception_within_14d,
        parcel_rows.exception_sender_within_14d,
        parcel_rows.exception_recipient_within_14d,
        parcel_rows.exception_carrier_within_14d,
        parcel_rows.exception_border_within_14d,
        parcel_rows.exception_unattributed_within_14d,
        parcel_rows.inferred_exception_within_14d,
        parcel_rows.first_attempt_success,
        parcel_rows.diverted_to_pickup,
        parcel_rows.handed_over_in_time,
        parcel_rows.is_due,
        parcel_rows.on_time,
        parcel_rows.days_late,
        -- of a parcel that ended nobody asks how long it was watched
        case
            when not (
                outcome <> 'open'
                and first_scan_at is not null
                and (first_attempt_at is not null or outcome in ('returned', 'lost', 'forced'))
            )
                then parcel_rows.observed_at
        end as watched_until_at,
        case
            when not (
                outcome <> 'open'
                and first_scan_at is not null
                and (first_attempt_at is not null or outcome in ('returned', 'lost', 'forced'))
            )
                then parcel_rows.observed_working_days
        end as watched_working_days
    from parcels_before as parcel_rows
),

since as (
    select
        -1 as side,
        parcel_rows.tracking_number,
        parcel_rows.carrier_code,
        parcel_rows.from_country,
        parcel_rows.to_country,
        parcel_rows.delivery_type,
        parcel_rows.service_level,
        parcel_rows.shipping_option_code,
        parcel_rows.brand_id,
        parcel_rows.account,
        parcel_rows.is_return,
        parcel_rows.label_at,
        parcel_rows.label_date,
        parcel_rows.is_label_date_only,
        parcel_rows.first_scan_at,
        parcel_rows.first_scan_date,
        parcel_rows.first_scan_code,
        parcel_rows.is_first_scan_date_only,
        parcel_rows.first_attempt_at,
        parcel_rows.is_first_attempt_date_only,
        parcel_rows.outcome,
        parcel_rows.outcome_at,
        parcel_rows.is_outcome_date_only,
        parcel_rows.edd_original,
        parcel_rows.promise_foreseen,
        parcel_rows.transit_measurable,
        parcel_rows.transit_working_days,
        parcel_rows.outcome_working_days,
        parcel_rows.exception_within_14d,
        parcel_rows.exception_sender_within_14d,
        parcel_rows.exception_recipient_within_14d,
        parcel_rows.exception_carrier_within_14d,
        parcel_rows.exception_border_within_14d,
        parcel_rows.exception_unattributed_within_14d,
        parcel_rows.inferred_exception_within_14d,
        parcel_rows.first_attempt_success,
        parcel_rows.diverted_to_pickup,
        parcel_rows.handed_over_in_time,
        parcel_rows.is_due,
        parcel_rows.on_time,
        parcel_rows.days_late,
        -- of a parcel that ended nobody asks how long it was watched
        case
            when not (
                outcome <> 'open'
                and first_scan_at is not null
                and (first_attempt_at is not null or outcome in ('returned', 'lost', 'forced'))
            )
                then parcel_rows.observed_at
        end as watched_until_at,
        case
            when not (
                outcome <> 'open'
                and first_scan_at is not null
                and (first_attempt_at is not null or outcome in ('returned', 'lost', 'forced'))
            )
                then parcel_rows.observed_working_days
        end as watched_working_days
    from parcels as parcel_rows
    inner join changed_parcels as changed on parcel_rows.tracking_number = changed.tracking_number
),

both_sides as (
    select * from before
    union all
    select * from since
),

moved as (
    select
        tracking_number,
        carrier_code,
        from_country,
        to_country,
        delivery_type,
        service_level,
        shipping_option_code,
        brand_id,
        account,
        is_return,
        label_at,
        label_date,
        is_label_date_only,
        first_scan_at,
        first_scan_date,
        first_scan_code,
        is_first_scan_date_only,
        first_attempt_at,
        is_first_attempt_date_only,
        outcome,
        outcome_at,
        is_outcome_date_only,
        edd_original,
        promise_foreseen,
        transit_measurable,
        transit_working_days,
        outcome_working_days,
        exception_within_14d,
        exception_sender_within_14d,
        exception_recipient_within_14d,
        exception_carrier_within_14d,
        exception_border_within_14d,
        exception_unattributed_within_14d,
        inferred_exception_within_14d,
        first_attempt_success,
        diverted_to_pickup,
        handed_over_in_time,
        is_due,
        on_time,
        days_late,
        watched_until_at,
        watched_working_days
    from both_sides
    group by
        tracking_number,
        carrier_code,
        from_country,
        to_country,
        delivery_type,
        service_level,
        shipping_option_code,
        brand_id,
        account,
        is_return,
        label_at,
        label_date,
        is_label_date_only,
        first_scan_at,
        first_scan_date,
        first_scan_code,
        is_first_scan_date_only,
        first_attempt_at,
        is_first_attempt_date_only,
        outcome,
        outcome_at,
        is_outcome_date_only,
        edd_original,
        promise_foreseen,
        transit_measurable,
        transit_working_days,
        outcome_working_days,
        exception_within_14d,
        exception_sender_within_14d,
        exception_recipient_within_14d,
        exception_carrier_within_14d,
        exception_border_within_14d,
        exception_unattributed_within_14d,
        inferred_exception_within_14d,
        first_attempt_success,
        diverted_to_pickup,
        handed_over_in_time,
        is_due,
        on_time,
        days_late,
        watched_until_at,
        watched_working_days
    having sum(side) <> 0
),

touched_weeks as (
    select monday_of(label_date) as week_start_date from moved where label_date is not null
    union
    select monday_of(first_scan_date) as week_start_date from moved where first_scan_date is not null
    union
    select monday_of(edd_original) as week_start_date from moved where edd_original is not null
)

select old_weeks.week_start_date
from old_weeks
left join touched_weeks on old_weeks.week_start_date = touched_weeks.week_start_date
where touched_weeks.week_start_date is null
