-- grain: one row a cell and rate: n parcels of the cohort that the rate is about, x of them that it counts
with members as (
    select * from cohort_outcomes
),

parcel_rows as (
    select * from parcels_by_period
),

tallies as (
    select
        members.cell_id,
        count(*) filter (where members.cohort = 'label' and members.is_watched_7d and parcel_rows.outcome <> 'forced') as never_scanned_7d_rate_n,
        count(*) filter (
            where members.cohort = 'label' and members.is_watched_7d and parcel_rows.outcome <> 'forced'
            and (parcel_rows.first_scan_at is null or parcel_rows.first_scan_at > add_hours(members.start_at, 7 * 24))
        ) as never_scanned_7d_rate_x,
        count(*) filter (where members.cohort = 'scan') as acceptance_scan_rate_n,
        count(*) filter (
            where members.cohort = 'scan'
            and (parcel_rows.first_scan_code = 'accepted')
        ) as acceptance_scan_rate_x,
        count(*) filter (where members.cohort = 'scan') as transit_measurable_rate_n,
        count(*) filter (
            where members.cohort = 'scan'
            and (parcel_rows.transit_measurable)
        ) as transit_measurable_rate_x,
        count(*) filter (where members.cohort = 'due' and parcel_rows.handed_over_in_time) as on_time_rate_n,
        count(*) filter (
            where members.cohort = 'due' and parcel_rows.handed_over_in_time
            and (parcel_rows.on_time)
        ) as on_time_rate_x,
        count(*) filter (where members.cohort = 'due') as promise_kept_rate_n,
        count(*) filter (
            where members.cohort = 'due'
            and (parcel_rows.on_time)
        ) as promise_kept_rate_x,
        count(*) filter (where members.cohort = 'due') as promise_kept_plus_1d_rate_n,
        count(*) filter (
            where members.cohort = 'due'
            and (parcel_rows.days_late <= 1)
        ) as promise_kept_plus_1d_rate_x,
        count(*) filter (where members.cohort = 'due') as handed_over_late_rate_n,
        count(*) filter (
            where members.cohort = 'due'
            and (not parcel_rows.handed_over_in_time)
        ) as handed_over_late_rate_x,
        count(*) filter (where members.cohort = 'scan') as edd_coverage_rate_n,
        count(*) filter (
            where members.cohort = 'scan'
            and (parcel_rows.edd_original is not null)
        ) as edd_coverage_rate_x,
        count(*) filter (where members.cohort = 'scan' and parcel_rows.edd_original is not null) as promise_seen_late_rate_n,
        count(*) filter (
            where members.cohort = 'scan' and parcel_rows.edd_original is not null
            and (parcel_rows.edd_original_seen_at > parcel_rows.first_attempt_at)
        ) as promise_seen_late_rate_x,
        count(*) filter (where members.cohort = 'scan' and members.is_watched_14d) as exception_rate_n,
        count(*) filter (
            where members.cohort = 'scan' and members.is_watched_14d
            and (parcel_rows.exception_within_14d)
        ) as exception_rate_x,
        count(*) filter (where members.cohort = 'scan' and members.is_watched_14d) as exception_rate_sender_n,
        count(*) filter (
            where members.cohort = 'scan' and members.is_watched_14d
            and (parcel_rows.exception_sender_within_14d)
        ) as exception_rate_sender_x,
        count(*) filter (where members.cohort = 'scan' and members.is_watched_14d) as exception_rate_recipient_n,
        count(*) filter (
            where members.cohort = 'scan' and members.is_watched_14d
            and (parcel_rows.exception_recipient_within_14d)
        ) as exception_rate_recipient_x,
        count(*) filter (where members.cohort = 'scan' and members.is_watched_14d) as exception_rate_carrier_n,
        count(*) filter (
            where members.cohort = 'scan' and members.is_watched_14d
            and (parcel_rows.exception_carrier_within_14d)
        ) as exception_rate_carrier_x,
        count(*) filter (where members.cohort = 'scan' and members.is_watched_14d) as exception_rate_border_n,
        count(*) filter (
            where members.cohort = 'scan' and members.is_watched_14d
            and (parcel_rows.exception_border_within_14d)
        ) as exception_rate_border_x,
        count(*) filter (where members.cohort = 'scan' and members.is_watched_14d) as exception_rate_unattributed_n,
        count(*) filter (
            where members.cohort = 'scan' and members.is_watched_14d
            and (parcel_rows.exception_unattributed_within_14d)
        ) as exception_rate_unattributed_x,
        count(*) filter (where members.cohort = 'scan' and members.is_watched_14d) as inferred_exception_rate_n,
        count(*) filter (
            where members.cohort = 'scan' and members.is_watched_14d
            and (parcel_rows.inferred_exception_within_14d)
        ) as inferred_exception_rate_x,
        count(*) filter (where members.cohort = 'scan' and parcel_rows.first_attempt_success is not null) as first_attempt_success_rate_n,
        count(*) filter (
            where members.cohort = 'scan' and parcel_rows.first_attempt_success is not null
            and (parcel_rows.first_attempt_success)
        ) as first_attempt_success_rate_x,
        count(*) filter (where members.cohort = 'scan' and parcel_rows.diverted_to_pickup is not null) as diverted_to_pickup_rate_n,
        count(*) filter (
            where members.cohort = 'scan' and parcel_rows.diverted_to_pickup is not null
            and (parcel_rows.diverted_to_pickup)
        ) as diverted_to_pickup_rate_x,
        count(*) filter (where members.cohort = 'scan' and members.is_watched_30d) as returned_30d_rate_n,
        count(*) filter (
            where members.cohort = 'scan' and members.is_watched_30d
            and (parcel_rows.outcome = 'returned' and parcel_rows.outcome_at <= add_hours(members.start_at, 30 * 24))
        ) as returned_30d_rate_x,
        count(*) filter (where members.cohort = 'scan' and members.is_watched_30d) as lost_30d_rate_n,
        count(*) filter (
            where members.cohort = 'scan' and members.is_watched_30d
            and (parcel_rows.outcome = 'lost' and parcel_rows.outcome_at <= add_hours(members.start_at, 30 * 24))
        ) as lost_30d_rate_x,
        count(*) filter (where members.cohort = 'scan' and members.is_watched_30d) as forced_30d_rate_n,
        count(*) filter (
            where members.cohort = 'scan' and members.is_watched_30d
            and (parcel_rows.outcome = 'forced' and parcel_rows.outcome_at <= add_hours(members.start_at, 30 * 24))
        ) as forced_30d_rate_x,
        count(*) filter (where members.cohort = 'scan' and members.is_watched_30d) as unresolved_30d_rate_n,
        count(*) filter (
            where members.cohort = 'scan' and members.is_watched_30d
            and ((parcel_rows.first_attempt_at is null or parcel_rows.first_attempt_at > add_hours(members.start_at, 30 * 24))
            and (parcel_rows.outcome_at is null or parcel_rows.outcome_at > add_hours(members.start_at, 30 * 24)))
        ) as unresolved_30d_rate_x
    from members
    inner join parcel_rows
        on members.seen_from = parcel_rows.period and members.tracking_number = parcel_rows.tracking_number
    group by members.cell_id
)

