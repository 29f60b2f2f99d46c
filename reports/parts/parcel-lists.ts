import type { OverdueRow, StalledRow } from '../snapshot.js';
import { toCsv } from './csv.js';

const parcelColumns = [
  'tracking_number',
  'carrier_code',
  'from_country',
  'to_country',
  'delivery_type',
  'shipping_option_code',
  'first_scan_at',
  'current_status',
  'current_status_at',
  'last_carrier_event_at',
] as const;

const account = (isOfSeveral: boolean) => (isOfSeveral ? (['account'] as const) : []);

/** The whole list of stalled parcels, each with its account where there are several. */
export function makeStalledCsv(rows: readonly StalledRow[], isOfSeveral: boolean): string {
  return toCsv(
    [...account(isOfSeveral), ...parcelColumns, 'silent_working_days', 'edd_original', 'observed_at'],
    rows,
  );
}

/** The whole list of overdue parcels, likewise. */
export function makeOverdueCsv(rows: readonly OverdueRow[], isOfSeveral: boolean): string {
  return toCsv(
    [...account(isOfSeveral), ...parcelColumns, 'edd_original', 'days_overdue', 'observed_at'],
    rows,
  );
}
