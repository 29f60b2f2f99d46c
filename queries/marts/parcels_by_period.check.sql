-- what must hold of parcels_by_period; rows are failures
select 'two rows for one period and parcel' as problem, concat(period, ' ', tracking_number) as example
from parcels_by_period
group by period, tracking_number
having count(*) > 1
union all
select 'a parcel has no row' as problem, headers.tracking_number as example
from parcel_headers as headers
left join parcels_by_period as parcel_rows
    on headers.tracking_number = parcel_rows.tracking_number and parcel_rows.period = 'current'
where parcel_rows.tracking_number is null
union all
select 'a row of a parcel that is not there' as problem, parcel_rows.tracking_number as example
from parcels_by_period as parcel_rows
left join parcel_headers as headers on parcel_rows.tracking_number = headers.tracking_number
where headers.tracking_number is null
union all
select 'closed without a time, or open with one' as problem, concat(period, ' ', tracking_number) as example
from parcels_by_period
where (outcome = 'open') <> (outcome_at is null)
union all
select 'an outcome whose milestone has another time' as problem, concat(period, ' ', tracking_number) as example
from parcels_by_period
where (outcome = 'delivered' and outcome_at is distinct from delivered_at)
    or (outcome = 'returned' and outcome_at is distinct from returned_at)
    or (outcome = 'cancelled' and first_scan_at is not null)
union all
select 'a milestone after the last poll' as problem, concat(period, ' ', tracking_number) as example
from parcels_by_period
where dropped_at > add_hours(observed_at, 24)
    or returned_at > add_hours(observed_at, 24)
    or first_scan_at > add_hours(observed_at, 24)
    or out_for_delivery_at > add_hours(observed_at, 24)
    or pickup_point_at > add_hours(observed_at, 24)
    or delivered_at > add_hours(observed_at, 24)
    or first_attempt_at > add_hours(observed_at, 24)
    or outcome_at > add_hours(observed_at, 24)
    or first_exception_at > add_hours(observed_at, 24)
    or current_status_at > add_hours(observed_at, 24)
    or last_carrier_event_at > add_hours(observed_at, 24)
union all
select 'a negative duration' as problem, concat(period, ' ', tracking_number) as example
from parcels_by_period
where first_scan_delay_hours < 0
    or transit_hours < 0
    or possession_hours < 0
    or label_to_door_hours < 0
    or transit_working_days < 0
    or outcome_working_days < 0
    or observed_working_days < 0
    or silent_working_days < 0
union all
select 'hours from a stamp that has a date and no time' as problem, concat(period, ' ', tracking_number) as example
from parcels_by_period
where (first_scan_delay_hours is not null and (is_label_date_only or is_first_scan_date_only))
    or (first_scan_after_handover_hours is not null and is_first_scan_date_only)
    or (transit_hours is not null and (is_first_scan_date_only or is_first_attempt_date_only))
    or (possession_hours is not null and (is_first_scan_date_only or is_delivered_date_only))
    or (label_to_door_hours is not null and (is_label_date_only or is_first_attempt_date_only))
union all
select 'measurable without a scan, or a scan that is neither measurable nor not' as problem,
    concat(period, ' ', tracking_number) as example
from parcels_by_period
where (first_scan_at is null) <> (transit_measurable is null) or (first_scan_at is null) <> (first_scan_code is null)
union all
select 'a transit that is not measurable is measured' as problem, concat(period, ' ', tracking_number) as example
from parcels_by_period
where not coalesce(transit_measurable, false)
    and coalesce(transit_hours, possession_hours, transit_calendar_days, transit_working_days) is not null
union all
select 'on time is judged of a parcel that is not due, or not of one that is' as problem,
    concat(period, ' ', tracking_number) as example
from parcels_by_period
where is_due is null or is_due <> (on_time is not null)
union all
select 'on time and late' as problem, concat(period, ' ', tracking_number) as example
from parcels_by_period
where (on_time and coalesce(days_late > 0, true)) or (not on_time and days_late <= 0)
union all
select 'due without a promise, cancelled or forced' as problem, concat(period, ' ', tracking_number) as example
from parcels_by_period
where is_due and (edd_original is null or outcome in ('cancelled', 'forced'))
union all
select 'a promise is foreseen that is none, or neither foreseen nor not' as problem, concat(period, ' ', tracking_number) as example
from parcels_by_period
where (edd_original is null) <> (promise_foreseen is null)
union all
select 'a first attempt is judged of a parcel that had none, or that does not go to a home' as problem,
    concat(period, ' ', tracking_number) as example
from parcels_by_period
where coalesce(first_attempt_success, diverted_to_pickup) is not null
    and (first_attempt_at is null or delivery_type <> 'home')
union all
select 'exceptions are counted and there is no first one, or the other way round' as problem,
    concat(period, ' ', tracking_number) as example
from parcels_by_period
where (exception_count > 0) <> (first_exception_at is not null)
    or (exception_within_14d and exception_count = 0)
    or (exception_within_14d is null) <> (first_scan_at is null)
union all
select 'a type of delivery or level of service that nobody knows' as problem, concat(period, ' ', tracking_number) as example
from parcels_by_period
where delivery_type not in ('home', 'mailbox', 'service_point')
    or service_level not in ('express', 'standard', 'economy', 'freight', 'unknown')
    or outcome not in ('delivered', 'returned', 'lost', 'cancelled', 'forced', 'open')
union all
select 'flags differ from what they flag' as problem, concat(period, ' ', tracking_number) as example
from parcels_by_period
where (position('acceptance_missing' in quality_flags) > 0) <> coalesce(first_scan_code <> 'accepted', false)
    or (period = 'current' and (position('promise_seen_late' in quality_flags) > 0) <> coalesce(first_attempt_at is not null and not promise_foreseen, false))
    or (position('multi_carrier' in quality_flags) > 0) <> coalesce(multi_carrier, false)
