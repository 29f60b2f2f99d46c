import { addDays } from 'date-fns/addDays';
import { differenceInCalendarDays } from 'date-fns/differenceInCalendarDays';
import { lightFormat } from 'date-fns/lightFormat';
import { parseISO } from 'date-fns/parseISO';
import { keyOfParcel, type Snapshot, type StalledRow } from '../snapshot.js';

/** Silent for so many working days, a parcel is past asking. */
export const askedUpTo = 15;

export const heaps = ['act', 'claim', 'over'] as const;
/** act: ask the carrier now; claim: past asking, and its claim time is not over; over: it is. */
export type Heap = (typeof heaps)[number];

/** The last day on which a loss can be claimed, YYYY-MM-DD; null where the carrier's claim time is not known. */
export function claimBy(row: StalledRow, { carriers }: Pick<Snapshot, 'carriers'>): string | null {
  const days = carriers.find((carrier) => carrier.carrier_code === row.carrier_code)?.claim_days ?? null;
  return days === null
    ? null
    : lightFormat(addDays(parseISO(row.first_scan_at.slice(0, 10)), days), 'yyyy-MM-dd');
}

/** What is to be done about a stalled parcel; without a known claim time it is never given up. */
export function heapOf(row: StalledRow, snapshot: Pick<Snapshot, 'carriers' | 'parameters'>): Heap {
  if (row.silent_working_days <= askedUpTo) return 'act';
  const last = claimBy(row, snapshot);
  const today = parseISO(snapshot.parameters.as_of_date);
  return last === null || differenceInCalendarDays(parseISO(last), today) >= 0 ? 'claim' : 'over';
}

/** The parcels of each heap, and which of them were not in it the night before; no news without that night. */
export function sortHeaps(
  snapshot: Snapshot,
  previous: Snapshot | null,
): Record<Heap, { row: StalledRow; isNew: boolean }[]> {
  const before = new Map(
    (previous?.stalled ?? []).map((row) => [keyOfParcel(row, previous), heapOf(row, previous as Snapshot)]),
  );
  const sorted: Record<Heap, { row: StalledRow; isNew: boolean }[]> = { act: [], claim: [], over: [] };
  for (const row of snapshot.stalled) {
    const heap = heapOf(row, snapshot);
    sorted[heap].push({ row, isNew: previous !== null && before.get(keyOfParcel(row, previous)) !== heap });
  }
  return sorted;
}
