import { describe, expect, test } from 'vitest';
import { compareCurves, compareRates, isSayable } from './against-others.js';
import { type Candidate, chooseCases } from './cases.js';
import type { Sample } from './estimators.js';
import { compareWithin } from './like-with-like.js';
import { binomialTail, fisherTwoSided, normalTwoSided, passHolm } from './probability.js';
import { compute, observe } from './stories.js';
import { judgeTarget, targetP } from './targets.js';

describe('probabilities', () => {
  test.each([
    ['above', 5, 10, 0.5, 0.623046875],
    ['above', 6, 100, 0.02, 0.01548364064],
    ['above', 7, 100, 0.02, 0.00406205408],
    ['below', 5, 300, 0.05, 0.00233213865],
    ['above', 1, 50, 0, 0],
    ['below', 49, 50, 1, 0],
    ['above', 0, 50, 0.3, 1],
  ] as const)('%s %i of %i at %f', (side, x, n, p, tail) => {
    expect(binomialTail(side, x, n, p)).toBeCloseTo(tail, 10);
  });

  test.each([
    [0, 1],
    [1, 0.3173105079],
    [-1.959964, 0.0499999982],
    [3, 0.0026997961],
    [5, 5.733031e-7],
  ])('two-sided p of %f', (z, p) => {
    expect(normalTwoSided(z)).toBeCloseTo(p, 9);
  });

  test('the tail keeps its digits', () => expect(normalTwoSided(10) / 1.5239706048e-23).toBeCloseTo(1, 9));

  test("Holm's step-down stops at the first that fails, and ties pass or fail together", () => {
    expect(passHolm([0.01, 0.04, 0.03, 0.005])).toEqual([true, false, false, true]);
    expect(passHolm([0.025, 0.026])).toEqual([true, true]);
    expect(passHolm([0.026, 0.026])).toEqual([false, false]);
    expect(passHolm([0.05])).toEqual([true]);
    expect(passHolm([])).toEqual([]);
  });
});

describe("Fisher's exact test", () => {
  test.each([
    // By whole numbers of ways; the first is the lady who tasted tea.
    [3, 4, 1, 4, 0.4857142857],
    [6, 6, 0, 6, 2 / 924],
    [8, 10, 1, 12, 0.0015479876],
    [0, 5, 0, 9, 1],
    [0, 0, 3, 9, 1],
  ])('%i of %i against %i of %i', (x, n, y, m, p) => {
    expect(fisherTwoSided({ x, n }, { x: y, n: m })).toBeCloseTo(p, 9);
  });
});

describe('against the others', () => {
  test('by hand: shared strata only, weighed by the own mix', () => {
    const own = new Map([
      ['near', { x: 8, n: 10 }],
      ['far', { x: 1, n: 1 }],
      ['thin', { x: 18, n: 20 }],
    ]);
    const others = new Map([
      ['near', { x: 45, n: 50 }],
      ['far', { x: 5, n: 10 }],
      ['thin', { x: 3, n: 4 }],
      ['elsewhere', { x: 0, n: 99 }],
    ]);
    const found = compareRates(own, others);
    // (10 x -0.1 + 1 x 0.5) / 11; a stratum where the others have four takes no part.
    expect(found.difference).toBeCloseTo(-0.5 / 11, 12);
    expect(found.extra).toBeCloseTo(-0.5, 12);
    expect([found.n, found.m]).toEqual([11, 60]);
    expect(found.share).toBeCloseTo(11 / 31, 12);
    expect(found.lo).toBeCloseTo(-0.3282259119, 9);
    expect(found.hi).toBeCloseTo(0.2373168209, 9);
    expect(found.p).toBeCloseTo(0.752717908, 8);
    expect(isSayable(found)).toBe(false);
  });

  test('nothing shared is nothing said', () => {
    const found = compareRates(new Map([['near', { x: 8, n: 10 }]]), new Map());
    expect(found).toMatchObject({ difference: null, lo: null, n: 0, share: 0, extra: null });
  });

  test('of curves: the share reached, and a Wilson centre where all or none did', () => {
    const reach = (...hours: number[]): Sample[] => hours.map((t) => ({ t, kind: 'interest' }));
    const own = new Map([
      ['near', reach(10, 20, 30, 50, 60, 70)],
      ['short', reach(1, 2, 3, 4)],
      // Nobody followed to 48 h, and not all have ended.
      ['blind', [...reach(1, 2, 3, 4), { t: 5, kind: 'censored' as const }]],
    ]);
    const all = reach(1, 2, 3, 4, 5, 6, 7, 8, 9, 47);
    const others = new Map([...own.keys()].map((stratum) => [stratum, all]));
    const found = compareCurves(own, others, 48);
    expect(found).toMatchObject({ n: 6, m: 10 });
    expect(found.difference).toBeCloseTo(-0.5, 12);
    expect(found.share).toBeCloseTo(6 / 15, 12);
    expect(found.lo).toBeCloseTo(-0.9538393683, 9);
    expect(found.hi).toBeCloseTo(-0.0461606317, 9);
  });

  test('a carrier, and the same within one lane or against one other', () => {
    const kept = (carrier: string, to: string, count: number, late: number) =>
      Array.from({ length: count }, (_, index) =>
        observe(
          [
            'carrier accepted 2026-05-04T18:00:00Z',
            `carrier delivered 2026-05-0${index < late ? 7 : 6}T12:00:00Z`,
          ],
          { number: `${carrier}${to}${index}`, carrier, to, promise: '2026-05-06' },
        ),
      );
    const { carrierPerformance, lanePerformance } = compute([
      ...kept('a', 'NL', 10, 5),
      ...kept('b', 'NL', 10, 2),
      ...kept('c', 'NL', 10, 0),
      ...kept('a', 'DE', 6, 0),
    ]);
    const current = { period: 'current', carrier_code: 'a' };
    const row = carrierPerformance.find(
      (candidate) => candidate.carrier_code === 'a' && candidate.period === 'current',
    );
    // 50 % against 90 % on the ten of sixteen that the others have too.
    expect(row).toMatchObject({
      ...current,
      promise_kept_rate_vs_others_n: 10,
      promise_kept_rate_vs_others_share: 0.625,
    });
    expect(row?.promise_kept_rate_vs_others).toBeCloseTo(-0.4, 12);
    expect(row?.promise_kept_rate_vs_others_extra).toBeCloseTo(-4, 12);
    const german = lanePerformance.find(
      ({ to_country, period }) => to_country === 'DE' && period === 'current',
    );
    expect(german).toMatchObject({
      promise_kept_rate_vs_others: null,
      promise_kept_rate_vs_others_n: 0,
      promise_kept_rate_vs_others_share: 0,
    });
    const all = carrierPerformance.find(({ carrier_code }) => carrier_code === '*');
    expect(all).toMatchObject({ promise_kept_rate_vs_others: null, promise_kept_rate_vs_others_n: null });
    expect(
      compareWithin([], { name: 'current', clock: 0, fromDay: 0, toDay: 1 })('a', 'b').on_time_rate.n,
    ).toBe(0);
  });
});

