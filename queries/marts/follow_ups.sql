-- grain: one row a member of a cohort and measure (first_scan, transit, transit_working_days, pickup_dwell, exception_episode and the same
-- of each group; label_to_scan, label_to_attempt, label_to_delivery of the current label cohort): how long it was followed, and what ended that:
-- interest, competing or censored. left_out says why a parcel is not followed at all: date_only, negative or unknown.
with members as (
    select * from cohort_outcomes
),

parcel_rows as (
    select * from parcels_by_period
),

first_scans as (
    select
        members.cell_id,
        members.tracking_number,
        members.start_date,
        'first_scan' as measure,
        members.start_at,
        coalesce(parcel_rows.first_scan_at, parcel_rows.observed_at) as end_at,
        case when parcel_rows.first_scan_at is not null then 'interest' else 'censored' end as ending,
        parcel_rows.is_label_date_only or parcel_rows.is_first_scan_date_only as is_date_only
    from members
    inner join parcel_rows
        on members.seen_from = parcel_rows.period and members.tracking_number = parcel_rows.tracking_number
    where members.cohort = 'label'
),

journeys as (
    select
        members.cell_id,
        members.tracking_number,
        members.start_date,
        members.start_at,
        parcel_rows.first_attempt_at,
        case when parcel_rows.outcome in ('returned', 'lost') then parcel_rows.outcome_at end as competing_at,
        case when parcel_rows.outcome = 'forced' then parcel_rows.outcome_at end as forced_at,
        parcel_rows.first_attempt_at is not null
            and (
                parcel_rows.outcome not in ('returned', 'lost', 'forced')
                or parcel_rows.first_attempt_at <= parcel_rows.outcome_at
            ) as is_attempted_first,
        parcel_rows.is_first_scan_date_only,
        parcel_rows.is_first_attempt_date_only,
        parcel_rows.is_outcome_date_only,
        parcel_rows.observed_at,
        parcel_rows.transit_working_days,
        parcel_rows.outcome_working_days,
        parcel_rows.observed_working_days
    from members
    inner join parcel_rows
        on members.seen_from = parcel_rows.period and members.tracking_number = parcel_rows.tracking_number
    where members.cohort = 'scan' and parcel_rows.transit_measurable
),

transits as (
    select
        cell_id,
        tracking_number,
        start_date,
        start_at,
        case
            when is_attempted_first then first_attempt_at
            else coalesce(competing_at, forced_at, observed_at)
        end as end_at,
        case
            when is_attempted_first then 'interest'
            when competing_at is not null then 'competing'
            else 'censored'
        end as ending,
        case
            when is_attempted_first then transit_working_days
            when competing_at is not null or forced_at is not null then outcome_working_days
            else observed_working_days
        end as working_days,
        is_first_scan_date_only
            or case
                when is_attempted_first then is_first_attempt_date_only
                when competing_at is not null or forced_at is not null then is_outcome_date_only
                else false
            end as is_date_only
    from journeys
),

-- the whole way on the label's clock: what ends it before a milestone ends the wait for that milestone
ways as (
    select
        members.cell_id,
        members.tracking_number,
        members.start_date,
        members.start_at,
        parcel_rows.outcome in ('returned', 'lost') as is_competing,
        case when parcel_rows.outcome in ('returned', 'lost', 'forced') then parcel_rows.outcome_at end as stopped_at,
        parcel_rows.observed_at,
        parcel_rows.first_scan_at,
        parcel_rows.first_attempt_at,
        parcel_rows.delivered_at,
        parcel_rows.outcome not in ('returned', 'lost', 'forced') as goes_on,
        parcel_rows.is_label_date_only,
        parcel_rows.is_first_scan_date_only,
        parcel_rows.is_first_attempt_date_only,
        parcel_rows.is_delivered_date_only,
        parcel_rows.is_outcome_date_only
    from members
    inner join parcel_rows
        on members.seen_from = parcel_rows.period and members.tracking_number = parcel_rows.tracking_number
    where members.cohort = 'label' and members.period = 'current'
),

reached as (
    select
        *,
        first_scan_at is not null and (goes_on or first_scan_at <= stopped_at) as is_scanned,
        first_attempt_at is not null and (goes_on or first_attempt_at <= stopped_at) as is_attempted,
        delivered_at is not null and (goes_on or delivered_at <= stopped_at) as is_delivered
    from ways
),

ended as (
    select
        *,
        case when is_scanned then first_scan_at else coalesce(stopped_at, observed_at) end as scan_end_at,
        case when is_attempted then first_attempt_at else coalesce(stopped_at, observed_at) end as attempt_end_at,
        case when is_delivered then delivered_at else coalesce(stopped_at, observed_at) end as delivery_end_at,
        case when is_competing then 'competing' else 'censored' end as other_ending
    from reached
),

