/**
 * The published tables as `toPlain` of db.ts delivers their rows: counts and shares as number, dates 'YYYY-MM-DD', instants ISO 8601 in
 * UTC. What each column means stands in the dictionary. Made of the built tables by `npm run generate`; a test holds it fresh.
 */

/** A rate r comes as r, its 95 % interval r_lo and r_hi, and r_n, the parcels that it is about; null where r_n is 0. */
type Rates<Name extends string> = Record<Name | `${Name}_lo` | `${Name}_hi`, number | null> &
  Record<`${Name}_n`, number>;

/** A duration or share with its 95 % interval; null where it is not reached, or nobody was watched that long. */
type Limited<Name extends string> = Record<Name | `${Name}_lo` | `${Name}_hi`, number | null>;

export type RateName =
  | 'never_scanned_7d_rate'
  | 'acceptance_scan_rate'
  | 'transit_measurable_rate'
  | 'transit_2_working_days_rate'
  | 'on_time_rate'
  | 'on_time_foreseen_rate'
  | 'promise_foreseen_rate'
  | 'promise_kept_rate'
  | 'promise_kept_plus_1d_rate'
  | 'handed_over_late_rate'
  | 'edd_coverage_rate'
  | 'promise_seen_late_rate'
  | 'exception_rate'
  | 'exception_rate_sender'
  | 'exception_rate_recipient'
  | 'exception_rate_carrier'
  | 'exception_rate_border'
  | 'exception_rate_unattributed'
  | 'inferred_exception_rate'
  | 'first_attempt_success_rate'
  | 'diverted_to_pickup_rate'
  | 'returned_30d_rate'
  | 'lost_30d_rate'
  | 'forced_30d_rate'
  | 'unresolved_30d_rate';

export type DurationName =
  | 'first_scan_p50_hours'
  | 'first_scan_p90_hours'
  | 'first_scan_24h_share'
  | 'first_scan_48h_share'
  | 'transit_p50_hours'
  | 'transit_p90_hours'
  | 'transit_p95_hours'
  | 'transit_reached_share'
  | 'transit_working_days_p50'
  | 'transit_working_days_p90';

/** What the performance tables have in common. */
export interface Figures extends Rates<RateName>, Limited<DurationName> {
  labelled: number;
  scanned: number;
  due: number;
  first_scan_n: number;
  transit_n: number;
  transit_working_days_n: number;
}

/** One row, the clock of the run and its two windows. */
export interface RunParameters {
  as_of: string;
  as_of_date: string;
  window_days: number;
  window_start_date: string;
  window_end_date: string;
  previous_as_of: string;
  previous_window_start_date: string;
  previous_window_end_date: string;
  data_as_of: string | null;
}

/** One row per metric: what the figure is, in words, and which way is good, from seeds/metrics.csv. */
export interface Metrics {
  metric_order: number;
  name: string;
  title: string;
  unit: string;
  better: string | null;
  cohort: string | null;
  horizon_days: number | null;
  alert_horizon: number | null;
  meaning: string;
  counted: string;
  out_of: string;
  cannot_tell: string;
  is_compared: boolean;
  topic: string;
  estimator: string;
  rests_on: string | null;
}

/** One row per account with a registered number. */
export interface Accounts {
  account: string;
  number_count: number;
  parcel_count: number;
  data_as_of: string | null;
}

/** One row per distinct event of a parcel that any poll showed: carrier scans, inferences of the platform, claims and administrative steps. */
export interface Events {
  tracking_number: string;
  account: string;
  event_order: number;
  event_at: string | null;
  event_type: string | null;
  status_code: string | null;
  sub_status_code: string | null;
  status_type: string | null;
  phase: string | null;
  scan_order: number | null;
  is_mapped: boolean;
  is_scan: boolean;
  is_exception: boolean;
  exception_group: string | null;
  is_date_only: boolean;
  first_seen_at: string;
  last_seen_at: string;
  quarantine_reason: string | null;
}

