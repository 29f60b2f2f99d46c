import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endsInRun, laneyP, xmr } from '../reference/control.js';
import {
  type Bench,
  findDifferences,
  openBench,
  someCount,
  standardThresholds,
  type Value,
} from './steps.js';

describe('control charts as SQL', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
    await bench.give('seed_thresholds', 'name varchar, value double', standardThresholds);
  });
  afterAll(() => bench.close());

  const mondays = Array.from({ length: 30 }, (_, week) =>
    new Date(Date.UTC(2026, 0, 5 + 7 * week)).toISOString().slice(0, 10),
  );
  const pointColumns =
    'carrier_code varchar, metric varchar, week_start_date date, value double, x double, n bigint, is_rate boolean, is_mature boolean';

  interface Control extends Record<string, unknown> {
    week_start_date: string;
    centre: number | null;
    limit_lo: number | null;
    limit_hi: number | null;
    rule: string | null;
  }

  interface Expected {
    centre: number;
    lo: number | null;
    hi: number | null;
    value: number;
  }

  /** Every week against what the reference makes of the weeks before it. */
  function expectControl(
    ours: Control[],
    chartOf: (week: number) => Expected | null,
    values: number[],
  ): void {
    for (const [week, row] of ours.entries()) {
      const chart = week >= 8 ? chartOf(week) : null;
      expect(
        findDifferences(row as unknown as Record<string, number | null>, {
          centre: chart?.centre ?? null,
          limit_lo: chart?.lo ?? null,
          limit_hi: chart?.hi ?? null,
        }),
        `week ${week}`,
      ).toEqual([]);
      if (chart === null) {
        expect(row.rule).toBeNull();
        continue;
      }
      const { lo, hi, value } = chart;
      const isBeyond = lo !== null && hi !== null && (value > hi + 1e-9 || value < lo - 1e-9);
      const isOnEdge =
        lo !== null && hi !== null && Math.min(Math.abs(value - hi), Math.abs(value - lo)) < 2e-9;
      const isRun = endsInRun(values.slice(0, week + 1), chart.centre);
      if (!isOnEdge) expect(row.rule).toBe(isBeyond ? 'beyond_limits' : isRun ? 'eight_on_one_side' : null);
    }
  }

  it("weekly_control is Laney's p' chart for rates, flat weeks and runs of eight included", async () => {
    const weeks = fc.oneof(
      { weight: 4, arbitrary: fc.array(someCount(30, 300), { minLength: 9, maxLength: 20 }) },
      {
        weight: 1,
        arbitrary: fc.array(
          someCount(30, 60).map(({ n }) => ({ x: 0, n })),
          { minLength: 9, maxLength: 12 },
        ),
      },
      {
        weight: 2,
        arbitrary: fc.array(
          fc.integer({ min: 20, max: 40 }).map((x) => ({ x, n: 40 })),
          { minLength: 9, maxLength: 25 },
        ),
      },
    );
    for (const points of fc.sample(weeks, { numRuns: 30, seed: 2002 })) {
      await bench.give(
        'weekly_points',
        pointColumns,
        points.map(({ x, n }, week): Value[] => [
          'dhl',
          'exception_rate',
          mondays[week] ?? '',
          x / n,
          x,
          n,
          true,
          true,
        ]),
      );
      await bench.run('weekly_control');
      const ours = await bench.rows<Control>('select * from weekly_control order by week_start_date');
      const chartOf = (week: number): Expected | null => {
        const point = points[week];
        const chart = laneyP(points.slice(0, week));
        if (!point || !chart) return null;
        // Weeks that are all nothing or all everything have no spread to draw limits from: one lost parcel is no signal.
        const isFlat = chart.centre === 0 || chart.centre === 1;
        const limits = isFlat ? { lo: null, hi: null } : chart.limitsFor(point.n);
        return { centre: chart.centre, ...limits, value: point.x / point.n };
      };
      expectControl(
        ours,
        chartOf,
        points.map(({ x, n }) => x / n),
      );
    }
  });

  it("weekly_control is Wheeler's XmR chart for medians", async () => {
    const medians = fc.array(
      fc.integer({ min: 400, max: 800 }).map((tenths) => tenths / 10),
      { minLength: 9, maxLength: 25 },
    );
    for (const values of fc.sample(medians, { numRuns: 20, seed: 266 })) {
      await bench.give(
        'weekly_points',
        pointColumns,
        values.map((value, week): Value[] => [
          'dhl',
          'transit_p50_hours',
          mondays[week] ?? '',
          value,
          null,
          50,
          false,
          true,
        ]),
      );
      await bench.run('weekly_control');
      const ours = await bench.rows<Control>('select * from weekly_control order by week_start_date');
      const chartOf = (week: number): Expected | null => {
        const chart = xmr(values.slice(0, week));
        return chart ? { centre: chart.mean, lo: chart.lo, hi: chart.hi, value: values[week] ?? 0 } : null;
      };
      expectControl(ours, chartOf, values);
    }
  });

  it('weeks that are too young or have fewer than 30 parcels are neither judged nor judges', async () => {
    const steady = Array.from({ length: 8 }, (_, week): Value[] => [
      'dhl',
      'lost_30d_rate',
      mondays[week] ?? '',
      week % 2 === 0 ? 0.1 : 0.2,
      week % 2 === 0 ? 4 : 8,
      40,
      true,
      true,
    ]);
    const odd: Value[][] = [
      ['dhl', 'lost_30d_rate', mondays[8] ?? '', 0.9, 26, 29, true, true],
      ['dhl', 'lost_30d_rate', mondays[9] ?? '', 0.9, 36, 40, true, false],
      ['dhl', 'lost_30d_rate', mondays[10] ?? '', 0.15, 6, 40, true, true],
    ];
    await bench.give('weekly_points', pointColumns, [...steady, ...odd]);
    await bench.run('weekly_control');
    const ours = await bench.rows<Control>('select * from weekly_control order by week_start_date');
    expect(ours.map(({ rule }) => rule)).toEqual(Array(11).fill(null));
    expect(ours.slice(8).map(({ centre }) => centre)).toEqual([null, null, 0.15]);
  });
});