-- a parcel that one of the three curves has to leave out is left out of all, so that they are about the same parcels
judged_ways as (
    select
        *,
        case
            when is_label_date_only
                or (is_scanned and is_first_scan_date_only)
                or (is_attempted and is_first_attempt_date_only)
                or (is_delivered and is_delivered_date_only)
                or (not is_delivered and stopped_at is not null and is_outcome_date_only)
                then 'date_only'
            when scan_end_at < start_at or attempt_end_at < start_at or delivery_end_at < start_at then 'negative'
        end as left_out
    from ended
),

pickup_waits as (
    select
        members.cell_id,
        members.tracking_number,
        members.start_date,
        parcel_rows.pickup_point_at as start_at,
        coalesce(parcel_rows.delivered_at, parcel_rows.outcome_at, parcel_rows.observed_at) as end_at,
        case
            when parcel_rows.delivered_at is not null then 'interest'
            when parcel_rows.outcome in ('returned', 'lost') then 'competing'
            else 'censored'
        end as ending,
        parcel_rows.is_pickup_point_date_only
            or case
                when parcel_rows.delivered_at is not null then parcel_rows.is_delivered_date_only
                else parcel_rows.is_outcome_date_only
            end as is_date_only
    from members
    inner join parcel_rows
        on members.seen_from = parcel_rows.period and members.tracking_number = parcel_rows.tracking_number
    where members.cohort = 'scan' and members.period = 'current' and parcel_rows.pickup_point_at is not null
),

episodes as (
    select
        members.cell_id,
        exception_episodes.tracking_number,
        members.start_date,
        exception_episodes.exception_group,
        exception_episodes.started_at as start_at,
        coalesce(exception_episodes.ended_at, exception_episodes.followed_until_at) as end_at,
        case
            when exception_episodes.ended_at is not null then 'interest'
            when exception_episodes.outcome in ('returned', 'lost') then 'competing'
            else 'censored'
        end as ending,
        parcel_rows.is_first_exception_date_only
            or case
                when exception_episodes.ended_at is not null then exception_episodes.episode_hours is null
                else parcel_rows.is_outcome_date_only
            end as is_date_only
    from exception_episodes
    inner join members on exception_episodes.tracking_number = members.tracking_number
    inner join parcel_rows
        on members.seen_from = parcel_rows.period and members.tracking_number = parcel_rows.tracking_number
    where members.cohort = 'scan' and members.period = 'current'
),

waits as (
    select cell_id, tracking_number, start_date, 'pickup_dwell' as measure, start_at, end_at, ending, is_date_only
    from pickup_waits
    union all
    select cell_id, tracking_number, start_date, 'exception_episode' as measure, start_at, end_at, ending, is_date_only
    from episodes
    union all
    select
        cell_id,
        tracking_number,
        start_date,
        concat('exception_episode_', coalesce(exception_group, '')) as measure,
        start_at,
        end_at,
        ending,
        is_date_only
    from episodes
),

measured as (
    select
        cell_id,
        tracking_number,
        start_date,
        measure,
        hours_between(start_at, end_at) as duration,
        ending,
        case
            when is_date_only then 'date_only'
            when end_at < start_at then 'negative'
        end as left_out
    from first_scans
    union all
    select
        cell_id,
        tracking_number,
        start_date,
        'transit' as measure,
        hours_between(start_at, end_at) as duration,
        ending,
        case
            when is_date_only then 'date_only'
            when end_at < start_at then 'negative'
        end as left_out
    from transits
    union all
    select
        cell_id,
        tracking_number,
        start_date,
        measure,
        hours_between(start_at, end_at) as duration,
        ending,
        case
            when is_date_only then 'date_only'
            when end_at < start_at then 'negative'
        end as left_out
    from waits
    union all
    select
        cell_id,
        tracking_number,
        start_date,
        'transit_working_days' as measure,
        cast(working_days as double) as duration,
        ending,
        case when working_days is null then 'unknown' end as left_out
    from transits
    union all
    select
        cell_id,
        tracking_number,
        start_date,
        'label_to_scan' as measure,
        hours_between(start_at, scan_end_at) as duration,
        case when is_scanned then 'interest' else other_ending end as ending,
        left_out
    from judged_ways
    union all
    select
        cell_id,
        tracking_number,
        start_date,
        'label_to_attempt' as measure,
        hours_between(start_at, attempt_end_at) as duration,
        case when is_attempted then 'interest' else other_ending end as ending,
        left_out
    from judged_ways
    union all
    select
        cell_id,
        tracking_number,
        start_date,
        'label_to_delivery' as measure,
        hours_between(start_at, delivery_end_at) as duration,
        case when is_delivered then 'interest' else other_ending end as ending,
        left_out
    from judged_ways
)

select
    cell_id,
    tracking_number,
    start_date,
    measure,
    duration,
    ending,
    left_out
from measured