/** One row per parcel, as its last poll left it. */
export interface Parcels {
  tracking_number: string;
  account: string;
  carrier_code: string;
  multi_carrier: boolean;
  from_country: string | null;
  to_country: string | null;
  from_postal_area: string | null;
  to_postal_area: string | null;
  from_time_zone: string | null;
  to_time_zone: string | null;
  shipping_option_code: string;
  service_level: string;
  delivery_type: string;
  is_return: boolean;
  brand_id: number | null;
  integration_id: number | null;
  contract_id: number | null;
  label_at: string | null;
  label_date: string | null;
  is_label_date_only: boolean;
  handover_planned_at: string | null;
  dropped_at: string | null;
  returned_at: string | null;
  first_scan_at: string | null;
  first_scan_code: string | null;
  first_scan_date: string | null;
  is_first_scan_date_only: boolean;
  out_for_delivery_at: string | null;
  pickup_point_at: string | null;
  is_pickup_point_date_only: boolean;
  delivered_at: string | null;
  is_delivered_date_only: boolean;
  first_attempt_at: string | null;
  first_attempt_code: string | null;
  first_attempt_date: string | null;
  is_first_attempt_date_only: boolean;
  outcome: string;
  outcome_at: string | null;
  is_outcome_date_only: boolean;
  returned_after_delivery: boolean;
  observed_at: string;
  edd_original: string | null;
  edd_original_seen_at: string | null;
  edd_current: string | null;
  promise_foreseen: boolean | null;
  first_scan_delay_hours: number | null;
  first_scan_after_handover_hours: number | null;
  transit_measurable: boolean | null;
  transit_hours: number | null;
  possession_hours: number | null;
  transit_calendar_days: number | null;
  transit_working_days: number | null;
  label_to_door_hours: number | null;
  exception_count: number;
  first_exception_at: string | null;
  is_first_exception_date_only: boolean;
  first_exception_code: string | null;
  first_exception_group: string | null;
  exception_within_14d: boolean | null;
  exception_sender_within_14d: boolean | null;
  exception_recipient_within_14d: boolean | null;
  exception_carrier_within_14d: boolean | null;
  exception_border_within_14d: boolean | null;
  exception_unattributed_within_14d: boolean | null;
  inferred_exception_within_14d: boolean | null;
  first_attempt_success: boolean | null;
  diverted_to_pickup: boolean | null;
  handed_over_in_time: boolean | null;
  is_due: boolean;
  on_time: boolean | null;
  days_late: number | null;
  current_status: string | null;
  current_status_at: string | null;
  last_scan_code: string | null;
  last_carrier_event_at: string | null;
  outcome_working_days: number | null;
  observed_working_days: number | null;
  silent_working_days: number | null;
  quality_flags: string;
  reading_flags: string;
  unreadable_fields: string;
}

/** One row per parcel, cohort and period that the parcel started in, current or previous: what each rate says of it. */
export interface RateAnswers {
  period: string;
  cohort: string;
  tracking_number: string;
  account: string;
  carrier_code: string;
  start_date: string;
  never_scanned_7d_rate: boolean | null;
  acceptance_scan_rate: boolean | null;
  transit_measurable_rate: boolean | null;
  transit_2_working_days_rate: boolean | null;
  on_time_rate: boolean | null;
  on_time_foreseen_rate: boolean | null;
  promise_foreseen_rate: boolean | null;
  promise_kept_rate: boolean | null;
  promise_kept_plus_1d_rate: boolean | null;
  handed_over_late_rate: boolean | null;
  edd_coverage_rate: boolean | null;
  promise_seen_late_rate: boolean | null;
  exception_rate: boolean | null;
  exception_rate_sender: boolean | null;
  exception_rate_recipient: boolean | null;
  exception_rate_carrier: boolean | null;
  exception_rate_border: boolean | null;
  exception_rate_unattributed: boolean | null;
  inferred_exception_rate: boolean | null;
  first_attempt_success_rate: boolean | null;
  diverted_to_pickup_rate: boolean | null;
  returned_30d_rate: boolean | null;
  lost_30d_rate: boolean | null;
  forced_30d_rate: boolean | null;
  unresolved_30d_rate: boolean | null;
}

