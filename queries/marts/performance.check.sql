-- what must hold of performance, and so of every table dealt out of it; rows are failures
with totals as (
    select
        period,
        grain,
        from_country,
        to_country,
        delivery_type,
        week_start_date,
        label_weekday,
        label_hour,
        sum(case when carrier_code = '*' then labelled else -labelled end) as labelled_gap,
        sum(case when carrier_code = '*' then scanned else -scanned end) as scanned_gap,
        sum(case when carrier_code = '*' then due else -due end) as due_gap
    from performance
    where grain <> 'shipping_option'
    group by period, grain, from_country, to_country, delivery_type, week_start_date, label_weekday, label_hour
),

by_grain as (
    select
        period,
        carrier_code,
        sum(case grain when 'carrier' then labelled when 'lane' then -labelled else 0 end) as lane_labelled_gap,
        sum(case grain when 'carrier' then scanned when 'lane' then -scanned else 0 end) as lane_scanned_gap,
        sum(case grain when 'carrier' then due when 'lane' then -due else 0 end) as lane_due_gap,
        sum(case grain when 'carrier' then labelled when 'shipping_option' then -labelled else 0 end) as option_labelled_gap,
        sum(case grain when 'carrier' then scanned when 'shipping_option' then -scanned else 0 end) as option_scanned_gap,
        sum(case grain when 'carrier' then due when 'shipping_option' then -due else 0 end) as option_due_gap
    from performance
    where period in ('current', 'previous')
    group by period, carrier_code
)

select 'two rows for one group' as problem, cast(group_id as varchar) as example
from performance
group by group_id
having count(*) > 1
union all
select 'the carriers do not add up to all carriers' as problem,
    concat(grain, ' ', period, ' ', from_country, ' ', to_country, ' ', delivery_type, ' ', week_start_date) as example
from totals
where labelled_gap <> 0 or scanned_gap <> 0 or due_gap <> 0
union all
select 'the lanes do not add up to the carrier' as problem, concat(period, ' ', carrier_code) as example
from by_grain
where lane_labelled_gap <> 0 or lane_scanned_gap <> 0 or lane_due_gap <> 0
union all
select 'the shipping options do not add up to the carrier' as problem, concat(period, ' ', carrier_code) as example
from by_grain
where carrier_code <> '*' and (option_labelled_gap <> 0 or option_scanned_gap <> 0 or option_due_gap <> 0)
union all
select 'more parcels are counted than the cohort has' as problem, concat(grain, ' ', period, ' ', carrier_code, ' ', group_id) as example
from performance
where first_scan_n > labelled
    or never_scanned_7d_rate_n > labelled
    or greatest(
        transit_n,
        transit_working_days_n,
        acceptance_scan_rate_n,
        transit_measurable_rate_n,
        edd_coverage_rate_n,
        promise_seen_late_rate_n,
        exception_rate_n,
        first_attempt_success_rate_n,
        diverted_to_pickup_rate_n,
        returned_30d_rate_n
    ) > scanned
    or greatest(on_time_rate_n, promise_kept_rate_n, promise_kept_plus_1d_rate_n, handed_over_late_rate_n) > due
union all
select 'a rate or share lies outside 0 to 1' as problem, concat(grain, ' ', period, ' ', carrier_code, ' ', group_id) as example
from performance
where least(
    never_scanned_7d_rate_lo,
    acceptance_scan_rate_lo,
    transit_measurable_rate_lo,
    on_time_rate_lo,
    promise_kept_rate_lo,
    promise_kept_plus_1d_rate_lo,
    handed_over_late_rate_lo,
    edd_coverage_rate_lo,
    promise_seen_late_rate_lo,
    exception_rate_lo,
    exception_rate_sender_lo,
    exception_rate_recipient_lo,
    exception_rate_carrier_lo,
    exception_rate_border_lo,
    exception_rate_unattributed_lo,
    inferred_exception_rate_lo,
    first_attempt_success_rate_lo,
    diverted_to_pickup_rate_lo,
    returned_30d_rate_lo,
    lost_30d_rate_lo,
    forced_30d_rate_lo,
    unresolved_30d_rate_lo,
    first_scan_24h_share_lo,
    first_scan_48h_share_lo,
    transit_reached_share_lo,
    transit_2_working_days_share_lo
) < 0
    or greatest(
        never_scanned_7d_rate_hi,
        acceptance_scan_rate_hi,
        transit_measurable_rate_hi,
        on_time_rate_hi,
        promise_kept_rate_hi,
        promise_kept_plus_1d_rate_hi,
        handed_over_late_rate_hi,
        edd_coverage_rate_hi,
        promise_seen_late_rate_hi,
        exception_rate_hi,
        exception_rate_sender_hi,
        exception_rate_recipient_hi,
        exception_rate_carrier_hi,
        exception_rate_border_hi,
        exception_rate_unattributed_hi,
        inferred_exception_rate_hi,
        first_attempt_success_rate_hi,
        diverted_to_pickup_rate_hi,
        returned_30d_rate_hi,
        lost_30d_rate_hi,
        forced_30d_rate_hi,
        unresolved_30d_rate_hi,
        first_scan_24h_share_hi,
        first_scan_48h_share_hi,
        transit_reached_share_hi,
        transit_2_working_days_share_hi
    ) > 1
