-- grain: one row a check of the data and carrier, of the checks that are counted parcel by parcel: of how many, and how many are affected
-- few combinations of flags occur, however many parcels have them
with parcel_rows as (
    select
        coalesce(carrier_code, '') as carrier_code,
        concat(',', quality_flags, ',') as flags,
        count(*) as parcel_count
    from parcels
    group by coalesce(carrier_code, ''), concat(',', quality_flags, ',')
),

flag_names as (
    select 'acceptance_missing' as check_name, 'the first scan is not an acceptance: when the carrier took the parcel over is not known exactly' as meaning, false as is_serious
    union all
    select 'event_after_delivery' as check_name, 'events dated after the delivery; they move no milestone before it' as meaning, false as is_serious
    union all
    select 'exception_after_delivery' as check_name, 'exceptions reported after the delivery; not counted' as meaning, false as is_serious
    union all
    select 'implausible_label' as check_name, 'the label is dated before 2000, or more than a day after the last poll: it counts as missing' as meaning, true as is_serious
    union all
    select 'multi_carrier' as check_name, 'more than one carrier carried the parcel; it counts for the first' as meaning, false as is_serious
    union all
    select 'promise_seen_late' as check_name, 'the first promise was first seen after the attempt: it may have been set with hindsight' as meaning, true as is_serious
    union all
    select 'quarantined_event' as check_name, 'parcels with an event that is kept and counted, but moves nothing' as meaning, false as is_serious
    union all
    select 'reused_tracking_number' as check_name, 'carrier events more than 30 days before the label: an earlier parcel had the number' as meaning, true as is_serious
    union all
    select 'scan_before_label' as check_name, 'the first scan lies before the label: its delay is not measured' as meaning, false as is_serious
    union all
    select 'unknown_country' as check_name, 'a country without a known time zone: its local dates are taken as UTC' as meaning, true as is_serious
    union all
    select 'unmapped_status_code' as check_name, 'a status code that the seed does not know; kept, counted, and no scan' as meaning, true as is_serious
),

flag_counts as (
    select
        flag_names.check_name,
        flag_names.meaning,
        flag_names.is_serious,
        parcel_rows.carrier_code,
        cast(sum(parcel_rows.parcel_count) as bigint) as base,
        cast(
            sum(case when parcel_rows.flags like concat('%,', flag_names.check_name, ',%') then parcel_rows.parcel_count else 0 end)
            as bigint
        ) as affected
    from parcel_rows
    cross join flag_names
    group by flag_names.check_name, flag_names.meaning, flag_names.is_serious, parcel_rows.carrier_code
),

response_counts as (
    select
        checks.check_name,
        checks.meaning,
        checks.is_serious,
        coalesce(headers.carrier_code, '') as carrier_code,
        count(*) as base,
        count(*) filter (
            where (checks.check_name = 'invalid_code' and headers.invalid_code_count > 0)
            or (checks.check_name = 'unknown_field' and headers.unknown_field_count > 0)
            or (checks.check_name = 'unusual_code' and headers.unusual_code_count > 0)
            or (checks.check_name = 'unreadable_field' and headers.unreadable_fields <> '')
        ) as affected
    from parcel_headers as headers
    cross join (
        select
            'invalid_code' as check_name,
            'parcels whose last response has a code or country that is none: its text was not kept, and invalid_code or nothing stands for it' as meaning,
            true as is_serious
        union all
        select
            'unknown_field' as check_name,
            'parcels whose last response has fields that nobody here knows: they were not kept' as meaning,
            false as is_serious
        union all
        select
            'unusual_code' as check_name,
            'parcels whose carrier or shipping option was written otherwise than its slug, such as Air Charter for air_charter' as meaning,
            false as is_serious
        union all
        select
            'unreadable_field' as check_name,
            'parcels whose last response has a field of another type, or a date whose meaning is not certain: it counts as missing' as meaning,
            true as is_serious
    ) as checks
    group by checks.check_name, checks.meaning, checks.is_serious, coalesce(headers.carrier_code, '')
),

