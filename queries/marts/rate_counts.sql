-- grain: one row a cell and rate: n parcels that the rate asks, x of them that it counts; made of seeds/metrics.csv by `npm run generate`
select
    cell_id,
    metric,
    x,
    n
from rate_tallies
unpivot (
    (x, n) for metric in (
        (never_scanned_7d_rate_x, never_scanned_7d_rate_n) as 'never_scanned_7d_rate',
        (acceptance_scan_rate_x, acceptance_scan_rate_n) as 'acceptance_scan_rate',
        (transit_measurable_rate_x, transit_measurable_rate_n) as 'transit_measurable_rate',
        (transit_2_working_days_rate_x, transit_2_working_days_rate_n) as 'transit_2_working_days_rate',
        (on_time_rate_x, on_time_rate_n) as 'on_time_rate',
        (on_time_foreseen_rate_x, on_time_foreseen_rate_n) as 'on_time_foreseen_rate',
        (promise_foreseen_rate_x, promise_foreseen_rate_n) as 'promise_foreseen_rate',
        (promise_kept_rate_x, promise_kept_rate_n) as 'promise_kept_rate',
        (promise_kept_plus_1d_rate_x, promise_kept_plus_1d_rate_n) as 'promise_kept_plus_1d_rate',
        (handed_over_late_rate_x, handed_over_late_rate_n) as 'handed_over_late_rate',
        (edd_coverage_rate_x, edd_coverage_rate_n) as 'edd_coverage_rate',
        (promise_seen_late_rate_x, promise_seen_late_rate_n) as 'promise_seen_late_rate',
        (exception_rate_x, exception_rate_n) as 'exception_rate',
        (exception_rate_sender_x, exception_rate_sender_n) as 'exception_rate_sender',
        (exception_rate_recipient_x, exception_rate_recipient_n) as 'exception_rate_recipient',
        (exception_rate_carrier_x, exception_rate_carrier_n) as 'exception_rate_carrier',
        (exception_rate_border_x, exception_rate_border_n) as 'exception_rate_border',
        (exception_rate_unattributed_x, exception_rate_unattributed_n) as 'exception_rate_unattributed',
        (inferred_exception_rate_x, inferred_exception_rate_n) as 'inferred_exception_rate',
        (first_attempt_success_rate_x, first_attempt_success_rate_n) as 'first_attempt_success_rate',
        (diverted_to_pickup_rate_x, diverted_to_pickup_rate_n) as 'diverted_to_pickup_rate',
        (returned_30d_rate_x, returned_30d_rate_n) as 'returned_30d_rate',
        (lost_30d_rate_x, lost_30d_rate_n) as 'lost_30d_rate',
        (forced_30d_rate_x, forced_30d_rate_n) as 'forced_30d_rate',
        (unresolved_30d_rate_x, unresolved_30d_rate_n) as 'unresolved_30d_rate'
    )
)
