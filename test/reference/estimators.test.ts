import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endsInRun, funnelLimits, laneyP, xmr } from './control.js';
import {
  aalenJohansen,
  incidenceAt,
  newcombe,
  percentile,
  type Sample,
  shareAt,
  standardise,
  wilson,
} from './estimators.js';

const interest = (t: number): Sample => ({ t, kind: 'interest' });
const competing = (t: number): Sample => ({ t, kind: 'competing' });
const censored = (t: number): Sample => ({ t, kind: 'censored' });

const samplesArbitrary = fc.array(
  fc.record({
    t: fc.integer({ min: 0, max: 30 }),
    kind: fc.constantFrom('interest' as const, 'competing' as const, 'censored' as const),
  }),
  { minLength: 1, maxLength: 60 },
);

/** Mulberry32: a small seeded source of numbers in [0, 1). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('wilson', () => {
  test.each([
    [0, 10, 0, 0.2775],
    [9, 10, 0.5958, 0.9821],
    [10, 10, 0.7225, 1],
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [1, 29, 0.0061, 0.1718],
  ])('%i of %i', (x, n, lo, hi) => {
    const interval = wilson(x, n);
    expect(interval?.lo).toBeCloseTo(lo, 4);
    expect(interval?.hi).toBeCloseTo(hi, 4);
  });

  test('knows nothing from nothing', () => expect(wilson(0, 0)).toBeNull());
});

describe('newcombe, the examples of its table II, method 10', () => {
  test.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [0, 10, 0, 10, -0.2775, 0.2775],
    [10, 10, 0, 20, 0.6791, 1],
    [10, 10, 0, 10, 0.6075, 1],
  ])('%i/%i - %i/%i', (x1, n1, x2, n2, lo, hi) => {
    const change = newcombe(x1, n1, x2, n2);
    expect(change?.lo).toBeCloseTo(lo, 4);
    expect(change?.hi).toBeCloseTo(hi, 4);
  });

  test('knows nothing when a side is empty', () => expect(newcombe(1, 2, 0, 0)).toBeNull());
});

describe('aalenJohansen', () => {
  test('by hand, with a competing outcome and a censored one', () => {
    const curve = aalenJohansen([interest(1), competing(2), censored(3), interest(4), competing(5)]);
    expect(curve.map((point) => point.atRisk)).toEqual([5, 4, 3, 2, 1]);
    const F = [0.2, 0.2, 0.2, 0.5, 0.5];
    const S = [0.8, 0.6, 0.6, 0.3, 0];
    // At 4: 0.3^2 / (5 x 4) + 0.3^2 / (4 x 3) + 4/125 + 0.6^2 / 8 - 2 x 0.3 / 25.
    const variance = [0.032, 0.032, 0.032, 0.065, 0.065];
    for (const [index, point] of curve.entries()) {
      expect(point.F).toBeCloseTo(F[index] ?? Number.NaN, 12);
      expect(point.S).toBeCloseTo(S[index] ?? Number.NaN, 12);
      expect(point.variance).toBeCloseTo(variance[index] ?? Number.NaN, 12);
    }
  });

  test('who is censored at t was at risk at t', () => {
    const curve = aalenJohansen([interest(2), censored(2), interest(3)]);
    expect(curve[0]).toMatchObject({ atRisk: 3, d: 1, e: 1 });
    expect(curve[1]).toMatchObject({ atRisk: 1 });
    expect(curve[1]?.F).toBeCloseTo(1, 12);
  });

  test('limits of a half of eight: F^exp(-+z se / (F ln F))', () => {
    const samples = [1, 2, 3, 4].map(interest).concat([5, 6, 7, 8].map(competing));
    const point = aalenJohansen(samples)[3];
    // se = sqrt(1/32), F ln F = -0.346574: exponents 2.717516 and 0.367983.
    expect(point?.variance).toBeCloseTo(1 / 32, 12);
    expect(point?.lo).toBeCloseTo(0.152036, 6);
    expect(point?.hi).toBeCloseTo(0.774865, 6);
  });

  test('is 1 - Kaplan-Meier with Greenwood where nothing competes', () => {
    fc.assert(
      fc.property(samplesArbitrary, (all) => {
        const samples = all.filter((sample) => sample.kind !== 'competing');
        let survival = 1;
        let greenwood = 0;
        for (const point of aalenJohansen(samples)) {
          const atRisk = samples.filter((sample) => sample.t >= point.t).length;
          const d = samples.filter((sample) => sample.t === point.t && sample.kind === 'interest').length;
          survival *= 1 - d / atRisk;
          if (atRisk > d) greenwood += d / (atRisk * (atRisk - d));
          expect(point.F).toBeCloseTo(1 - survival, 10);
          expect(point.variance).toBeCloseTo(survival ** 2 * greenwood, 10);
        }
      }),
    );
  });

  test('is a plain share, with its binomial variance, where nobody is censored', () => {
    fc.assert(
      fc.property(samplesArbitrary, (all) => {
        const samples = all.filter((sample) => sample.kind !== 'censored');
        for (const point of aalenJohansen(samples)) {
          const reached = samples.filter(
            (sample) => sample.kind === 'interest' && sample.t <= point.t,
          ).length;
          const share = reached / samples.length;
          expect(point.F).toBeCloseTo(share, 10);
          expect(point.variance).toBeCloseTo((share * (1 - share)) / samples.length, 10);
        }
      }),
    );
  });

  test('interest, competing and no outcome add up to everybody', () => {
    fc.assert(
      fc.property(samplesArbitrary, (samples) => {
        const swapped = { interest: 'competing', competing: 'interest', censored: 'censored' } as const;
        const mirrored = aalenJohansen(samples.map(({ t, kind }) => ({ t, kind: swapped[kind] })));
        for (const [index, point] of aalenJohansen(samples).entries()) {
          expect(point.F + (mirrored[index]?.F ?? 0) + point.S).toBeCloseTo(1, 10);
          expect(point.lo).toBeLessThanOrEqual(point.F + 1e-12);
          expect(point.hi).toBeGreaterThanOrEqual(point.F - 1e-12);
        }
      }),
    );
  });

  test('read at one time it is the curve there, variance and all', () => {
    fc.assert(
      fc.property(samplesArbitrary, fc.integer({ min: 0, max: 30 }), (samples, k) => {
        const curve = aalenJohansen(samples);
        const { share, variance } = incidenceAt(samples, k);
        expect(share).toBe(shareAt(curve, k).share);
        if (share !== null) expect(variance).toBe(curve.findLast(({ t }) => t <= k)?.variance ?? 0);
      }),
    );
  });

  test('its variance is that of repeated cohorts, within 4 %', () => {
    const random = createRandom(20_260_615);
    const draw = (meanTime: number) => -meanTime * Math.log(1 - random());
    const cohorts = 8000;
    let sum = 0;
    let sumOfSquares = 0;
    let sumOfVariances = 0;
    for (let cohort = 0; cohort < cohorts; cohort += 1) {
      const samples = Array.from({ length: 120 }, (): Sample => {
        const ends = [interest(draw(10)), competing(draw(25)), censored(draw(20))];
        return ends.reduce((first, end) => (end.t < first.t ? end : first));
      });
      const { share, variance } = incidenceAt(samples, 8);
      const F = share ?? Number.NaN;
      sum += F;
      sumOfSquares += F ** 2;
      sumOfVariances += variance;
    }
    const mean = sum / cohorts;
    const observed = sumOfSquares / cohorts - mean ** 2;
    // Rates 0.1 and 0.04: F(8) = 0.1/0.14 (1 - exp(-0.14 x 8)).
    expect(mean).toBeCloseTo((0.1 / 0.14) * (1 - Math.exp(-0.14 * 8)), 2);
    expect(sumOfVariances / cohorts / observed).toBeGreaterThan(0.96);
    expect(sumOfVariances / cohorts / observed).toBeLessThan(1.04);
  });
});

describe('percentile and shareAt', () => {
  test('limits bracket the value', () => {
    fc.assert(
      fc.property(samplesArbitrary, fc.constantFrom(0.25, 0.5, 0.9), (samples, q) => {
        const { value, lo, hi } = percentile(aalenJohansen(samples), q);
        if (value === null) return;
        expect(lo).not.toBeNull();
        expect(lo ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(value);
        expect(hi ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(value);
      }),
    );
  });

  test('ten tenths: the median is the fifth, whatever the rounding', () => {
    const curve = aalenJohansen(Array.from({ length: 10 }, (_, index) => interest(index + 1)));
    expect(percentile(curve, 0.5).value).toBe(5);
    expect(percentile(curve, 0.9).value).toBe(9);
    expect(percentile(curve, 0.95).value).toBe(10);
  });

  test('never reached is null, not the last time', () => {
    expect(percentile(aalenJohansen([interest(1), competing(2)]), 0.9).value).toBeNull();
    expect(percentile([], 0.5)).toEqual({ value: null, lo: null, hi: null });
  });

  test('a share is known as far as anybody was followed, or the curve has ended', () => {
    const open = aalenJohansen([interest(10), censored(24)]);
    expect(shareAt(open, 9).share).toBe(0);
    expect(shareAt(open, 10).share).toBe(0.5);
    expect(shareAt(open, 24).share).toBe(0.5);
    expect(shareAt(open, 24.01).share).toBeNull();
    expect(shareAt(aalenJohansen([interest(10), competing(11)]), 48).share).toBe(0.5);
    expect(shareAt([], 24).share).toBeNull();
  });
});

describe('standardise', () => {
  const cells = [
    { unit: 'a', stratum: 'near', x: 9, n: 10 },
    { unit: 'a', stratum: 'far', x: 5, n: 10 },
    { unit: 'a', stratum: 'rare', x: 4, n: 4 },
    { unit: 'b', stratum: 'near', x: 24, n: 30 },
    { unit: 'b', stratum: 'far', x: 1, n: 4 },
    { unit: 'b', stratum: 'only b', x: 2, n: 2 },
  ];

  test('by hand', () => {
    const result = standardise(cells, 'a');
    // Pooled volume 40, 14, 4, 2; a takes part in the first two.
    expect(result.support).toBeCloseTo(54 / 60, 12);
    expect(result.adj).toBeCloseTo((40 * 0.9 + 14 * 0.5) / 54, 12);
    // The others have 5 or more only in the first.
    expect(result.expected).toBeCloseTo(0.8, 12);
    // Wilson centres 0.788987 and 0.5.
    const variance = (40 / 54) ** 2 * 0.788987 * 0.211013 * 0.1 + (14 / 54) ** 2 * 0.25 * 0.1;
    expect(result.lo).toBeCloseTo(43 / 54 - 1.959964 * Math.sqrt(variance), 5);
    expect(result.hi).toBe(1);
  });

  test('without a stratum of five there is nothing to adjust', () => {
    expect(standardise(cells, 'c')).toMatchObject({ adj: null, expected: null, support: null });
    expect(standardise([], 'a').support).toBeNull();
  });
});

describe('control charts', () => {
  test("Laney's limits are 3 sigma where points vary as counts do, and wider where they vary more", () => {
    // z = -1, 1, -1, 1: mean moving range 2, sigma z 2 / 1.128.
    const chart = laneyP([40, 60, 40, 60].map((x) => ({ x: x + (x < 50 ? 5 : -5), n: 100 })));
    expect(chart?.centre).toBe(0.5);
    expect(chart?.sigmaZ).toBeCloseTo(2 / 1.128, 12);
    expect(chart?.limitsFor(100).hi).toBeCloseTo(0.5 + 3 * 0.05 * (2 / 1.128), 12);
    expect(chart?.limitsFor(400).lo).toBeCloseTo(0.5 - 3 * 0.025 * (2 / 1.128), 12);
  });

  test('all or nothing leaves no room', () => {
    const chart = laneyP([
      { x: 0, n: 30 },
      { x: 0, n: 40 },
    ]);
    expect(chart?.limitsFor(30)).toEqual({ lo: 0, hi: 0 });
    expect(laneyP([{ x: 1, n: 2 }])).toBeNull();
  });

  test('xmr', () => {
    const chart = xmr([10, 12, 11, 15]);
    expect(chart?.meanMovingRange).toBeCloseTo(7 / 3, 12);
    expect(chart?.lo).toBeCloseTo(12 - 2.66 * (7 / 3), 12);
    expect(chart?.hi).toBeCloseTo(12 + 2.66 * (7 / 3), 12);
    expect(xmr([1])).toBeNull();
  });

  test('eight in a row on one side, none on the line', () => {
    expect(endsInRun([0, 2, 2, 2, 2, 2, 2, 2, 2], 1)).toBe(true);
    expect(endsInRun([2, 2, 2, 2, 2, 2, 2, 1], 1)).toBe(false);
    expect(endsInRun([2, 2, 2, 2, 2, 2, 2], 1)).toBe(false);
  });

  test('funnel limits narrow with n', () => {
    expect(funnelLimits(0.9, 100, 1.959964).lo).toBeCloseTo(0.9 - 1.959964 * 0.03, 12);
    expect(funnelLimits(0.9, 10, 3.090232).hi).toBe(1);
  });
});
