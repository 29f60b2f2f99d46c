-- grain: one row a period and parcel that has a reported exception up to its outcome, or an inferred one
with milestones as (
    select * from parcel_milestones
),

outcomes as (
    select * from parcel_outcomes
),

clocks as (
    select * from parcel_clocks
),

exceptions as (
    select
        clocks.period,
        events.tracking_number,
        events.event_at,
        events.is_date_only,
        events.event_order,
        events.status_code,
        events.exception_group,
        events.event_type,
        outcomes.outcome_at is null or events.event_at <= outcomes.outcome_at as is_in_time,
        events.event_type = 'carrier' and (outcomes.outcome_at is null or events.event_at <= outcomes.outcome_at) as is_counted,
        events.event_at >= milestones.first_scan_at
            and events.event_at <= add_hours(milestones.first_scan_at, 14 * 24) as is_within_14d,
        events.event_at > milestones.delivered_at as is_after_delivery
    from clocks
    inner join events on clocks.tracking_number = events.tracking_number
    inner join milestones on clocks.period = milestones.period and clocks.tracking_number = milestones.tracking_number
    inner join outcomes on clocks.period = outcomes.period and clocks.tracking_number = outcomes.tracking_number
    where events.is_exception
        and events.event_type in ('carrier', 'calculated')
        and events.quarantine_reason is null
        and events.event_at <= clocks.clock_at
)

select
    period,
    tracking_number,
    count(*) filter (where is_counted) as exception_count,
    min_by(event_at, event_order) filter (where is_counted) as first_exception_at,
    min_by(is_date_only, event_order) filter (where is_counted) as is_first_exception_date_only,
    min_by(status_code, event_order) filter (where is_counted) as first_exception_code,
    nullif(min_by(coalesce(exception_group, ''), event_order) filter (where is_counted), '') as first_exception_group,
    coalesce(bool_or(is_counted and is_within_14d), false) as exception_within_14d,
    coalesce(bool_or(is_counted and is_within_14d and exception_group = 'sender'), false) as exception_sender_within_14d,
    coalesce(bool_or(is_counted and is_within_14d and exception_group = 'recipient'), false) as exception_recipient_within_14d,
    coalesce(bool_or(is_counted and is_within_14d and exception_group = 'carrier'), false) as exception_carrier_within_14d,
    coalesce(bool_or(is_counted and is_within_14d and exception_group = 'border'), false) as exception_border_within_14d,
    coalesce(bool_or(is_counted and is_within_14d and exception_group = 'unattributed'), false)
        as exception_unattributed_within_14d,
    coalesce(bool_or(event_type = 'calculated' and is_in_time and is_within_14d), false) as inferred_exception_within_14d,
    coalesce(bool_or(event_type = 'carrier' and is_after_delivery), false) as has_exception_after_delivery
from exceptions
group by period, tracking_number