union all
select 'a figure lies outside its interval' as problem, concat(grain, ' ', period, ' ', carrier_code, ' ', group_id) as example
from performance
where never_scanned_7d_rate not between never_scanned_7d_rate_lo and never_scanned_7d_rate_hi
    or acceptance_scan_rate not between acceptance_scan_rate_lo and acceptance_scan_rate_hi
    or transit_measurable_rate not between transit_measurable_rate_lo and transit_measurable_rate_hi
    or on_time_rate not between on_time_rate_lo and on_time_rate_hi
    or promise_kept_rate not between promise_kept_rate_lo and promise_kept_rate_hi
    or promise_kept_plus_1d_rate not between promise_kept_plus_1d_rate_lo and promise_kept_plus_1d_rate_hi
    or handed_over_late_rate not between handed_over_late_rate_lo and handed_over_late_rate_hi
    or edd_coverage_rate not between edd_coverage_rate_lo and edd_coverage_rate_hi
    or promise_seen_late_rate not between promise_seen_late_rate_lo and promise_seen_late_rate_hi
    or exception_rate not between exception_rate_lo and exception_rate_hi
    or exception_rate_sender not between exception_rate_sender_lo and exception_rate_sender_hi
    or exception_rate_recipient not between exception_rate_recipient_lo and exception_rate_recipient_hi
    or exception_rate_carrier not between exception_rate_carrier_lo and exception_rate_carrier_hi
    or exception_rate_border not between exception_rate_border_lo and exception_rate_border_hi
    or exception_rate_unattributed not between exception_rate_unattributed_lo and exception_rate_unattributed_hi
    or inferred_exception_rate not between inferred_exception_rate_lo and inferred_exception_rate_hi
    or first_attempt_success_rate not between first_attempt_success_rate_lo and first_attempt_success_rate_hi
    or diverted_to_pickup_rate not between diverted_to_pickup_rate_lo and diverted_to_pickup_rate_hi
    or returned_30d_rate not between returned_30d_rate_lo and returned_30d_rate_hi
    or lost_30d_rate not between lost_30d_rate_lo and lost_30d_rate_hi
    or forced_30d_rate not between forced_30d_rate_lo and forced_30d_rate_hi
    or unresolved_30d_rate not between unresolved_30d_rate_lo and unresolved_30d_rate_hi
    or first_scan_24h_share not between first_scan_24h_share_lo and first_scan_24h_share_hi
    or first_scan_48h_share not between first_scan_48h_share_lo and first_scan_48h_share_hi
    or transit_reached_share not between transit_reached_share_lo and transit_reached_share_hi
    or transit_2_working_days_share not between transit_2_working_days_share_lo and transit_2_working_days_share_hi
    or first_scan_p50_hours < first_scan_p50_hours_lo or first_scan_p50_hours > first_scan_p50_hours_hi
    or first_scan_p90_hours < first_scan_p90_hours_lo or first_scan_p90_hours > first_scan_p90_hours_hi
    or transit_p50_hours < transit_p50_hours_lo or transit_p50_hours > transit_p50_hours_hi
    or transit_p90_hours < transit_p90_hours_lo or transit_p90_hours > transit_p90_hours_hi
    or transit_p95_hours < transit_p95_hours_lo or transit_p95_hours > transit_p95_hours_hi
    or transit_working_days_p50 < transit_working_days_p50_lo or transit_working_days_p50 > transit_working_days_p50_hi
    or transit_working_days_p90 < transit_working_days_p90_lo or transit_working_days_p90 > transit_working_days_p90_hi
union all
select 'a later percentile comes earlier' as problem, concat(grain, ' ', period, ' ', carrier_code, ' ', group_id) as example
from performance
where first_scan_p50_hours > first_scan_p90_hours
    or transit_p50_hours > transit_p90_hours
    or transit_p90_hours > transit_p95_hours
    or transit_working_days_p50 > transit_working_days_p90
    or first_scan_24h_share > first_scan_48h_share
union all
select 'a rate of nothing, or none of something' as problem, concat(grain, ' ', period, ' ', carrier_code, ' ', group_id) as example
from performance
where (never_scanned_7d_rate_n = 0) <> (never_scanned_7d_rate is null)
    or (acceptance_scan_rate_n = 0) <> (acceptance_scan_rate is null)
    or (transit_measurable_rate_n = 0) <> (transit_measurable_rate is null)
    or (on_time_rate_n = 0) <> (on_time_rate is null)
    or (promise_kept_rate_n = 0) <> (promise_kept_rate is null)
    or (promise_kept_plus_1d_rate_n = 0) <> (promise_kept_plus_1d_rate is null)
    or (handed_over_late_rate_n = 0) <> (handed_over_late_rate is null)
    or (edd_coverage_rate_n = 0) <> (edd_coverage_rate is null)
    or (promise_seen_late_rate_n = 0) <> (promise_seen_late_rate is null)
    or (exception_rate_n = 0) <> (exception_rate is null)
    or (exception_rate_sender_n = 0) <> (exception_rate_sender is null)
    or (exception_rate_recipient_n = 0) <> (exception_rate_recipient is null)
    or (exception_rate_carrier_n = 0) <> (exception_rate_carrier is null)
    or (exception_rate_border_n = 0) <> (exception_rate_border is null)
    or (exception_rate_unattributed_n = 0) <> (exception_rate_unattributed is null)
    or (inferred_exception_rate_n = 0) <> (inferred_exception_rate is null)
    or (first_attempt_success_rate_n = 0) <> (first_attempt_success_rate is null)
    or (diverted_to_pickup_rate_n = 0) <> (diverted_to_pickup_rate is null)
    or (returned_30d_rate_n = 0) <> (returned_30d_rate is null)
    or (lost_30d_rate_n = 0) <> (lost_30d_rate is null)
    or (forced_30d_rate_n = 0) <> (forced_30d_rate is null)
    or (unresolved_30d_rate_n = 0) <> (unresolved_30d_rate is null)
