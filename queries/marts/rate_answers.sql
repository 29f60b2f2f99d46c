-- grain: one row a period, cohort and parcel that started in it: what each rate says of it, true where it is counted, false where it is not,
-- null where it is not asked; a rate is a line here and a row of seeds/metrics.csv, and readers get the current and the previous period
with outcomes as (
    select * from cohort_outcomes
),

parcel_rows as (
    select * from parcels_by_period
),

members as (
    select
        outcomes.period,
        outcomes.cohort,
        outcomes.cell_id,
        outcomes.start_date,
        outcomes.cohort = 'label' and outcomes.is_watched_7d as is_labelled_7d,
        outcomes.cohort = 'scan' as is_scanned,
        outcomes.cohort = 'scan' and outcomes.is_attempt_watched_7d as is_scanned_7d,
        outcomes.cohort = 'scan' and outcomes.is_watched_14d as is_scanned_14d,
        outcomes.cohort = 'scan' and outcomes.is_watched_30d as is_scanned_30d,
        outcomes.cohort = 'scan' and outcomes.is_attempt_watched_30d as is_attempt_watched_30d,
        outcomes.cohort = 'due' as is_promised,
        add_hours(outcomes.start_at, 7 * 24) as day_7_at,
        add_hours(outcomes.start_at, 30 * 24) as day_30_at,
        parcel_rows.tracking_number,
        parcel_rows.account,
        coalesce(parcel_rows.carrier_code, '') as carrier_code,
        parcel_rows.outcome,
        parcel_rows.outcome_at,
        parcel_rows.first_scan_at,
        parcel_rows.first_scan_code,
        parcel_rows.transit_measurable,
        parcel_rows.transit_working_days,
        parcel_rows.first_attempt_at,
        parcel_rows.first_attempt_success,
        parcel_rows.diverted_to_pickup,
        parcel_rows.edd_original,
        parcel_rows.promise_foreseen,
        parcel_rows.handed_over_in_time,
        parcel_rows.on_time,
        parcel_rows.days_late,
        parcel_rows.exception_within_14d,
        parcel_rows.exception_sender_within_14d,
        parcel_rows.exception_recipient_within_14d,
        parcel_rows.exception_carrier_within_14d,
        parcel_rows.exception_border_within_14d,
        parcel_rows.exception_unattributed_within_14d,
        parcel_rows.inferred_exception_within_14d
    from outcomes
    inner join parcel_rows
        on outcomes.seen_from = parcel_rows.period and outcomes.tracking_number = parcel_rows.tracking_number
)

select
    period,
    cohort,
    tracking_number,
    account,
    carrier_code,
    start_date,
    cell_id,
    case when is_labelled_7d and outcome <> 'forced' then not coalesce(first_scan_at <= day_7_at, false) end as never_scanned_7d_rate,
    case when is_scanned then first_scan_code = 'accepted' end as acceptance_scan_rate,
    case when is_scanned then transit_measurable end as transit_measurable_rate,
    case when is_scanned_7d and transit_measurable and outcome <> 'forced' then coalesce(transit_working_days <= 2, false) end
        as transit_2_working_days_rate,
    case when is_promised and handed_over_in_time then on_time end as on_time_rate,
    case when is_promised and handed_over_in_time and promise_foreseen then on_time end as on_time_foreseen_rate,
    case when is_promised and handed_over_in_time then promise_foreseen end as promise_foreseen_rate,
    case when is_promised then on_time end as promise_kept_rate,
    case when is_promised then coalesce(days_late <= 1, false) end as promise_kept_plus_1d_rate,
    case when is_promised then not handed_over_in_time end as handed_over_late_rate,
    case when is_scanned then edd_original is not null end as edd_coverage_rate,
    case when is_scanned and edd_original is not null then first_attempt_at is not null and not promise_foreseen end as promise_seen_late_rate,
    case when is_scanned_14d then exception_within_14d end as exception_rate,
    case when is_scanned_14d then exception_sender_within_14d end as exception_rate_sender,
    case when is_scanned_14d then exception_recipient_within_14d end as exception_rate_recipient,
    case when is_scanned_14d then exception_carrier_within_14d end as exception_rate_carrier,
    case when is_scanned_14d then exception_border_within_14d end as exception_rate_border,
    case when is_scanned_14d then exception_unattributed_within_14d end as exception_rate_unattributed,
    case when is_scanned_14d then inferred_exception_within_14d end as inferred_exception_rate,
    case when is_scanned then first_attempt_success end as first_attempt_success_rate,
    case when is_scanned then diverted_to_pickup end as diverted_to_pickup_rate,
    case when is_scanned_30d then outcome = 'returned' and outcome_at <= day_30_at end as returned_30d_rate,
    case when is_scanned_30d then outcome = 'lost' and outcome_at <= day_30_at end as lost_30d_rate,
    case when is_scanned_30d then outcome = 'forced' and outcome_at <= day_30_at end as forced_30d_rate,
    case
        when is_attempt_watched_30d
            then not (coalesce(first_attempt_at <= day_30_at, false) or coalesce(outcome_at <= day_30_at, false))
    end as unresolved_30d_rate
from members
