-- grain: one row a period and parcel that is derived: changed parcels now, all of the previous period as seen from its clock
with headers as (
    select * from parcel_headers
),

clocks as (
    select * from parcel_clocks
),

milestones as (
    select * from parcel_milestones
),

outcomes as (
    select * from parcel_outcomes
),

exceptions as (
    select * from parcel_exceptions
),

working_days as (
    select * from parcel_working_days
),

quarantine as (
    select
        events.tracking_number,
        bool_or(events.quarantine_reason = 'before_label') as has_event_before_label
    from events
    inner join (select distinct tracking_number from parcel_clocks) as scope on events.tracking_number = scope.tracking_number
    where events.quarantine_reason is not null
    group by events.tracking_number
),

option_levels as (
    select
        options.shipping_option_code,
        min_by(levels.service_level, levels.seed_row) as service_level
    from (select distinct shipping_option_code from parcel_headers where shipping_option_code is not null) as options
    inner join seed_service_levels as levels on lower(options.shipping_option_code) like levels.pattern
    group by options.shipping_option_code
),

gathered as (
    select
        clocks.period,
        clocks.observed_at as watched_until_at,
        headers.*,
        option_levels.service_level as seeded_service_level,
        case
            when headers.announced_at is null then milestones.announced_event_at
            when clocks.period = 'current' or headers.announced_at <= clocks.clock_at then headers.announced_at
        end as label_at,
        coalesce(
            case
                when headers.announced_at is null then milestones.is_announced_event_date_only
                else headers.is_announced_date_only
            end,
            false
        ) as is_label_date_only,
        milestones.dropped_at,
        milestones.returned_at,
        milestones.first_scan_at,
        coalesce(milestones.is_first_scan_date_only, false) as is_first_scan_date_only,
        milestones.first_scan_code,
        milestones.out_for_delivery_at,
        milestones.first_attempt_at,
        coalesce(milestones.is_first_attempt_date_only, false) as is_first_attempt_date_only,
        milestones.first_attempt_code,
        milestones.pickup_point_at,
        coalesce(milestones.is_pickup_point_date_only, false) as is_pickup_point_date_only,
        milestones.delivered_at,
        coalesce(milestones.is_delivered_date_only, false) as is_delivered_date_only,
        milestones.last_returned_at,
        milestones.current_status,
        milestones.current_status_at,
        milestones.last_carrier_event_at,
        milestones.last_scan_code,
        milestones.last_event_at,
        milestones.has_unmapped_code,
        outcomes.outcome,
        outcomes.outcome_at,
        outcomes.is_outcome_date_only,
        exceptions.exception_count,
        exceptions.first_exception_at,
        coalesce(exceptions.is_first_exception_date_only, false) as is_first_exception_date_only,
        exceptions.first_exception_code,
        exceptions.first_exception_group,
        exceptions.exception_within_14d,
        exceptions.exception_sender_within_14d,
        exceptions.exception_recipient_within_14d,
        exceptions.exception_carrier_within_14d,
        exceptions.exception_border_within_14d,
        exceptions.exception_unattributed_within_14d,
        exceptions.inferred_exception_within_14d,
        exceptions.has_exception_after_delivery,
        working_days.to_attempt_working_days,
        working_days.to_outcome_working_days,
        working_days.to_observed_working_days,
        working_days.silent_working_days,
        quarantine.tracking_number is not null as has_quarantined_event,
        coalesce(quarantine.has_event_before_label, false) as has_event_before_label,
        working_days.first_scan_date,
        working_days.first_attempt_date,
        coalesce(working_days.observed_date, local_date_of_clock(clocks.observed_at, headers.to_time_zone)) as observed_date
    from headers
    inner join clocks on headers.tracking_number = clocks.tracking_number
    inner join outcomes on clocks.period = outcomes.period and clocks.tracking_number = outcomes.tracking_number
    left join milestones on clocks.period = milestones.period and clocks.tracking_number = milestones.tracking_number
    left join exceptions on clocks.period = exceptions.period and clocks.tracking_number = exceptions.tracking_number
    left join working_days on clocks.period = working_days.period and clocks.tracking_number = working_days.tracking_number
    left join quarantine on clocks.tracking_number = quarantine.tracking_number
    left join option_levels on headers.shipping_option_code = option_levels.shipping_option_code
),

judged as (
    select
        gathered.*,
        shifted_date(gathered.label_at, gathered.is_label_date_only, gathered.from_time_zone, shifts.shift_hours) as label_date,
        shifted_date_of_clock(gathered.edd_original_seen_at, gathered.to_time_zone, seen_shifts.shift_hours) as edd_original_seen_date,
        case when first_scan_at is not null then first_scan_code in ('accepted', 'sorted', 'in_transit', 'customs') end
            as transit_measurable,
        coalesce(
            outcome not in ('cancelled', 'forced')
            and edd_original is not null
            and (edd_original < observed_date or first_attempt_at is not null),
            false
        ) as is_due
    from gathered
    left join zone_shifts as shifts
        on gathered.from_time_zone = shifts.time_zone and utc_date(gathered.label_at) = shifts.utc_date
    left join zone_shifts as seen_shifts
        on gathered.to_time_zone = seen_shifts.time_zone and utc_date(gathered.edd_original_seen_at) = seen_shifts.utc_date
),