event_counts as (
    select
        coalesce(headers.carrier_code, '') as carrier_code,
        events.quarantine_reason,
        count(*) as event_count
    from events
    inner join parcel_headers as headers on events.tracking_number = headers.tracking_number
    group by coalesce(headers.carrier_code, ''), events.quarantine_reason
),

quarantine_counts as (
    select
        concat('event_', reasons.reason) as check_name,
        reasons.meaning,
        reasons.is_serious,
        event_counts.carrier_code,
        cast(sum(event_counts.event_count) as bigint) as base,
        cast(sum(case when event_counts.quarantine_reason = reasons.reason then event_counts.event_count else 0 end) as bigint)
            as affected
    from event_counts
    cross join (
        select 'no_timestamp' as reason, 'events without a usable timestamp' as meaning, true as is_serious
        union all
        select 'implausible' as reason, 'events dated before 2000: no date at all' as meaning, true as is_serious
        union all
        select 'future' as reason, 'events dated after the poll that showed them: a clock ahead of ours' as meaning, true as is_serious
        union all
        select 'before_label' as reason, 'carrier events more than 30 days before the label' as meaning, true as is_serious
    ) as reasons
    group by reasons.reason, reasons.meaning, reasons.is_serious, event_counts.carrier_code
),

label_counts as (
    select
        'no_label_time' as check_name,
        'outbound parcels whose label has no time: no label cohort counts them' as meaning,
        true as is_serious,
        coalesce(carrier_code, '') as carrier_code,
        count(*) as base,
        count(*) filter (where label_at is null) as affected
    from parcels
    where not is_return and outcome <> 'cancelled'
    group by coalesce(carrier_code, '')
),

horizon_counts as (
    select
        'not_observed_long_enough' as check_name,
        'old enough for a fixed-horizon rate, but last polled before its horizon ended: left out of that rate, never guessed' as meaning,
        true as is_serious,
        members.carrier_code,
        count(*) as base,
        count(*) filter (
            where (outcomes.cohort = 'label' and outcomes.is_aged_7d and not outcomes.is_watched_7d)
            or (outcomes.cohort = 'scan' and outcomes.is_aged_14d and not outcomes.is_watched_14d)
            or (outcomes.cohort = 'scan' and outcomes.is_aged_30d and not outcomes.is_watched_30d)
        ) as affected
    from cohort_outcomes as outcomes
    inner join cohort_members as members
        on outcomes.period = members.period
        and outcomes.cohort = members.cohort
        and outcomes.tracking_number = members.tracking_number
    where outcomes.period = 'current' and outcomes.cohort in ('label', 'scan')
    group by members.carrier_code
),

registry_counts as (
    select
        checks.check_name,
        checks.meaning,
        checks.is_serious,
        coalesce(numbers.registered_carrier_code, '') as carrier_code,
        count(*) as base,
        count(*) filter (
            where (checks.check_name = 'never_answered' and headers.tracking_number is null)
            or (checks.check_name = 'dead_letter' and numbers.registry_state = 'dead')
            or (checks.check_name = 'alias' and numbers.registry_state = 'alias')
        ) as affected
    from stg_registry as numbers
    left join parcel_headers as headers on numbers.owner_number = headers.tracking_number
    cross join (
        select 'never_answered' as check_name, 'registered, but no poll has shown a timeline yet' as meaning, false as is_serious
        union all
        select 'dead_letter' as check_name, 'no longer polled: the API refused it for five nights, or does not know the number' as meaning, true as is_serious
        union all
        select 'alias' as check_name, 'another number of a parcel that is registered already' as meaning, false as is_serious
    ) as checks
    group by checks.check_name, checks.meaning, checks.is_serious, coalesce(numbers.registered_carrier_code, '')
)

select check_name, meaning, is_serious, carrier_code, base, affected from flag_counts
union all
select check_name, meaning, is_serious, carrier_code, base, affected from response_counts
union all
select check_name, meaning, is_serious, carrier_code, base, affected from quarantine_counts
union all
select check_name, meaning, is_serious, carrier_code, base, affected from label_counts
union all
select check_name, meaning, is_serious, carrier_code, base, affected from horizon_counts
union all
select check_name, meaning, is_serious, carrier_code, base, affected from registry_counts