describe('targets', () => {
  test.each([
    // Wilson 0.8256 to 0.9448.
    [90, 100, 0.95, 'higher', 'missed', 5, 1, 13],
    [90, 100, 0.94, 'higher', 'too_close', 4, 0, 12],
    [90, 100, 0.82, 'higher', 'met', -8, -12, 0],
    [29, 29, 0.5, 'higher', 'too_few', -14, -14, -10],
    // Wilson 0.0103 to 0.0845; at most 1 of 100 may.
    [3, 100, 0.01, 'lower', 'missed', 2, 1, 8],
    [3, 100, 0.09, 'lower', 'met', -6, -7, 0],
    // 0.07 x 100 is 7.000000000000001 in floating point.
    [7, 100, 0.07, 'higher', 'too_close', 0, -6, 4],
  ] as const)('%i of %i against %f, %s is better', (x, n, target, good, verdict, by, lo, hi) => {
    expect(judgeTarget(x, n, target, good)).toMatchObject({
      verdict,
      short_by: by,
      short_by_lo: lo,
      short_by_hi: hi,
    });
  });

  test('nobody to judge', () =>
    expect(judgeTarget(0, 0, 0.9, 'higher')).toMatchObject({ verdict: 'too_few', rate: null }));

  test('the p-value agrees with the interval', () => {
    expect(targetP(90, 100, 0.95)).toBeCloseTo(0.0217814628, 9);
    expect(targetP(90, 100, 0.9447708)).toBeCloseTo(0.05, 5);
  });

  test('count the parcels that are meant, from the first day to the last', () => {
    const late = observe(
      ['carrier accepted 2026-05-04T18:00:00Z', 'carrier delivered 2026-05-07T12:00:00Z'],
      {
        promise: '2026-05-06',
      },
    );
    const any = { from_country: null, to_country: null, delivery_type: null, service_level: null };
    const target = { ...any, metric: 'promise_kept_rate' as const, target: 0.9 };
    const rows = compute([late], undefined, [
      { ...target, carrier_code: 'gls', from_date: null, to_date: '2026-05-06' },
      { ...target, carrier_code: null, from_date: '2026-05-06', to_date: null },
      { ...target, carrier_code: 'gls', from_date: '2026-05-07', to_date: null },
      { ...target, carrier_code: 'dpd', from_date: null, to_date: null },
    ]).targets;
    expect(rows.map(({ n }) => n)).toEqual([1, 1, 0, 0]);
    expect(rows[0]).toMatchObject({ rate: 0, verdict: 'too_few', short_by: 1 });
  });
});

describe('cases', () => {
  const candidate = (metric: string, p: number, extra: number | null, isWorse = true): Candidate => ({
    kind: 'carrier',
    carrier_code: 'a',
    lane: null,
    metric,
    is_worse: isWorse,
    n: 100,
    extra,
    p,
  });

  test('are the worst three that pass; better ones use up the gate, and are none', () => {
    const chosen = chooseCases([
      candidate('few lost', 0.0001, -5),
      candidate('hours', 0.0001, null),
      candidate('more came', 0.0001, 50, false),
      candidate('most lost', 0.001, -40),
      candidate('some lost', 0.002, -10),
      // 0.03 would pass alone, not with 0.04 beside it.
      candidate('chance', 0.03, -99),
      candidate('more chance', 0.04, -98),
    ]);
    expect(chosen.map(({ metric }) => metric)).toEqual(['most lost', 'some lost', 'few lost']);
  });
});
