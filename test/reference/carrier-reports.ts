/** What a carrier reports at all: a rate of zero means nothing where the thing is never reported. */
import type { Milestones } from './parcels.js';

export type ReportKind = 'acceptance' | 'attempt' | 'pickup_point' | 'exception' | 'promise' | 'sub_status';

export interface CarrierReportRow {
  carrier_code: string;
  kind: ReportKind;
  parcels: number;
  reported: number;
  is_reported: boolean | null;
}

const WINDOW_DAYS = 365;

const kinds: Record<ReportKind, (parcel: Milestones) => boolean> = {
  acceptance: ({ hasReported }) => hasReported.codes.has('accepted'),
  attempt: ({ hasReported }) => hasReported.codes.has('attempted'),
  pickup_point: ({ hasReported }) => hasReported.codes.has('pup'),
  exception: ({ hasReported }) => hasReported.exception,
  promise: ({ eddOriginal }) => eddOriginal !== null,
  sub_status: ({ hasReported }) => hasReported.subStatus,
};

/** Null where too few were seen to say that it is never reported. */
export function judgeReported(
  own: { parcels: number; reported: number },
  others: { parcels: number; reported: number },
): boolean | null {
  if (own.reported > 0) return true;
  // Nobody to be held against: there is no other carrier, or none that reports it.
  if (others.reported === 0) return own.parcels >= 300 ? false : null;
  const expected = (own.parcels * others.reported) / others.parcels;
  return own.parcels >= 100 && expected >= 5 - 1e-9 ? false : null;
}

/** `today` is the clock's UTC date; milestones stand at the clock. */
export function carrierReportRows(parcels: Milestones[], today: number): CarrierReportRow[] {
  const scanned = parcels.filter(
    ({ isReturn, firstScanDay: day }) =>
      !isReturn && day !== null && day >= today - WINDOW_DAYS && day < today,
  );
  const carriers = [...new Set(scanned.map(({ carrierCode }) => carrierCode))];
  const count = (counted: Milestones[], isReported: (parcel: Milestones) => boolean) => ({
    parcels: counted.length,
    reported: counted.filter(isReported).length,
  });
  return carriers.flatMap((carrier) => {
    const own = scanned.filter(({ carrierCode }) => carrierCode === carrier);
    const others = scanned.filter(({ carrierCode }) => carrierCode !== carrier);
    return Object.entries(kinds).map(([kind, isReported]): CarrierReportRow => {
      const mine = count(own, isReported);
      const judged = judgeReported(mine, count(others, isReported));
      return { carrier_code: carrier, kind: kind as ReportKind, ...mine, is_reported: judged };
    });
  });
}
