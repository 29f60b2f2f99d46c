-- Who is due, most urgent first: parcels never polled, then the most overdue relative to their interval; ties by tracking number.
-- Due means that the next poll lies at or before the start of the run plus a slack (a tenth of the interval, at least 2 hours), so that
-- a nightly job whose starts jitter polls a 24-hour parcel every night.
create or replace temp table plan as
with active as (
    select
        tracking_number,
        phase,
        last_polled_at,
        coalesce(phase_since, registered_at) as since_at
    from registry
    where state = 'active'
),

aged as (
    select
        *,
        (epoch_us($start_at) - epoch_us(since_at)) / 3600000000.0 as age_hours,
        (epoch_us(last_polled_at) - epoch_us(since_at)) / 3600000000.0 as polled_age_hours
    from active
),

-- the interval that its age has reached; a confirmation that its last poll did not reach yet
next_polls as (
    select
        aged.tracking_number,
        aged.last_polled_at,
        case intervals.poll
            when 'every' then aged.last_polled_at + to_microseconds(cast(intervals.interval_hours * 3600000000 as bigint))
            else aged.since_at + to_microseconds(cast(intervals.from_age_hours * 3600000000 as bigint))
        end as due_at,
        intervals.interval_hours,
        case intervals.poll when 'every' then greatest(2.0, intervals.interval_hours / 10) else 2.0 end as slack_hours,
        row_number() over (
            partition by aged.tracking_number
            order by
                case intervals.poll when 'every' then -intervals.from_age_hours else intervals.from_age_hours end
        ) as preference
    from aged
    inner join poll_intervals as intervals on aged.phase = intervals.phase
    where (intervals.poll = 'every' and greatest(aged.age_hours, 0) >= intervals.from_age_hours)
        or (intervals.poll = 'once' and coalesce(aged.polled_age_hours, -1) < intervals.from_age_hours - 2)
),

due as (
    select
        aged.tracking_number,
        aged.last_polled_at is null as is_new,
        (epoch_us($start_at) - epoch_us(next_polls.due_at)) / 3600000000.0 / next_polls.interval_hours as overdue
    from aged
    left join next_polls on aged.tracking_number = next_polls.tracking_number and next_polls.preference = 1
    where aged.last_polled_at is null
        or next_polls.due_at <= $start_at + to_microseconds(cast(next_polls.slack_hours * 3600000000 as bigint))
)

select
    row_number() over (order by is_new desc, case when is_new then 0 else overdue end desc, tracking_number) as place,
    tracking_number
from due