-- a promise first read after the attempt, or after its own day, may have been moved to fit
foreseen as (
    select
        judged.*,
        case
            when edd_original is null then cast(null as boolean)
            when first_attempt_at is null then edd_original_seen_date <= edd_original
            when is_first_attempt_date_only then edd_original_seen_date < first_attempt_date
            else edd_original_seen_at <= first_attempt_at
        end as promise_foreseen
    from judged
)

select
    period,
    tracking_number,
    account,
    carrier_code,
    multi_carrier,
    from_country,
    to_country,
    from_postal_area,
    to_postal_area,
    from_time_zone,
    to_time_zone,
    shipping_option_code,
    coalesce(seeded_service_level, 'unknown') as service_level,
    delivery_type,
    is_return,
    brand_id,
    integration_id,
    contract_id,
    label_at,
    label_date,
    is_label_date_only,
    handover_planned_at,
    dropped_at,
    returned_at,
    first_scan_at,
    first_scan_code,
    first_scan_date,
    is_first_scan_date_only,
    out_for_delivery_at,
    pickup_point_at,
    is_pickup_point_date_only,
    delivered_at,
    is_delivered_date_only,
    first_attempt_at,
    first_attempt_code,
    first_attempt_date,
    is_first_attempt_date_only,
    outcome,
    outcome_at,
    is_outcome_date_only,
    coalesce(last_returned_at > delivered_at, false) as returned_after_delivery,
    watched_until_at as observed_at,
    edd_original,
    edd_original_seen_at,
    edd_current,
    promise_foreseen,
    case
        when not is_label_date_only and not is_first_scan_date_only and first_scan_at >= label_at
            then hours_between(label_at, first_scan_at)
    end as first_scan_delay_hours,
    -- a plan at midnight is a date
    case
        when not is_first_scan_date_only and handover_planned_at <> cast(utc_date(handover_planned_at) as timestamp)
            then hours_between(handover_planned_at, first_scan_at)
    end as first_scan_after_handover_hours,
    transit_measurable,
    case
        when transit_measurable and not is_first_scan_date_only and not is_first_attempt_date_only
            then hours_between(first_scan_at, first_attempt_at)
    end as transit_hours,
    case
        when transit_measurable and not is_first_scan_date_only and not is_delivered_date_only
            then hours_between(first_scan_at, delivered_at)
    end as possession_hours,
    case when transit_measurable then days_between(first_scan_date, first_attempt_date) end as transit_calendar_days,
    case when transit_measurable then to_attempt_working_days end as transit_working_days,
    case
        when not is_label_date_only and not is_first_attempt_date_only and first_attempt_at >= label_at
            then hours_between(label_at, first_attempt_at)
    end as label_to_door_hours,
    coalesce(exception_count, 0) as exception_count,
    first_exception_at,
    is_first_exception_date_only,
    first_exception_code,
    first_exception_group,
    case when first_scan_at is not null then coalesce(exception_within_14d, false) end as exception_within_14d,
    case when first_scan_at is not null then coalesce(exception_sender_within_14d, false) end as exception_sender_within_14d,
    case when first_scan_at is not null then coalesce(exception_recipient_within_14d, false) end
        as exception_recipient_within_14d,
    case when first_scan_at is not null then coalesce(exception_carrier_within_14d, false) end as exception_carrier_within_14d,
    case when first_scan_at is not null then coalesce(exception_border_within_14d, false) end as exception_border_within_14d,
    case when first_scan_at is not null then coalesce(exception_unattributed_within_14d, false) end
        as exception_unattributed_within_14d,
    case when first_scan_at is not null then coalesce(inferred_exception_within_14d, false) end
        as inferred_exception_within_14d,
    case when delivery_type = 'home' and first_attempt_at is not null then first_attempt_code = 'delivered' end
        as first_attempt_success,
    case when delivery_type = 'home' and first_attempt_at is not null then pickup_point_at is not null end
        as diverted_to_pickup,
    case when edd_original is not null then coalesce(first_scan_date <= edd_original, false) end as handed_over_in_time,
    is_due,
    case when is_due then coalesce(first_attempt_date <= edd_original, false) end as on_time,
    days_between(edd_original, first_attempt_date) as days_late,
    current_status,
    current_status_at,
    last_scan_code,
    last_carrier_event_at,
    case when transit_measurable then to_outcome_working_days end as outcome_working_days,
    case when first_scan_at is not null then to_observed_working_days end as observed_working_days,
    case when outcome = 'open' then silent_working_days end as silent_working_days,
    concat_ws(
        ',',
        case when first_scan_code <> 'accepted' then 'acceptance_missing' end,
        case when last_event_at > delivered_at then 'event_after_delivery' end,
        case when has_exception_after_delivery then 'exception_after_delivery' end,
        case when has_implausible_label then 'implausible_label' end,
        case when multi_carrier then 'multi_carrier' end,
        case when first_attempt_at is not null and not promise_foreseen then 'promise_seen_late' end,
        case when has_quarantined_event then 'quarantined_event' end,
        case when has_event_before_label then 'reused_tracking_number' end,
        case when not is_label_date_only and not is_first_scan_date_only and first_scan_at < label_at then 'scan_before_label' end,
        case when from_time_zone is null or to_time_zone is null then 'unknown_country' end,
        case when has_unmapped_code then 'unmapped_status_code' end
    ) as quality_flags,
    concat_ws(
        ',',
        case when invalid_code_count > 0 then 'invalid_code' end,
        case when unreadable_fields <> '' then 'unreadable_field' end,
        case when unusual_code_count > 0 then 'unusual_code' end
    ) as reading_flags,
    unreadable_fields
from foreseen