/** One row per cohort, start date and mix (carrier, lane, delivery type, service level, shipping option, brand, account) that has parcels: the counts behind every rate, to be added up over any slice of the last 400 days. */
export interface Cells {
  cohort: string;
  start_date: string;
  carrier_code: string;
  from_country: string | null;
  to_country: string | null;
  delivery_type: string;
  service_level: string;
  shipping_option_code: string;
  brand_id: number | null;
  account: string;
  never_scanned_7d_rate_n: number;
  never_scanned_7d_rate_x: number;
  acceptance_scan_rate_n: number;
  acceptance_scan_rate_x: number;
  transit_measurable_rate_n: number;
  transit_measurable_rate_x: number;
  transit_2_working_days_rate_n: number;
  transit_2_working_days_rate_x: number;
  on_time_rate_n: number;
  on_time_rate_x: number;
  on_time_foreseen_rate_n: number;
  on_time_foreseen_rate_x: number;
  promise_foreseen_rate_n: number;
  promise_foreseen_rate_x: number;
  promise_kept_rate_n: number;
  promise_kept_rate_x: number;
  promise_kept_plus_1d_rate_n: number;
  promise_kept_plus_1d_rate_x: number;
  handed_over_late_rate_n: number;
  handed_over_late_rate_x: number;
  edd_coverage_rate_n: number;
  edd_coverage_rate_x: number;
  promise_seen_late_rate_n: number;
  promise_seen_late_rate_x: number;
  exception_rate_n: number;
  exception_rate_x: number;
  exception_rate_sender_n: number;
  exception_rate_sender_x: number;
  exception_rate_recipient_n: number;
  exception_rate_recipient_x: number;
  exception_rate_carrier_n: number;
  exception_rate_carrier_x: number;
  exception_rate_border_n: number;
  exception_rate_border_x: number;
  exception_rate_unattributed_n: number;
  exception_rate_unattributed_x: number;
  inferred_exception_rate_n: number;
  inferred_exception_rate_x: number;
  first_attempt_success_rate_n: number;
  first_attempt_success_rate_x: number;
  diverted_to_pickup_rate_n: number;
  diverted_to_pickup_rate_x: number;
  returned_30d_rate_n: number;
  returned_30d_rate_x: number;
  lost_30d_rate_n: number;
  lost_30d_rate_x: number;
  forced_30d_rate_n: number;
  forced_30d_rate_x: number;
  unresolved_30d_rate_n: number;
  unresolved_30d_rate_x: number;
}

/** One row per parcel of the current scan cohort with a reported exception: from its first exception to the next scan that moves it forward. */
export interface ExceptionEpisodes {
  tracking_number: string;
  account: string;
  carrier_code: string | null;
  exception_group: string | null;
  exception_code: string;
  started_at: string;
  ended_at: string | null;
  ended_code: string | null;
  episode_hours: number | null;
  is_open: boolean;
  outcome: string;
  followed_until_at: string;
}

/** One row per cohort (label, scan), start date, mix as in cells, and hour: how many waits ended in that hour and how. */
export interface CellHours {
  cohort: string;
  start_date: string;
  carrier_code: string;
  from_country: string | null;
  to_country: string | null;
  delivery_type: string;
  service_level: string;
  shipping_option_code: string;
  brand_id: number | null;
  account: string;
  hour: number;
  interest: number;
  competing: number;
  censored: number;
}

/** One row per period and carrier; carrier_code '*' is all carriers together. */
export interface CarrierPerformance extends Figures {
  period: string;
  carrier_code: string;
  open_now: number | null;
  stalled_now: number | null;
  on_time_rate_adj: number | null;
  on_time_rate_adj_lo: number | null;
  on_time_rate_adj_hi: number | null;
  on_time_rate_expected: number | null;
  exception_rate_carrier_adj: number | null;
  exception_rate_carrier_adj_lo: number | null;
  exception_rate_carrier_adj_hi: number | null;
  exception_rate_carrier_expected: number | null;
  on_time_rate_adj_support: number | null;
  exception_rate_carrier_adj_support: number | null;
  adj_support: number | null;
  transit_2_working_days_rate_vs_others: number | null;
  transit_2_working_days_rate_vs_others_lo: number | null;
  transit_2_working_days_rate_vs_others_hi: number | null;
  transit_2_working_days_rate_vs_others_n: number | null;
  transit_2_working_days_rate_vs_others_share: number | null;
  transit_2_working_days_rate_vs_others_extra: number | null;
  on_time_rate_vs_others: number | null;
  on_time_rate_vs_others_lo: number | null;
  on_time_rate_vs_others_hi: number | null;
  on_time_rate_vs_others_n: number | null;
  on_time_rate_vs_others_share: number | null;
  on_time_rate_vs_others_extra: number | null;
  promise_kept_rate_vs_others: number | null;
  promise_kept_rate_vs_others_lo: number | null;
  promise_kept_rate_vs_others_hi: number | null;
  promise_kept_rate_vs_others_n: number | null;
  promise_kept_rate_vs_others_share: number | null;
  promise_kept_rate_vs_others_extra: number | null;
  exception_rate_carrier_vs_others: number | null;
  exception_rate_carrier_vs_others_lo: number | null;
  exception_rate_carrier_vs_others_hi: number | null;
  exception_rate_carrier_vs_others_n: number | null;
  exception_rate_carrier_vs_others_share: number | null;
  exception_rate_carrier_vs_others_extra: number | null;
  first_attempt_success_rate_vs_others: number | null;
  first_attempt_success_rate_vs_others_lo: number | null;
  first_attempt_success_rate_vs_others_hi: number | null;
  first_attempt_success_rate_vs_others_n: number | null;
  first_attempt_success_rate_vs_others_share: number | null;
  first_attempt_success_rate_vs_others_extra: number | null;
  transit_vs_others_2d: number | null;
  transit_vs_others_2d_lo: number | null;
  transit_vs_others_2d_hi: number | null;
  transit_vs_others_2d_n: number | null;
  transit_vs_others_2d_share: number | null;
  transit_vs_others_5d: number | null;
  transit_vs_others_5d_lo: number | null;
  transit_vs_others_5d_hi: number | null;
  transit_vs_others_5d_n: number | null;
  transit_vs_others_5d_share: number | null;
}

