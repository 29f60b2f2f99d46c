import type { LaneRow } from '../snapshot.js';

/** The carrier's own figures on the sheet that both sides sign, in their order. */
export const sheetFigures = [
  'on_time_rate',
  'promise_kept_rate',
  'transit_2_working_days_rate',
  'transit_p50_hours',
  'transit_p90_hours',
  'exception_rate_carrier',
  'first_attempt_success_rate',
  'returned_30d_rate',
  'lost_30d_rate',
] as const;

/** The shipper's part, beside them. */
export const handOverFigures = [
  'handed_over_late_rate',
  'first_scan_p50_hours',
  'first_scan_p90_hours',
  'never_scanned_7d_rate',
] as const;

/**
 * Rates of which the other carriers together may stand beside. Not promise_kept_rate: with on_time_rate it gives away the parcels handed
 * over late, which may be one carrier's. Percentiles of several carriers cannot be put together from theirs.
 */
export const otherFigures: readonly string[] = [
  'on_time_rate',
  'transit_2_working_days_rate',
  'exception_rate_carrier',
  'first_attempt_success_rate',
  'returned_30d_rate',
  'lost_30d_rate',
];

/** Those that stand lane by lane too. */
export const laneFigures: readonly string[] = [
  'on_time_rate',
  'transit_2_working_days_rate',
  'exception_rate_carrier',
];

/** Names a lane, as the others' figures do. */
export function placeOf(row: Pick<LaneRow, 'from_country' | 'to_country' | 'delivery_type'>): string {
  return [row.from_country ?? '', row.to_country ?? '', row.delivery_type].join('|');
}
