-- Who is due, most urgent first: parcels never polled, then those that the list of shipments shows as moved since their last poll, then the
-- most overdue relative to their interval; ties by tracking number.
-- Due means that the next poll lies at or before the start of the run plus a slack (a tenth of the interval, at least 2 hours), so that
-- a nightly job whose starts jitter polls a 24-hour parcel every night.
-- Where the list stands ($stands), one that did not move is asked weekly at most, and no more after its end; a sample of them is asked anyway.
-- No window over parcels: a registry of a million would be held in memory.
create or replace temp table plan as
with spans as (
    -- every: the ages at which the interval holds; once: the ages of the last poll that leave this confirmation to come
    select
        phase,
        poll,
        from_age_hours,
        interval_hours,
        case poll
            when 'every' then from_age_hours
            else coalesce(lag(from_age_hours) over (partition by phase, poll order by from_age_hours) - 2, '-infinity')
        end as span_start_hours,
        case poll
            when 'every' then coalesce(lead(from_age_hours) over (partition by phase, poll order by from_age_hours), 'infinity')
            else from_age_hours - 2
        end as span_end_hours,
        case poll
            when 'once' then coalesce(min(case poll when 'every' then from_age_hours end) over (partition by phase), 'infinity')
            else 'infinity'
        end as ends_at_hours
    from poll_intervals
    where poll in ('every', 'once')
),

aged as (
    select
        planned.tracking_number,
        planned.phase,
        planned.since_at,
        registry.last_polled_at,
        registry.refused_nights,
        listed.tracking_number is not null as is_still,
        greatest((epoch_us($start_at) - epoch_us(planned.since_at)) / 3600000000.0, 0) as age_hours,
        (epoch_us(registry.last_polled_at) - epoch_us(planned.since_at)) / 3600000000.0 as polled_age_hours
    from registry
    inner join planned_phases as planned on registry.tracking_number = planned.tracking_number
    left join still_parcels as listed on registry.tracking_number = listed.tracking_number
    where registry.state = 'active' and registry.last_polled_at is not null
),

next_polls as (
    select
        aged.tracking_number,
        aged.refused_nights,
        case spans.poll
            when 'every' then aged.last_polled_at + to_microseconds(cast(
                case when aged.is_still then greatest(spans.interval_hours, 168) else spans.interval_hours end * 3600000000 as bigint))
            else aged.since_at + to_microseconds(cast(spans.from_age_hours * 3600000000 as bigint))
        end as due_at,
        spans.interval_hours,
        case spans.poll when 'every' then greatest(2.0, spans.interval_hours / 10) else 2.0 end as slack_hours
    from aged
    inner join spans
        on aged.phase = spans.phase
        and case spans.poll when 'every' then aged.age_hours else aged.polled_age_hours end >= spans.span_start_hours
        and case spans.poll when 'every' then aged.age_hours else aged.polled_age_hours end < spans.span_end_hours
        and aged.age_hours < spans.ends_at_hours
        and (spans.poll = 'every' or not aged.is_still)
),

due as (
    select
        tracking_number,
        refused_nights > 0 as is_refused,
        2 as urgency,
        0.0 as overdue
    from registry
    where state = 'active' and last_polled_at is null
    union all
    select
        tracking_number,
        refused_nights > 0 as is_refused,
        0 as urgency,
        (epoch_us($start_at) - epoch_us(due_at)) / 3600000000.0 / interval_hours as overdue
    from next_polls
    where due_at <= $start_at + to_microseconds(cast(slack_hours * 3600000000 as bigint))
    union all
    select
        registry.tracking_number,
        registry.refused_nights > 0 as is_refused,
        1 as urgency,
        (epoch_us(listed.updated_at) - epoch_us(registry.last_polled_at)) / 3600000000.0 as overdue
    from listed_parcels as listed
    inner join registry on listed.tracking_number = registry.tracking_number
    where listed.has_moved
    union all
    select
        tracking_number,
        false as is_refused,
        0 as urgency,
        0.0 as overdue
    from sampled_parcels
),

ordered as (
    -- whose answer was refused last time waits for those who may have one
    select tracking_number
    from due
    group by tracking_number
    order by bool_or(is_refused), max(urgency) desc, max(overdue) desc, tracking_number
)

select
    row_number() over () as place,
    tracking_number
from ordered