/** One row per period, carrier ('*' for all together), origin country, destination country and delivery type that has parcels. */
export interface LanePerformance extends Figures {
  period: string;
  carrier_code: string;
  from_country: string | null;
  to_country: string | null;
  delivery_type: string;
  transit_2_working_days_rate_vs_others: number | null;
  transit_2_working_days_rate_vs_others_lo: number | null;
  transit_2_working_days_rate_vs_others_hi: number | null;
  transit_2_working_days_rate_vs_others_n: number | null;
  transit_2_working_days_rate_vs_others_share: number | null;
  transit_2_working_days_rate_vs_others_extra: number | null;
  on_time_rate_vs_others: number | null;
  on_time_rate_vs_others_lo: number | null;
  on_time_rate_vs_others_hi: number | null;
  on_time_rate_vs_others_n: number | null;
  on_time_rate_vs_others_share: number | null;
  on_time_rate_vs_others_extra: number | null;
  promise_kept_rate_vs_others: number | null;
  promise_kept_rate_vs_others_lo: number | null;
  promise_kept_rate_vs_others_hi: number | null;
  promise_kept_rate_vs_others_n: number | null;
  promise_kept_rate_vs_others_share: number | null;
  promise_kept_rate_vs_others_extra: number | null;
  exception_rate_carrier_vs_others: number | null;
  exception_rate_carrier_vs_others_lo: number | null;
  exception_rate_carrier_vs_others_hi: number | null;
  exception_rate_carrier_vs_others_n: number | null;
  exception_rate_carrier_vs_others_share: number | null;
  exception_rate_carrier_vs_others_extra: number | null;
  first_attempt_success_rate_vs_others: number | null;
  first_attempt_success_rate_vs_others_lo: number | null;
  first_attempt_success_rate_vs_others_hi: number | null;
  first_attempt_success_rate_vs_others_n: number | null;
  first_attempt_success_rate_vs_others_share: number | null;
  first_attempt_success_rate_vs_others_extra: number | null;
  transit_vs_others_2d: number | null;
  transit_vs_others_2d_lo: number | null;
  transit_vs_others_2d_hi: number | null;
  transit_vs_others_2d_n: number | null;
  transit_vs_others_2d_share: number | null;
  transit_vs_others_5d: number | null;
  transit_vs_others_5d_lo: number | null;
  transit_vs_others_5d_hi: number | null;
  transit_vs_others_5d_n: number | null;
  transit_vs_others_5d_share: number | null;
}

/** One row per period, carrier and shipping option that has parcels. */
export interface ShippingOptionPerformance extends Figures {
  period: string;
  carrier_code: string;
  shipping_option_code: string | null;
}

/** One row per period, carrier ('*' for all together) and brand that has parcels. */
export interface BrandPerformance extends Figures {
  period: string;
  carrier_code: string;
  brand_id: number | null;
}

