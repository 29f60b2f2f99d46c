/**
 * Shapes of the reference implementation. Public rows carry the column names of the metrics contract; timestamps in
 * them are ISO text with six digits ('2026-01-31T09:00:00.000000Z'), dates 'YYYY-MM-DD', everything else number,
 * boolean, string or null.
 */
export type ExceptionGroup = 'sender' | 'recipient' | 'carrier' | 'border' | 'unattributed';

export interface StatusCodeSeed {
  status_code: string;
  phase: string;
  scan_order: number | null;
  is_scan: boolean;
  is_exception: boolean;
  exception_group: ExceptionGroup | null;
}

export interface Seeds {
  statusCodes: StatusCodeSeed[];
  countryZones: { country_code: string; time_zone: string }[];
  /** SQL LIKE patterns on the lower-cased shipping option code; the first match in this order counts. */
  serviceLevels: { pattern: string; service_level: string }[];
  /** ISO weekdays as digits, '12345' is Monday to Friday. */
  operatingDays: { carrier_code: string; country_code: string; operating_weekdays: string }[];
}

export interface Observation {
  observedAt: Date;
  /** The raw body of the API's answer. */
  response: unknown;
}

export type QuarantineReason = 'no_timestamp' | 'implausible' | 'future' | 'before_label';

export interface EventRow {
  tracking_number: string;
  event_at: string | null;
  event_type: string | null;
  status_code: string | null;
  sub_status_code: string | null;
  status_type: string | null;
  first_seen_at: string;
  last_seen_at: string;
  quarantine_reason: QuarantineReason | null;
  is_date_only: boolean | null;
}

export type DeliveryType = 'home' | 'mailbox' | 'service_point';
export type Outcome = 'delivered' | 'returned' | 'lost' | 'cancelled' | 'forced' | 'open';

export interface ParcelRow {
  tracking_number: string;
  carrier_code: string;
  multi_carrier: boolean;
  from_country: string | null;
  to_country: string | null;
  from_postal_area: string | null;
  to_postal_area: string | null;
  shipping_option_code: string;
  service_level: string;
  delivery_type: DeliveryType;
  is_return: boolean;
  label_at: string | null;
  dropped_at: string | null;
  returned_at: string | null;
  first_scan_at: string | null;
  first_scan_code: string | null;
  out_for_delivery_at: string | null;
  pickup_point_at: string | null;
  delivered_at: string | null;
  first_attempt_at: string | null;
  outcome: Outcome;
  outcome_at: string | null;
  returned_after_delivery: boolean;
  observed_at: string;
  edd_original: string | null;
  edd_original_seen_at: string | null;
  edd_current: string | null;
  promise_foreseen: boolean | null;
  first_scan_delay_hours: number | null;
  transit_measurable: boolean | null;
  transit_hours: number | null;
  possession_hours: number | null;
  transit_calendar_days: number | null;
  transit_working_days: number | null;
  label_to_door_hours: number | null;
  exception_count: number;
  first_exception_at: string | null;
  first_exception_code: string | null;
  first_exception_group: ExceptionGroup | null;
  exception_within_14d: boolean | null;
  inferred_exception_within_14d: boolean | null;
  first_attempt_success: boolean | null;
  diverted_to_pickup: boolean | null;
  handed_over_in_time: boolean | null;
  is_due: boolean;
  on_time: boolean | null;
  days_late: number | null;
  current_status: string | null;
  current_status_at: string | null;
  last_carrier_event_at: string | null;
  quality_flags: string;
}

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
  | `exception_rate_${ExceptionGroup}`
  | 'first_attempt_success_rate'
  | 'diverted_to_pickup_rate'
  | 'returned_30d_rate'
  | 'lost_30d_rate'
  | 'forced_30d_rate'
  | 'unresolved_30d_rate';

export type EstimateName =
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

export type AdjustedName = 'on_time_rate' | 'exception_rate_carrier';

/** The rates that are set against all other carriers, like with like. */
export type ComparedName =
  | 'on_time_rate'
  | 'promise_kept_rate'
  | 'exception_rate_carrier'
  | 'first_attempt_success_rate'
  | 'transit_2_working_days_rate';

export type AgainstOthersColumns = Record<
  | `${ComparedName}_vs_others${'' | '_lo' | '_hi' | '_n' | '_share' | '_extra'}`
  | `transit_vs_others_${'2d' | '5d'}${'' | '_lo' | '_hi' | '_n' | '_share'}`,
  number | null
>;

/** Every column that all grains of the performance tables have. */
export type PerformanceColumns = {
  labelled: number;
  scanned: number;
  open_now: number | null;
  stalled_now: number | null;
} & Record<RateName | `${RateName}_lo` | `${RateName}_hi`, number | null> &
  Record<`${RateName}_n`, number> &
  Record<EstimateName | `${EstimateName}_lo` | `${EstimateName}_hi`, number | null>;

export type AdjustedColumns = Record<
  | `${AdjustedName}_adj`
  | `${AdjustedName}_adj_lo`
  | `${AdjustedName}_adj_hi`
  | `${AdjustedName}_expected`
  | 'adj_support',
  number | null
>;

export type PeriodName = 'current' | 'previous';

export type PerformanceRow = {
  carrier_code: string;
  period: PeriodName;
} & PerformanceColumns &
  AdjustedColumns &
  AgainstOthersColumns;

export type LaneRow = {
  carrier_code: string;
  from_country: string | null;
  to_country: string | null;
  delivery_type: DeliveryType;
  period: PeriodName;
} & PerformanceColumns &
  AgainstOthersColumns;

export type OptionRow = {
  carrier_code: string;
  shipping_option_code: string;
  period: PeriodName;
} & PerformanceColumns;

export type BrandRow = {
  carrier_code: string;
  brand_id: number | null;
  period: PeriodName;
} & PerformanceColumns;

export type WeekRow = {
  carrier_code: string;
  /** The Monday. */
  week_start_date: string;
} & PerformanceColumns;

export interface Exclusions {
  date_only_start: number;
  date_only_end: number;
  negative_duration: number;
}

export interface DataQuality {
  /** Usable events whose code is null or missing from the seed. */
  unmapped_status_code: number;
  quarantined: Record<QuarantineReason, number>;
  /** Current period, all carriers; by horizon: 7 d of the label cohort, 14 and 30 d of the scan cohort. */
  not_observed_long_enough: {
    label_7d: number;
    scan_7d: number;
    scan_14d: number;
    scan_30d: number;
    unresolved_30d: number;
  };
  /** Parcels whose carrier or shipping-option code was not written as its slug. */
  unusual_code: number;
  implausible_label: number;
  no_label: number;
  /** Current period, all carriers: parcels of the cohort that the hour curves leave out. */
  first_scan_excluded: Exclusions;
  transit_excluded: Exclusions;
  /** Answers without a first tracking number: no parcel to give them to. */
  unattributable_observations: number;
}
