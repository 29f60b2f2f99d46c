import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawChart, findEpisodes, type Point } from './control-chart.js';
import {
  alertMetrics,
  type Bench,
  openBench,
  pointColumns,
  standardThresholds,
  type Value,
} from './steps.js';

const mondays = Array.from({ length: 60 }, (_, week) =>
  new Date(Date.UTC(2025, 0, 6 + 7 * week)).toISOString().slice(0, 10),
);

interface Control {
  carrier_code: string;
  week_start_date: string;
  centre: number | null;
  limit_lo: number | null;
  limit_hi: number | null;
  outside: string | null;
  marked: string | null;
}

interface Alert {
  carrier_code: string;
  side: string;
  is_worse: boolean;
  first_week: string;
  last_week: string;
  weeks: number;
  kind: string;
  is_open: boolean;
  value: number;
  n: number;
  usual: number;
  p: number;
}

describe('control charts and alerts as SQL', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
    await bench.give('seed_thresholds', 'name varchar, value double', standardThresholds);
    await bench.give('metrics', 'name varchar, better varchar, alert_horizon integer', alertMetrics);
  });
  afterAll(() => bench.close());

  async function chart(rows: Value[][]): Promise<{ control: Control[]; alerts: Alert[] }> {
    await bench.give('weekly_points', pointColumns, rows);
    for (const model of ['watched_weeks', 'alert_baselines', 'weekly_control', 'alerts']) {
      await bench.run(model);
    }
    return {
      control: await bench.rows<Control>(
        'select * from weekly_control order by carrier_code, week_start_date',
      ),
      alerts: await bench.rows<Alert>('select * from alerts order by carrier_code, side, first_week'),
    };
  }

  const toRows = (carrier: string, metric: string, points: readonly Point[]): Value[][] =>
    points.map(({ value, x, n }, week) => [
      carrier,
      metric,
      mondays[week] ?? '',
      value,
      x,
      n,
      x !== null,
      true,
      true,
    ]);

  const rate = (x: number, n: number): Point => ({ value: x / n, x, n });
  const hour = (value: number): Point => ({ value, x: null, n: 50 });

  /** Weeks that wander, jump and stand still: plain rates, rare ones, weeks of all sizes. */
  const someRates = fc
    .record({
      base: fc.constantFrom(0, 0.002, 0.02, 0.1, 0.5, 0.9, 0.98, 1),
      jump: fc.constantFrom(0, 0, 0.03, 0.1, -0.1),
      from: fc.integer({ min: 9, max: 30 }),
      lasts: fc.integer({ min: 1, max: 14 }),
      size: fc.constantFrom(30, 60, 200, 700),
      noise: fc.array(fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: -3, max: 3 })), {
        minLength: 9,
        maxLength: 45,
      }),
    })
    .map(({ base, jump, from, lasts, size, noise }) =>
      noise.map(([more, parcels], week) => {
        const n = size + Math.floor((more * size) / 100);
        const share = week >= from && week < from + lasts ? base + jump : base;
        const x = Math.round(share * n) + (share > 0 && share < 1 ? parcels : 0);
        return rate(Math.min(n, Math.max(0, x)), n);
      }),
    );
  const someHours = fc
    .record({
      jump: fc.constantFrom(0, 2.5, 12),
      from: fc.integer({ min: 9, max: 30 }),
      tenths: fc.array(fc.integer({ min: 400, max: 440 }), { minLength: 9, maxLength: 45 }),
    })
    .map(({ jump, from, tenths }) =>
      tenths.map((value, week) => hour(value / 10 + (week >= from && week < from + 12 ? jump : 0))),
    );

  it.each([
    ['rates', 'on_time_rate', someRates, 150, 'below'],
    ['hours', 'transit_p50_hours', someHours, 100, 'above'],
  ] as const)('judge %s as the rules say, week by week', async (_name, metric, arbitrary, count, worse) => {
    const series = fc.sample(arbitrary as fc.Arbitrary<Point[]>, { numRuns: count, seed: 2002 });
    const nameOf = (index: number) => `carrier ${String(index).padStart(3, '0')}`;
    const { control, alerts } = await chart(
      series.flatMap((points, index) => toRows(nameOf(index), metric, points)),
    );
    const expected = series.map((points) => drawChart(points));
    const near = (ours: number | null | undefined, theirs: number | null | undefined) =>
      theirs == null ? ours === null : typeof ours === 'number' && Math.abs(ours - theirs) < 2e-9;
    const wrong = series.flatMap((points, index) => {
      const own = control.filter(({ carrier_code }) => carrier_code === nameOf(index));
      return points.flatMap((_point, week) => {
        const [ours, theirs] = [own[week], expected[index]?.judged[week] ?? null];
        const isSame =
          near(ours?.centre, theirs?.centre) &&
          near(ours?.limit_lo, theirs?.lo) &&
          near(ours?.limit_hi, theirs?.hi) &&
          ours?.outside === (theirs?.outside ?? null) &&
          ours?.marked === expected[index]?.marked[week];
        return isSame ? [] : [{ index, week, ours, theirs, marked: expected[index]?.marked[week] }];
      });
    });
    expect(wrong).toEqual([]);

    const told = alerts.map(({ value, n, usual, p, ...alert }) => alert);
    const episodes = expected.flatMap((each, index) =>
      findEpisodes(each).map(({ side, first, last, weeks, kind, isOpen }) => ({
        carrier_code: nameOf(index),
        metric,
        side,
        is_worse: side === worse,
        first_week: mondays[first],
        last_week: mondays[last],
        weeks,
        kind,
        is_open: isOpen,
      })),
    );
    expect(told).toEqual(episodes);
    // both kinds, and both sides, have come up
    expect(new Set(told.map(({ side }) => side)).size).toBe(2);
    expect(new Set(told.map(({ kind }) => kind)).size).toBe(2);
  });

  const steady = Array.from({ length: 8 }, (_, week) => rate(week % 2 === 0 ? 34 : 36, 40));

  it('weeks that are too young, too small or read with hindsight are no points, and break no run', async () => {
    const rows = toRows('dhl', 'on_time_rate', [
      ...steady,
      rate(20, 40),
      rate(1, 29),
      rate(0, 40),
      rate(20, 40),
      rate(20, 40),
    ]);
    rows[10]?.splice(7, 1, false);
    rows[12]?.splice(8, 1, false);
    const { control, alerts } = await chart(rows);
    expect(control.slice(8).map(({ outside, marked }) => [outside, marked])).toEqual([
      ['below', 'below'],
      [null, null],
      [null, null],
      ['below', 'below'],
      [null, null],
    ]);
    expect(alerts).toMatchObject([
      { first_week: '2025-03-03', last_week: '2025-03-24', weeks: 2, kind: 'outside', is_open: true },
    ]);
  });

  it('a week is settled when its Sunday and the horizon have passed, and foreseen from 9 in 10', async () => {
    await bench.give('run_parameters', 'as_of_date date', [['2025-03-25']]);
    await bench.give('groups', 'group_id bigint, grain varchar, carrier_code varchar, week_start_date date', [
      [1, 'week', 'dhl', '2025-03-10'],
      [2, 'week', 'dhl', '2025-03-17'],
      [3, 'week', 'dhl', '2025-03-24'],
      [4, 'lane', 'dhl', '1970-01-01'],
    ]);
    const counts: [number, string, number, number][] = [1, 2, 3, 4].flatMap((id) => [
      [id, 'on_time_rate', 30, 40],
      [id, 'exception_rate', 4, 40],
      [id, 'promise_foreseen_rate', id === 1 ? 35 : 36, 40],
    ]);
    await bench.give(
      'rates',
      'group_id bigint, metric varchar, x bigint, n bigint, rate double',
      counts.map((row): Value[] => [...row, row[2] / row[3]]),
    );
    await bench.give('durations', 'group_id bigint, measure varchar, p50 double, followed_count bigint', [
      [1, 'transit', 40, 50],
    ]);
    await bench.run('weekly_points');
    // on time: two days after 23 March is the 25th; transit: 14 after 16 March the 30th
    expect(
      await bench.rows(
        'select * exclude (carrier_code, x) from weekly_points order by week_start_date, metric',
      ),
    ).toEqual([
      point('2025-03-10', 'on_time_rate', { value: 0.75, n: 40, is_foreseen: false, is_mature: true }),
      point('2025-03-10', 'transit_p50_hours', { value: 40, n: 50, is_rate: false, is_mature: false }),
      point('2025-03-17', 'on_time_rate', { value: 0.75, n: 40, is_mature: true }),
      point('2025-03-24', 'on_time_rate', { value: 0.75, n: 40, is_mature: false }),
    ]);
  });

  const point = (week_start_date: string, metric: string, given: Record<string, unknown>) => ({
    metric,
    week_start_date,
    is_rate: true,
    is_foreseen: true,
    ...given,
  });

  it('one week alone outside is no alert, and all carriers together are none', async () => {
    const points = [...steady, rate(10, 40), ...steady];
    const one = await chart(toRows('dhl', 'on_time_rate', points));
    expect(one.control[8]).toMatchObject({ outside: 'below', marked: null });
    expect(one.alerts).toEqual([]);
    const all = await chart(toRows('*', 'on_time_rate', [...steady, rate(10, 40), rate(10, 40)]));
    expect(all.control[9]).toMatchObject({ outside: 'below', marked: null });
    expect(all.alerts).toEqual([]);
  });

  it('after weeks without a loss one lost parcel is outside, and no alert by itself', async () => {
    const none = Array.from({ length: 8 }, () => rate(0, 400));
    const { control, alerts } = await chart(
      toRows('dhl', 'lost_30d_rate', [...none, rate(1, 400), rate(1, 400)]),
    );
    expect(control[8]).toMatchObject({ centre: 0, limit_lo: 0, limit_hi: 0, outside: 'above' });
    // by then one in 3,600 is usual: two in 400 have a chance of 1 in 177
    expect(control[9]).toMatchObject({ limit_hi: 0.005, outside: null });
    expect(alerts).toEqual([]);
  });

  it('an alert says what was usual, and how unlikely its weeks are', async () => {
    const { alerts } = await chart(toRows('dhl', 'on_time_rate', [...steady, rate(24, 40), rate(24, 40)]));
    // P(X <= 48) of 80 at 280 / 320, doubled
    expect(alerts).toMatchObject([{ value: 0.6, n: 80, usual: 0.875 }]);
    expect(alerts[0]?.p).toBeCloseTo(2 * rareUpTo(48, 80, 0.875), 15);
    const hours = [40, 42, 41, 43, 40, 42, 41, 43].map(hour);
    const slow = await chart(toRows('dhl', 'transit_p50_hours', [...hours, hour(50), hour(50)]));
    expect(slow.alerts).toMatchObject([{ value: 50, n: 100, usual: 41.5, is_worse: true }]);
    expect(slow.alerts[0]?.p).toBeGreaterThan(0);
    expect(slow.alerts[0]?.p).toBeLessThan(1e-6);
    const flat = await chart(
      toRows('dhl', 'transit_p50_hours', [...Array.from({ length: 8 }, () => hour(24)), hour(25), hour(25)]),
    );
    expect(flat.control[8]).toMatchObject({ limit_lo: 24, limit_hi: 24, outside: 'above' });
  });

  /** P(X <= x), each chance as a product of its factors. */
  function rareUpTo(x: number, n: number, p: number): number {
    let sum = 0;
    for (let k = 0; k <= x; k += 1) {
      let mass = (1 - p) ** (n - k);
      for (let factor = 1; factor <= k; factor += 1) mass *= ((n - k + factor) / factor) * p;
      sum += mass;
    }
    return sum;
  }
});