/** One row per period, carrier ('*' for all together) and account that has parcels. */
export interface AccountPerformance extends Figures {
  period: string;
  carrier_code: string;
  account: string;
}

/** One row per carrier ('*' for all together) and ISO week that has parcels, over the last 53 weeks. */
export interface WeeklyPerformance extends Figures {
  carrier_code: string;
  week_start_date: string;
}

/** One row per carrier ('*' for all together) and whole hour since the first scan, 0 to 336 (14 days): the share attempted by then. */
export interface TransitCurves {
  carrier_code: string;
  hours: number;
  share: number | null;
  share_lo: number | null;
  share_hi: number | null;
  at_risk: number;
}

/** One row per carrier ('*' for all together) and whole hour since the label, 0 to 336 (14 days): the share scanned by then. */
export interface FirstScanCurves {
  carrier_code: string;
  hours: number;
  share: number | null;
  share_lo: number | null;
  share_hi: number | null;
  at_risk: number;
}

/** One row per carrier ('*' for all together) and metric: the current window beside the previous one. */
export interface PeriodChanges {
  carrier_code: string;
  metric: string;
  current_value: number | null;
  previous_value: number | null;
  difference: number | null;
  difference_lo: number | null;
  difference_hi: number | null;
  current_n: number;
  previous_n: number;
  is_clear: boolean | null;
  direction: string;
}

/** One row per carrier ('*' for all together), metric that can alert and week that has a value: the value beside limits drawn from the carrier's own weeks before. */
export interface WeeklyControl {
  carrier_code: string;
  metric: string;
  week_start_date: string;
  value: number;
  n: number;
  is_mature: boolean;
  centre: number | null;
  limit_lo: number | null;
  limit_hi: number | null;
  outside: string | null;
  marked: string | null;
}

/** One row per carrier, metric, side and first week: an alert. */
export interface Alerts {
  carrier_code: string;
  metric: string;
  side: string;
  is_worse: boolean;
  first_week: string;
  last_week: string;
  weeks: number;
  kind: string;
  is_open: boolean;
  value: number;
  n: number;
  usual: number;
  p: number;
}

/** One row per alert of a rate and lane of the carrier with parcels in the marked weeks: where the alert comes from. */
export interface AlertLanes {
  carrier_code: string;
  metric: string;
  side: string;
  first_week: string;
  from_country: string | null;
  to_country: string | null;
  delivery_type: string;
  n: number;
  x: number;
  usual: number;
  extra: number;
  is_named: boolean;
}

/** One row per agreed figure of seeds/targets.csv, in its order: what came of it. */
export interface Targets {
  target_number: number;
  carrier_code: string | null;
  from_country: string | null;
  to_country: string | null;
  delivery_type: string | null;
  service_level: string | null;
  metric: string;
  target: number;
  from_date: string | null;
  to_date: string | null;
  note: string | null;
  first_start_date: string;
  last_start_date: string;
  n: number;
  x: number;
  rate: number | null;
  rate_lo: number | null;
  rate_hi: number | null;
  verdict: string;
  short_by: number | null;
  short_by_lo: number | null;
  short_by_hi: number | null;
}

/** One row per statement that a page may make: a carrier, or a lane of one, against the other carriers, an open alert for the worse, a lane that does worse than in its own weeks before, an agreed figure, or a hand-over cut-off that moved. */
export interface Candidates {
  kind: string;
  scope: string;
  carrier_code: string;
  from_country: string | null;
  to_country: string | null;
  delivery_type: string | null;
  metric: string;
  side: string | null;
  first_week: string | null;
  target_number: number | null;
  is_worse: boolean | null;
  p: number;
  p_holm: number;
  is_sure: boolean;
}

/** One row per period, scope, carrier, rival, lane and metric: the difference like with like, over the strata (lane, delivery type, service level) that both sides serve, weighted with the carrier's own parcels. */
export interface Comparisons {
  period: string;
  scope: string;
  carrier_code: string;
  other_carrier_code: string;
  from_country: string | null;
  to_country: string | null;
  delivery_type: string | null;
  metric: string;
  difference: number | null;
  difference_lo: number | null;
  difference_hi: number | null;
  n: number;
  share: number;
  other_n: number;
  extra: number | null;
  own_rate: number | null;
  other_rate: number | null;
  p: number | null;
  is_comparable: boolean;
  is_worse: boolean | null;
  is_sure: boolean;
}