select cell_id, 'never_scanned_7d_rate' as metric, never_scanned_7d_rate_x as x, never_scanned_7d_rate_n as n from tallies
union all
select cell_id, 'acceptance_scan_rate' as metric, acceptance_scan_rate_x as x, acceptance_scan_rate_n as n from tallies
union all
select cell_id, 'transit_measurable_rate' as metric, transit_measurable_rate_x as x, transit_measurable_rate_n as n from tallies
union all
select cell_id, 'on_time_rate' as metric, on_time_rate_x as x, on_time_rate_n as n from tallies
union all
select cell_id, 'promise_kept_rate' as metric, promise_kept_rate_x as x, promise_kept_rate_n as n from tallies
union all
select cell_id, 'promise_kept_plus_1d_rate' as metric, promise_kept_plus_1d_rate_x as x, promise_kept_plus_1d_rate_n as n from tallies
union all
select cell_id, 'handed_over_late_rate' as metric, handed_over_late_rate_x as x, handed_over_late_rate_n as n from tallies
union all
select cell_id, 'edd_coverage_rate' as metric, edd_coverage_rate_x as x, edd_coverage_rate_n as n from tallies
union all
select cell_id, 'promise_seen_late_rate' as metric, promise_seen_late_rate_x as x, promise_seen_late_rate_n as n from tallies
union all
select cell_id, 'exception_rate' as metric, exception_rate_x as x, exception_rate_n as n from tallies
union all
select cell_id, 'exception_rate_sender' as metric, exception_rate_sender_x as x, exception_rate_sender_n as n from tallies
union all
select cell_id, 'exception_rate_recipient' as metric, exception_rate_recipient_x as x, exception_rate_recipient_n as n from tallies
union all
select cell_id, 'exception_rate_carrier' as metric, exception_rate_carrier_x as x, exception_rate_carrier_n as n from tallies
union all
select cell_id, 'exception_rate_border' as metric, exception_rate_border_x as x, exception_rate_border_n as n from tallies
union all
select cell_id, 'exception_rate_unattributed' as metric, exception_rate_unattributed_x as x, exception_rate_unattributed_n as n from tallies
union all
select cell_id, 'inferred_exception_rate' as metric, inferred_exception_rate_x as x, inferred_exception_rate_n as n from tallies
union all
select cell_id, 'first_attempt_success_rate' as metric, first_attempt_success_rate_x as x, first_attempt_success_rate_n as n from tallies
union all
select cell_id, 'diverted_to_pickup_rate' as metric, diverted_to_pickup_rate_x as x, diverted_to_pickup_rate_n as n from tallies
union all
select cell_id, 'returned_30d_rate' as metric, returned_30d_rate_x as x, returned_30d_rate_n as n from tallies
union all
select cell_id, 'lost_30d_rate' as metric, lost_30d_rate_x as x, lost_30d_rate_n as n from tallies
union all
select cell_id, 'forced_30d_rate' as metric, forced_30d_rate_x as x, forced_30d_rate_n as n from tallies
union all
select cell_id, 'unresolved_30d_rate' as metric, unresolved_30d_rate_x as x, unresolved_30d_rate_n as n from tallies
