import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeReported } from './carrier-reports.js';
import { compareTables } from './compare.js';
import { breakDownDelay, parcelDayRows } from './delay.js';
import type { Sample } from './estimators.js';
import { randomHistories } from './histories.js';
import { rates } from './rates.js';
import type { WaySamples } from './samples.js';
import { AS_OF, compute, observe } from './stories.js';

describe('delay', () => {
  const at = (t: number): Sample => ({ t, kind: 'interest' });
  const back = (t: number): Sample => ({ t, kind: 'competing' });
  const open = (t: number): Sample => ({ t, kind: 'censored' });
  const way = (scan: Sample, attempt: Sample, delivery: Sample): WaySamples => ({ scan, attempt, delivery });

  test('areas by hand: one delivered, one sent back', () => {
    const ways = [way(at(10), at(30), at(40)), way(at(20), back(100), back(100))];
    const delay = breakDownDelay(ways);
    // Nobody to 10, half to 20; then half of the way to 30 twice; who went back stays on the way to the door.
    expect(delay.hours_to_scan).toBeCloseTo(10 + 5, 9);
    expect(delay.hours_to_attempt).toBeCloseTo(5 + 10 + 0.5 * 306, 9);
    expect(delay.hours_to_delivery).toBeCloseTo(0.5 * 10, 9);
    const days = parcelDayRows('gls', ways);
    expect(days).toHaveLength(337);
    expect(days[30]).toMatchObject({ scanned_share: 1, attempted_share: 0.5, delivered_share: 0 });
    expect(days[336]).toMatchObject({ scanned_share: 1, attempted_share: 0.5, delivered_share: 0.5 });
  });

  test('nothing is said where nobody was followed to 14 days', () => {
    const short = breakDownDelay([way(at(10), at(30), open(50))]);
    expect(short).toMatchObject({ hours_to_scan: 10, hours_to_attempt: 20, hours_to_delivery: null });
    expect(breakDownDelay([way(at(10), at(30), open(336))]).hours_to_delivery).toBe(306);
    expect(breakDownDelay([])).toMatchObject({ hours_to_scan: null });
  });

  test('the parts and the rest add up to 14 days, and none is negative', () => {
    const sample = fc.record({
      t: fc.integer({ min: 0, max: 400 }),
      kind: fc.constantFrom('interest' as const, 'competing' as const, 'censored' as const),
    });
    const ways = fc.array(fc.record({ scan: sample, attempt: sample, delivery: sample }), { maxLength: 20 });
    fc.assert(
      fc.property(ways, (random) => {
        const all = [...random, way(open(336), open(336), open(336))];
        const { hours_to_scan: a, hours_to_attempt: b, hours_to_delivery: c } = breakDownDelay(all);
        const rows = parcelDayRows('gls', all);
        const delivered = rows
          .slice(0, 336)
          .reduce((sum, row) => sum + (row.delivered_share ?? Number.NaN), 0);
        expect((a ?? -1) + (b ?? -1) + (c ?? -1) + delivered).toBeCloseTo(336, 6);
        for (const part of [a, b, c]) expect(part).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('what a carrier reports', () => {
  test.each([
    [{ parcels: 3, reported: 1 }, { parcels: 0, reported: 0 }, true],
    [{ parcels: 100, reported: 0 }, { parcels: 1000, reported: 50 }, false],
    [{ parcels: 100, reported: 0 }, { parcels: 1000, reported: 49 }, null],
    [{ parcels: 99, reported: 0 }, { parcels: 10, reported: 10 }, null],
    [{ parcels: 299, reported: 0 }, { parcels: 0, reported: 0 }, null],
    [{ parcels: 300, reported: 0 }, { parcels: 0, reported: 0 }, false],
    [{ parcels: 5000, reported: 0 }, { parcels: 10, reported: 0 }, false],
  ])('%j beside %j', (own, others, isReported) => expect(judgeReported(own, others)).toBe(isReported));

  test('by kind', () => {
    const { carrierReports } = compute([
      observe(['carrier accepted 2026-05-04T18:00:00Z', 'carrier damaged 2026-05-05T18:00:00Z']),
      observe(['carrier pup 2026-05-04T18:00:00Z', 'calculated attempted 2026-05-05T18:00:00Z'], {
        number: 'P2',
        promise: '2026-05-09',
      }),
      observe(['carrier accepted 2026-05-04T18:00:00Z'], { number: 'P3', details: { is_return: true } }),
      observe(['carrier accepted 2025-06-14T18:00:00Z'], { number: 'P4', announced: '2025-06-14T08:00:00Z' }),
    ]);
    expect(
      Object.fromEntries(carrierReports.map((row) => [row.kind, [row.reported, row.is_reported]])),
    ).toEqual({
      acceptance: [1, true],
      attempt: [0, null],
      pickup_point: [1, true],
      exception: [1, true],
      promise: [1, true],
      sub_status: [0, null],
    });
    expect(carrierReports.every(({ parcels }) => parcels === 2)).toBe(true);
  });
});

describe('counts that add up', () => {
  const reference = compute(randomHistories(11, 600, AS_OF));

  test('every rate is its answers, counted', () => {
    for (const row of reference.carrierPerformance) {
      for (const { name } of rates) {
        const asked = reference.rateAnswers.filter(
          (answer) =>
            answer.period === row.period &&
            (row.carrier_code === '*' || answer.carrier_code === row.carrier_code) &&
            answer[name] !== null,
        );
        expect(asked).toHaveLength(row[`${name}_n`]);
        const counted = asked.filter((answer) => answer[name]).length;
        expect(row[name]).toBe(asked.length === 0 ? null : counted / asked.length);
      }
    }
  });

  test('every rate is its cells, added', () => {
    // 90 days before the clock's date.
    const cells = reference.cells.filter((cell) => cell.start_date >= '2026-03-17');
    const all = reference.carrierPerformance.find(
      (row) => row.carrier_code === '*' && row.period === 'current',
    );
    for (const { name } of rates) {
      expect(cells.reduce((sum, cell) => sum + cell[`${name}_n`], 0)).toBe(all?.[`${name}_n`]);
      const x = cells.reduce((sum, cell) => sum + cell[`${name}_x`], 0);
      expect(x).toBeCloseTo((all?.[name] ?? 0) * (all?.[`${name}_n`] ?? 0), 9);
    }
  });

  test('brands and options add up to all; hours hold everybody who was followed', () => {
    const all = reference.carrierPerformance.find(
      (row) => row.carrier_code === '*' && row.period === 'current',
    );
    for (const table of [reference.brandPerformance, reference.optionPerformance]) {
      const rows = table.filter((row) => row.period === 'current' && row.carrier_code === '*');
      expect(rows.length).toBeGreaterThan(1);
      expect(rows.reduce((sum, row) => sum + row.scanned, 0)).toBe(all?.scanned);
    }
    const followed = reference.cellHours
      .filter((cell) => cell.start_date >= '2026-03-17' && cell.cohort === 'label')
      .reduce((sum, cell) => sum + cell.interest + cell.competing + cell.censored, 0);
    const excluded = Object.values(reference.dataQuality.first_scan_excluded);
    expect(followed + excluded.reduce((sum, count) => sum + count, 0)).toBe(all?.labelled);
  });

  test('a carrier that began after the previous window is not covered', () => {
    // The previous window starts on 17 December 2025.
    const started = (carrier: string, announced: string) =>
      observe([], { number: carrier, carrier, announced });
    const { coverage } = compute([
      started('old', '2025-12-17T08:00:00Z'),
      started('new', '2025-12-18T08:00:00Z'),
    ]);
    expect(coverage).toEqual([
      { carrier_code: 'new', is_covered: false },
      { carrier_code: 'old', is_covered: true },
      { carrier_code: '*', is_covered: true },
    ]);
  });

  test('without labels the first scan says since when a carrier is known', () => {
    const scanned = (carrier: string, at: string) =>
      observe([`carrier accepted ${at}`], {
        number: carrier,
        carrier,
        announced: null,
      });
    const { coverage } = compute([
      scanned('old', '2025-12-17T08:00:00Z'),
      scanned('new', '2025-12-18T08:00:00Z'),
    ]);
    expect(coverage.map(({ is_covered }) => is_covered)).toEqual([false, true, true]);
  });
});

describe('comparing tables', () => {
  const ours = [
    { id: 'a', value: 1, seen_at: '2026-05-04T08:00:00Z', extra: 1 },
    { id: 'b', value: 2n, seen_at: null, extra: 1 },
  ];
  const theirs = [
    { id: 'a', value: 1 + 1e-8, seen_at: '2026-05-04T08:00:00.000000Z' },
    { id: 'b', value: 2, seen_at: null },
  ];
  const options = { keys: ['id'], tolerance: 1e-6 } as const;

  test('within the tolerance, whatever the form', () => {
    expect(compareTables(ours, theirs, options)).toEqual([]);
    expect(compareTables(ours, theirs, { ...options, tolerance: 1e-9 })).toEqual([
      'a.value: 1 but 1.00000001',
    ]);
  });

  test('a null, a missing row and a missing column are differences', () => {
    expect(
      compareTables(
        ours,
        [
          { id: 'a', value: null },
          { id: 'b', value: 2 },
        ],
        options,
      ),
    ).toEqual(['a.value: 1 but null']);
    expect(compareTables(ours.slice(0, 1), theirs, options)).toEqual(['b: only in theirs']);
    expect(compareTables([], [{ id: 'a', value: 0 }], { ...options, isEmptyMissing: true })).toEqual([]);
    expect(compareTables(ours, [{ id: 'a', other: 1 }, { id: 'b' }], options)).toEqual([
      'other: no such column',
    ]);
    expect(() => compareTables([...ours, ...ours], theirs, options)).toThrow('two rows of id = a');
  });
});