/** One row per case, at most three, the one that cost most parcels first: a carrier on a lane, or a carrier, to talk to. */
export interface Cases {
  case_number: number;
  kind: string;
  carrier_code: string;
  from_country: string | null;
  to_country: string | null;
  delivery_type: string | null;
  metric: string;
  compared_with: string;
  n: number;
  x: number | null;
  value: number;
  usual: number;
  extra: number | null;
  extra_lo: number | null;
  extra_hi: number | null;
  share: number | null;
  p: number;
  p_holm: number;
  since: string;
  weeks: number | null;
  elsewhere_n: number | null;
  elsewhere_x: number | null;
  elsewhere_usual: number | null;
  is_elsewhere_unchanged: boolean | null;
  target_number: number | null;
  looked_at: number;
}

/** One row per carrier ('*' for all together), exception group, status code and sub-code that the carrier reported within 14 days of the first scan. */
export interface ExceptionCodes {
  carrier_code: string;
  exception_group: string | null;
  status_code: string;
  sub_status_code: string;
  parcels: number;
  events: number;
  share: number;
  share_lo: number;
  share_hi: number;
  n: number;
}

/** One row per carrier ('*' for all together) and exception group ('*' for all together): how long exceptions take to resolve. */
export interface ExceptionEpisodeSummary {
  carrier_code: string;
  exception_group: string;
  episodes: number;
  resolved_p50_hours: number | null;
  resolved_p50_hours_lo: number | null;
  resolved_p50_hours_hi: number | null;
  resolved_p90_hours: number | null;
  resolved_share: number;
  resolved_share_lo: number;
  resolved_share_hi: number;
}

/** One row per carrier ('*' for all together): how long parcels wait at a pick-up point until they are collected. */
export interface PickupPointDwell {
  carrier_code: string;
  parcels: number;
  dwell_p50_hours: number | null;
  dwell_p50_hours_lo: number | null;
  dwell_p50_hours_hi: number | null;
  dwell_p90_hours: number | null;
  dwell_p90_hours_lo: number | null;
  dwell_p90_hours_hi: number | null;
  collected_share: number;
  collected_share_lo: number;
  collected_share_hi: number;
}

/** One row per carrier ('*' for all together), weekday and hour of the label, local to the origin: how long labels made then wait for their first scan. */
export interface LabelWaiting {
  carrier_code: string;
  label_weekday: number;
  label_hour: number;
  labels: number;
  median_hours: number | null;
  median_hours_lo: number | null;
  median_hours_hi: number | null;
}

/** One row per carrier ('*' for all together) and period: the hour, local to the origin, from which labels of Mondays to Thursdays wait for the next collection. */
export interface HandOverCutOffs {
  carrier_code: string;
  period: string;
  labelled: number;
  hours_counted: number;
  cut_off_hour: number | null;
  step_hours: number | null;
  hours_before: number | null;
  hours_before_lo: number | null;
  hours_before_hi: number | null;
  hours_before_n: number | null;
  hours_after: number | null;
  hours_after_lo: number | null;
  hours_after_hi: number | null;
  hours_after_n: number | null;
  labelled_after: number | null;
  moved_by_hours: number | null;
  moved_p: number | null;
  between_waited_from: number | null;
  between_labels: number | null;
  between_late_labels: number | null;
  between_days: number | null;
  between_late_days: number | null;
}

/** One row per carrier ('*' for all together): where its parcels are in the 14 days (336 hours) after the label, in hours a parcel. */
export interface DelayBreakdown {
  carrier_code: string;
  hours_to_scan: number | null;
  hours_to_attempt: number | null;
  hours_to_delivery: number | null;
  parcels: number;
}

/** One row per carrier ('*' for all together) and whole hour since the label, 0 to 336 (14 days): where its parcels are by then. */
export interface ParcelDays {
  carrier_code: string;
  hours: number;
  scanned_share: number | null;
  attempted_share: number | null;
  delivered_share: number | null;
}

/** One row per carrier ('*' for all together), kind and number of days: how far promises were moved, and how early or late parcels came. */
export interface PromiseDrift {
  carrier_code: string;
  kind: string;
  days: number;
  parcels: number;
  share: number;
  n: number;
}

