import type { Parcels } from '../schema.js';
import { microsOf } from './clock.js';

const noScan = 'the carrier reported no physical scan';
const noAttempt = 'there was no attempt';
/** Why there is no promise. */
export function sayNoPromise({ unreadable_fields }: Parcels): string {
  return unreadable_fields.split(', ').includes('details.expected_delivery_date')
    ? 'the promised day could not be read: what it means is not certain'
    : 'no poll showed a promised day';
}

/** Why there is no label time. */
export function sayNoLabel({ unreadable_fields }: Parcels): string {
  return unreadable_fields.split(', ').includes('announced_at')
    ? 'when the label was made could not be read: what it means is not certain'
    : 'when the label was made is not known';
}

/** Why the hours between two instants are not known; null where they are. */
function whyNoHours(
  from: string | null,
  to: string | null,
  [noStart, noEnd]: readonly [string, string],
  isDateOnly: boolean,
  mayRunBackwards: boolean,
): string | null {
  if (from === null) return noStart;
  if (to === null) return noEnd;
  if (isDateOnly) return 'one of its ends has a date and no time';
  return !mayRunBackwards && microsOf(to) < microsOf(from) ? 'its end lies before its start' : null;
}

function whyNoTransit({ first_scan_at, first_scan_code, transit_measurable }: Parcels): string | null {
  if (first_scan_at === null) return noScan;
  return transit_measurable === true ? null : `first seen as ${first_scan_code}: unknown, not short`;
}

function whyNotDue(parcel: Parcels): string {
  const { outcome, edd_original } = parcel;
  if (edd_original === null) return sayNoPromise(parcel);
  if (outcome === 'cancelled') return 'the parcel was cancelled';
  if (outcome === 'forced') return 'closed by the platform without a scan';
  return `${edd_original} was not over when it was last polled, and there was no attempt`;
}

const gaps: { readonly [K in keyof Parcels]?: (parcel: Parcels) => string | null } = {
  first_scan_delay_hours: (parcel) =>
    whyNoHours(
      parcel.label_at,
      parcel.first_scan_at,
      [sayNoLabel(parcel), noScan],
      parcel.is_label_date_only || parcel.is_first_scan_date_only,
      false,
    ),
  handover_planned_at: () => 'the list of shipments gives no planned handover for it',
  first_scan_after_handover_hours: (parcel) =>
    whyNoHours(
      parcel.handover_planned_at,
      parcel.first_scan_at,
      ['no handover was planned in the list of shipments', noScan],
      true,
      true,
    ),
  transit_measurable: () => noScan,
  transit_hours: (parcel) =>
    whyNoTransit(parcel) ??
    whyNoHours(
      parcel.first_scan_at,
      parcel.first_attempt_at,
      [noScan, noAttempt],
      parcel.is_first_scan_date_only || parcel.is_first_attempt_date_only,
      true,
    ),
  transit_calendar_days: (parcel) => whyNoTransit(parcel) ?? noAttempt,
  transit_working_days: (parcel) => whyNoTransit(parcel) ?? noAttempt,
  possession_hours: (parcel) =>
    whyNoTransit(parcel) ??
    whyNoHours(
      parcel.first_scan_at,
      parcel.delivered_at,
      [noScan, 'there was no delivery scan'],
      parcel.is_first_scan_date_only || parcel.is_delivered_date_only,
      true,
    ),
  label_to_door_hours: (parcel) =>
    whyNoHours(
      parcel.label_at,
      parcel.first_attempt_at,
      [sayNoLabel(parcel), noAttempt],
      parcel.is_label_date_only || parcel.is_first_attempt_date_only,
      false,
    ),
  promise_foreseen: sayNoPromise,
  handed_over_in_time: sayNoPromise,
  on_time: whyNotDue,
  days_late: (parcel) => (parcel.edd_original === null ? sayNoPromise(parcel) : noAttempt),
  exception_within_14d: () => noScan,
  first_attempt_success: ({ delivery_type }) =>
    delivery_type === 'home' ? noAttempt : `not a home parcel (${delivery_type})`,
  diverted_to_pickup: ({ delivery_type }) =>
    delivery_type === 'home' ? noAttempt : `not a home parcel (${delivery_type})`,
  silent_working_days: ({ outcome }) => (outcome === 'open' ? noScan : `not open: ${outcome}`),
};

/** Why this parcel has no value in a column, in its own case; null where the column has no words of its own for that. */
export function whyMissing(parcel: Parcels, column: keyof Parcels): string | null {
  return parcel[column] === null ? (gaps[column]?.(parcel) ?? null) : null;
}
