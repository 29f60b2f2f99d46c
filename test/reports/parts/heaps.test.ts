import { expect, it } from 'vitest';
import { claimBy, heapOf, sortHeaps } from '../../../reports/parts/heaps.js';
import type { Snapshot, StalledRow } from '../../../reports/snapshot.js';

const parameters = { as_of_date: '2026-11-03' };
const carriers = [
  { carrier_code: 'postnl', claim_days: 30 },
  { carrier_code: 'ups', claim_days: null },
];

/** [number, carrier, first scan, silent working days] */
type Line = [string, string, string, number];

function snapshotOf(lines: readonly Line[]): Snapshot {
  const stalled = lines.map(([tracking_number, carrier_code, day, silent_working_days]) => ({
    ...{ tracking_number, carrier_code, silent_working_days, first_scan_at: `${day}T09:00:00Z` },
  }));
  return { parameters, carriers, stalled, accounts: [] } as unknown as Snapshot;
}

function heapOfOne(line: Line): string {
  const snapshot = snapshotOf([line]);
  return heapOf(snapshot.stalled[0] as StalledRow, snapshot);
}

it('asks up to 15 working days, then claims to the last day of the claim time', () => {
  expect(heapOfOne(['a', 'postnl', '2026-01-01', 15])).toBe('act');
  expect(heapOfOne(['a', 'postnl', '2026-10-04', 16])).toBe('claim');
  expect(heapOfOne(['a', 'postnl', '2026-10-03', 16])).toBe('over');
});

it('gives up no parcel whose claim time nobody knows', () => {
  expect(heapOfOne(['a', 'ups', '2025-01-01', 300])).toBe('claim');
  expect(heapOfOne(['a', 'nobody', '2025-01-01', 300])).toBe('claim');
  const snapshot = snapshotOf([['a', 'ups', '2025-01-01', 300]]);
  expect(claimBy(snapshot.stalled[0] as StalledRow, snapshot)).toBeNull();
});

it('says the last day to claim on', () => {
  const snapshot = snapshotOf([['a', 'postnl', '2026-10-04', 16]]);
  expect(claimBy(snapshot.stalled[0] as StalledRow, snapshot)).toBe('2026-11-03');
});

it('marks what entered its heap since the night before, and nothing without one', () => {
  const now = snapshotOf([
    ['stays', 'postnl', '2026-10-20', 10],
    ['enters', 'postnl', '2026-10-20', 6],
    ['turns', 'ups', '2026-10-01', 16],
  ]);
  const before = snapshotOf([
    ['stays', 'postnl', '2026-10-20', 9],
    ['turns', 'ups', '2026-10-01', 15],
  ]);
  const fresh = (previous: Snapshot | null) =>
    Object.entries(sortHeaps(now, previous)).map(([heap, parcels]) => [
      heap,
      parcels.filter(({ isNew }) => isNew).map(({ row }) => row.tracking_number),
    ]);
  expect(Object.fromEntries(fresh(before))).toEqual({ act: ['enters'], claim: ['turns'], over: [] });
  expect(Object.fromEntries(fresh(null))).toEqual({ act: [], claim: [], over: [] });
});