/** One row per carrier and kind of report, for carriers with an outbound parcel scanned in the 365 days up to the window's end: does it report that at all? A rate that rests on what is never reported says nothing. */
export interface CarrierReports {
  carrier_code: string;
  kind: string;
  parcels: number;
  reported: number;
  is_reported: boolean | null;
}

/** One row per outbound parcel that was scanned, is open, and about which the carrier has been silent for too many working days (see thresholds). */
export interface StalledParcels {
  tracking_number: string;
  account: string;
  carrier_code: string | null;
  from_country: string | null;
  to_country: string | null;
  delivery_type: string;
  shipping_option_code: string | null;
  first_scan_at: string;
  current_status: string | null;
  current_status_at: string;
  last_carrier_event_at: string;
  silent_working_days: number;
  edd_original: string | null;
  observed_at: string;
}

/** One row per outbound parcel that was scanned, is open and not attempted yet, and whose first promised day is over. */
export interface OverdueParcels {
  tracking_number: string;
  account: string;
  carrier_code: string | null;
  from_country: string | null;
  to_country: string | null;
  delivery_type: string;
  shipping_option_code: string | null;
  first_scan_at: string;
  current_status: string | null;
  current_status_at: string;
  last_carrier_event_at: string;
  edd_original: string;
  observed_at: string;
  days_overdue: number;
}

/** One row per note of seeds/notes.csv: what happened on a day and shows in the figures. */
export interface Notes {
  date: string;
  carrier_code: string | null;
  text: string;
}

/** One row per registered number that is no longer asked for, because the API refused it for five nights in a row or does not know it. */
export interface DeadLetters {
  tracking_number: string;
  account: string;
  carrier_code: string | null;
  reason: string;
  dead_since: string;
  registered_at: string;
}

/** One row per carrier in the data. */
export interface Carriers {
  carrier_code: string;
  carrier_name: string;
  colour_rank: number;
  first_landed_date: string;
  parcels: number;
  claim_days: number | null;
}

/** One row per status code that seeds/status_codes.csv knows: what it is to every figure, and how a page says it. */
export interface StatusCodes {
  status_code: string;
  phase: string;
  scan_order: number | null;
  is_scan: boolean;
  is_exception: boolean;
  exception_group: string | null;
  words: string;
}

/** One row per number that decides what is shown, compared and flagged, from seeds/thresholds.csv. */
export interface Thresholds {
  name: string;
  value: number;
  meaning: string | null;
}

/** One row per check of the data (not of our arithmetic): how much is affected, and what that means for the figures. */
export interface DataQuality {
  check_name: string;
  count: number;
  share: number | null;
  worst_carrier_code: string | null;
  worst_carrier_share: number | null;
  meaning: string;
  is_warning: boolean;
}

/** Every published table by name, as a typed query builder wants it. */
export interface Snapshot {
  run_parameters: RunParameters;
  metrics: Metrics;
  accounts: Accounts;
  events: Events;
  parcels: Parcels;
  rate_answers: RateAnswers;
  cells: Cells;
  exception_episodes: ExceptionEpisodes;
  cell_hours: CellHours;
  carrier_performance: CarrierPerformance;
  lane_performance: LanePerformance;
  shipping_option_performance: ShippingOptionPerformance;
  brand_performance: BrandPerformance;
  account_performance: AccountPerformance;
  weekly_performance: WeeklyPerformance;
  transit_curves: TransitCurves;
  first_scan_curves: FirstScanCurves;
  period_changes: PeriodChanges;
  weekly_control: WeeklyControl;
  alerts: Alerts;
  alert_lanes: AlertLanes;
  targets: Targets;
  candidates: Candidates;
  comparisons: Comparisons;
  cases: Cases;
  exception_codes: ExceptionCodes;
  exception_episode_summary: ExceptionEpisodeSummary;
  pickup_point_dwell: PickupPointDwell;
  label_waiting: LabelWaiting;
  hand_over_cut_offs: HandOverCutOffs;
  delay_breakdown: DelayBreakdown;
  parcel_days: ParcelDays;
  promise_drift: PromiseDrift;
  carrier_reports: CarrierReports;
  stalled_parcels: StalledParcels;
  overdue_parcels: OverdueParcels;
  notes: Notes;
  dead_letters: DeadLetters;
  carriers: Carriers;
  status_codes: StatusCodes;
  thresholds: Thresholds;
  data_quality: DataQuality;
}
