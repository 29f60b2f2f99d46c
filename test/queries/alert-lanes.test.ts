import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  alertMetrics,
  type Bench,
  openBench,
  pointColumns,
  standardThresholds,
  type Value,
} from './steps.js';

const monday = (week: number) => new Date(Date.UTC(2025, 0, 6 + 7 * week)).toISOString().slice(0, 10);

/** x of n, week by week; null for a week without parcels. */
type Lane = ([number, number] | null)[];

interface Row {
  to_country: string | null;
  n: number;
  x: number;
  usual: number;
  extra: number;
  is_named: boolean;
}

describe('alert_lanes', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
    await bench.give('seed_thresholds', 'name varchar, value double', standardThresholds);
    await bench.give('metrics', 'name varchar, better varchar, alert_horizon integer', alertMetrics);
  });
  afterAll(() => bench.close());

  /** The lanes of the alerts that the sum of these lanes raises. */
  async function split(lanes: Record<string, Lane>): Promise<Row[]> {
    const weekCount = Math.max(...Object.values(lanes).map((lane) => lane.length));
    const sums = Array.from({ length: weekCount }, (_, week) =>
      Object.values(lanes).reduce<[number, number]>(
        ([x, n], lane) => [x + (lane[week]?.[0] ?? 0), n + (lane[week]?.[1] ?? 0)],
        [0, 0],
      ),
    );
    await bench.give(
      'weekly_points',
      pointColumns,
      sums.map(([x, n], week): Value[] => [
        'dhl',
        'on_time_rate',
        monday(week),
        x / n,
        x,
        n,
        true,
        true,
        true,
      ]),
    );
    await bench.give(
      'lane_weeks',
      'carrier_code varchar, from_country varchar, to_country varchar, delivery_type varchar, metric varchar, week_start_date date, x bigint, n bigint',
      Object.entries(lanes).flatMap(([country, lane]) =>
        lane.flatMap((count, week): Value[][] =>
          count === null ? [] : [['dhl', 'NL', country, 'home', 'on_time_rate', monday(week), ...count]],
        ),
      ),
    );
    for (const model of ['watched_weeks', 'alert_baselines', 'weekly_control', 'alerts', 'alert_lanes']) {
      await bench.run(model);
    }
    return bench.rows<Row>(
      'select to_country, n, x, usual, extra, is_named from alert_lanes order by to_country nulls first',
    );
  }

  const times = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);
  const steady: Lane = times(8, [90, 100] as [number, number]);

  it('a lane of fewer than five parcels before is held against the carrier', async () => {
    const rows = await split({
      BE: [...steady, [90, 100], [90, 100]],
      // three parcels before, none on time
      DE: [...times(7, null), [0, 3], [0, 40], [0, 40]],
      '': [...times(7, null), [1, 5], [1, 5], [1, 5]],
    });
    const carriers = 721 / 808;
    expect(rows).toEqual([
      // five before: its own, one in five
      { to_country: null, n: 10, x: 2, usual: 0.2, extra: 0, is_named: false },
      { to_country: 'BE', n: 200, x: 180, usual: 0.9, extra: 0, is_named: false },
      {
        to_country: 'DE',
        n: 80,
        x: 0,
        usual: expect.closeTo(carriers, 9),
        extra: expect.closeTo(-80 * carriers, 7),
        is_named: true,
      },
    ]);
  });

  it('no lane is named that makes up half or less, and lanes that did better take nothing off', async () => {
    const half = await split({
      BE: [...steady, [70, 100], [70, 100]],
      DE: [...steady, [70, 100], [70, 100]],
      FR: [...steady, [100, 100], [100, 100]],
    });
    expect(half.map(({ extra, is_named }) => [extra, is_named])).toEqual([
      [-40, false],
      [-40, false],
      [20, false],
    ]);
    const more = await split({
      BE: [...steady, [69, 100], [70, 100]],
      DE: [...steady, [70, 100], [70, 100]],
      FR: [...steady, [100, 100], [100, 100]],
    });
    expect(more.map(({ to_country, is_named }) => [to_country, is_named])).toEqual([
      ['BE', true],
      ['DE', false],
      ['FR', false],
    ]);
  });

  it('an alert for the better names none', async () => {
    const low: Lane = times(8, [50, 100] as [number, number]);
    const rows = await split({ BE: [...low, [90, 100], [90, 100]] });
    expect(rows).toEqual([{ to_country: 'BE', n: 200, x: 180, usual: 0.5, extra: 80, is_named: false }]);
  });
});
