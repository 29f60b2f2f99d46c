import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aalenJohansen, percentile, type Sample, shareAt, shareAtEnd } from '../reference/estimators.js';
import { type Bench, openBench } from './steps.js';

const kinds = ['interest', 'competing', 'censored'] as const;

/** Times on a grid, so that there are ties; the last one short of 60. */
const sample: fc.Arbitrary<Sample> = fc.record({
  t: fc.oneof(
    fc.integer({ min: 0, max: 60 }),
    fc.integer({ min: 0, max: 600 }).map((tenths) => tenths / 10),
  ),
  kind: fc.constantFrom(...kinds, 'interest' as const),
});

interface Step {
  duration: number;
  unended_count: number;
  share: number;
  survival: number;
  variance: number;
  share_lo: number;
  share_hi: number;
}

type Figures = Record<string, number | null>;

describe('durations as SQL', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  /** Each list of samples as a group of its own, with one cell. */
  async function estimate(groups: Sample[][]): Promise<void> {
    await bench.give(
      'cell_groups',
      'cell_id bigint, group_id bigint, grain varchar',
      groups.map((_, index) => [index, index, 'carrier']),
    );
    await bench.give(
      'follow_ups',
      'cell_id bigint, measure varchar, duration double, ending varchar, left_out varchar',
      groups.flatMap((samples, index) =>
        samples.map((one): [number, string, number, string, null] => [
          index,
          'transit',
          one.t,
          one.kind,
          null,
        ]),
      ),
    );
    await bench.run('follow_up_counts');
    await bench.give('stratum_groups', 'cell_id bigint, group_id bigint', []);
    await bench.run('measures');
    await bench.run('survival_steps');
    await bench.run('survival_cuts');
    await bench.run('survival_curves');
    await bench.run('group_durations');
  }

  it('the curve, its variance and its limits are those of the reference', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(sample, { minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 6 }),
        async (groups) => {
          await estimate(groups);
          for (const [index, samples] of groups.entries()) {
            const ours = await bench.rows<Step>(
              `select *, incidence_lo(share, variance) as share_lo, incidence_hi(share, variance) as share_hi
              from survival_curves where group_id = ${index} order by duration`,
            );
            const theirs = aalenJohansen(samples);
            expect(ours.map((step) => [step.duration, step.unended_count])).toEqual(
              theirs.map((point) => [point.t, point.atRisk - point.d]),
            );
            for (const [position, point] of theirs.entries()) {
              const step = ours[position];
              expect(step?.share).toBeCloseTo(point.F, 10);
              expect(step?.survival).toBeCloseTo(point.S, 10);
              expect(step?.variance).toBeCloseTo(point.variance, 10);
              expect(step?.share_lo).toBeCloseTo(point.lo, 7);
              expect(step?.share_hi).toBeCloseTo(point.hi, 7);
            }
          }
        },
      ),
      { numRuns: 40, seed: 15472 },
    );
  });

  it('percentiles, and shares within a time, are those of the reference', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(sample, { minLength: 1, maxLength: 80 }), { minLength: 1, maxLength: 10 }),
        async (groups) => {
          await estimate(groups);
          const ours = await bench.rows<Figures>('select * from group_durations order by group_id');
          for (const [index, samples] of groups.entries()) {
            const curve = aalenJohansen(samples);
            const row = ours[index];
            const expected: Figures = { followed_count: samples.length };
            for (const q of [50, 90, 95]) {
              const { value, lo, hi } = percentile(curve, q / 100);
              Object.assign(expected, { [`p${q}`]: value, [`p${q}_lo`]: lo, [`p${q}_hi`]: hi });
            }
            const ended = shareAtEnd(curve);
            Object.assign(expected, {
              reached_share: ended.share,
              reached_share_lo: ended.lo,
              reached_share_hi: ended.hi,
            });
            for (const hours of [24, 48]) {
              const { share, lo, hi } = shareAt(curve, hours);
              Object.assign(expected, {
                [`share_${hours}`]: share,
                [`share_${hours}_lo`]: lo,
                [`share_${hours}_hi`]: hi,
              });
            }
            for (const [name, value] of Object.entries(expected)) {
              if (value === null) expect([name, row?.[name]]).toEqual([name, null]);
              else expect(row?.[name], name).toBeCloseTo(value, 7);
            }
          }
        },
      ),
      { numRuns: 40, seed: 1982 },
    );
  });

  it('a thousand random cohorts spread as the variance says, and nineteen intervals in twenty hold the truth', async () => {
    // A parcel is attempted at rate 1/30 and lost at rate 1/90 an hour, and followed for 10 to 70 hours: F(24) is known.
    const draw = pseudoRandom(1995);
    const exponential = (rate: number) => -Math.log(1 - draw()) / rate;
    const follow = (): Sample => {
      const [attempted, lost, censored] = [exponential(1 / 30), exponential(1 / 90), 10 + 60 * draw()];
      const t = Math.min(attempted, lost, censored);
      return { t, kind: t === attempted ? 'interest' : t === lost ? 'competing' : 'censored' };
    };
    await estimate(Array.from({ length: 1000 }, () => Array.from({ length: 60 }, follow)));
    const truth = (3 / 4) * (1 - Math.exp(-24 * (1 / 30 + 1 / 90)));
    const [found] = await bench.rows<{ mean: number; spread: number; claimed: number; covered: number }>(`
      with last_steps as (
          select group_id, max_by(share, duration) as share, max_by(variance, duration) as variance
          from survival_curves where duration <= 24 group by group_id
      )
      select avg(share) as mean, var_samp(share) as spread, avg(variance) as claimed,
          avg(case when ${truth} between incidence_lo(share, variance) and incidence_hi(share, variance) then 1 else 0 end) as covered
      from last_steps`);
    expect(found?.mean).toBeCloseTo(truth, 2);
    expect((found?.claimed ?? 0) / (found?.spread ?? 1)).toBeGreaterThan(0.88);
    expect((found?.claimed ?? 0) / (found?.spread ?? 1)).toBeLessThan(1.12);
    expect(found?.covered).toBeGreaterThan(0.93);
    expect(found?.covered).toBeLessThan(0.97);
  });

  it('a young cohort: those attempted alone flatter, the curve does not', async () => {
    // Transit is uniform from 24 to 120 h, so that half takes up to 72 h; the parcels were scanned in the last 4 days.
    const draw = pseudoRandom(7);
    const parcels = Array.from({ length: 4000 }, () => ({ transit: 24 + 96 * draw(), age: 96 * draw() }));
    const samples = parcels.map(
      ({ transit, age }): Sample =>
        transit <= age ? { t: transit, kind: 'interest' } : { t: age, kind: 'censored' },
    );
    await estimate([samples]);
    const [ours] = await bench.rows<Figures>('select p50, p50_lo, p50_hi from group_durations');
    const completed = samples.filter(({ kind }) => kind === 'interest').map(({ t }) => t);
    const naive = completed.sort((a, b) => a - b)[Math.floor(completed.length / 2)] ?? 0;
    expect(naive).toBeLessThan(55);
    expect(ours?.p50).toBeGreaterThan(70);
    expect(ours?.p50).toBeLessThan(74);
    expect(ours?.p50_lo).toBeLessThan(72);
    expect(ours?.p50_hi).toBeGreaterThan(72);
  });
});

/** Mulberry32: the same numbers within 0 and 1 for the same seed. */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
