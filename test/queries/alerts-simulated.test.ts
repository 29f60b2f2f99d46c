import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawCount, makeRandom } from './chance.js';
import {
  alertMetrics,
  type Bench,
  openBench,
  pointColumns,
  standardThresholds,
  type Value,
} from './steps.js';

// What an alert is worth: how often calm years raise one, and how soon a fall is found. Carriers by the hundred, fed as counts.

const carriers = 500;
const weeks = 53;
/** The week in which the fall begins, and how many weeks it is then looked at. */
const fallsAt = 30;
const looked = 5;

const random = makeRandom(1527);

function drawNormal(): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const clamp = (share: number) => Math.min(1, Math.max(0, share));

interface Series {
  metric: string;
  weekCount: number;
  n: number;
  /** The share of a week, before chance has its way; null for hours. */
  shareOf: ((week: number) => number) | null;
}

// each series takes the name of a metric that can alert
const even: Series = { metric: 'on_time_rate', weekCount: weeks, n: 200, shareOf: () => 0.88 };
const rare: Series = { metric: 'promise_kept_rate', weekCount: weeks, n: 60, shareOf: () => 0.97 };
const restless: Series = {
  metric: 'transit_2_working_days_rate',
  weekCount: weeks,
  n: 200,
  shareOf: () => clamp(0.88 + 0.03 * drawNormal()),
};
const hours: Series = { metric: 'transit_p50_hours', weekCount: weeks, n: 200, shareOf: null };
const falling: Series = {
  metric: 'first_attempt_success_rate',
  weekCount: fallsAt + looked,
  n: 200,
  shareOf: (week) => (week < fallsAt ? 0.88 : 0.78),
};

const monday = (week: number) => new Date(Date.UTC(2025, 0, 6 + 7 * week)).toISOString().slice(0, 10);

function drawPoints({ metric, weekCount, n, shareOf }: Series): Value[][] {
  return Array.from({ length: carriers * weekCount }, (_, index) => {
    const week = index % weekCount;
    const x = shareOf ? drawCount(random, n, shareOf(week)) : null;
    return [
      `carrier ${Math.floor(index / weekCount)}`,
      metric,
      monday(week),
      x === null ? 44 + 3 * drawNormal() : x / n,
      x,
      n,
      shareOf !== null,
      true,
      true,
    ];
  });
}

describe('alerts over years of made-up weeks', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
    await bench.give('seed_thresholds', 'name varchar, value double', standardThresholds);
    await bench.give('metrics', 'name varchar, better varchar, alert_horizon integer', alertMetrics);
    await bench.give(
      'weekly_points',
      pointColumns,
      [even, rare, restless, hours, falling].flatMap(drawPoints),
    );
    for (const model of ['watched_weeks', 'alert_baselines', 'weekly_control', 'alerts']) {
      await bench.run(model);
    }
  }, 300_000);
  afterAll(() => bench.close());

  async function countCarriers(where: string): Promise<number> {
    const [row] = await bench.rows<{ count: number }>(
      `select cast(count(distinct carrier_code) as integer) as count from alerts where ${where}`,
    );
    return row?.count ?? -1;
  }

  it('a calm year alerts in at most 1 of 20 carriers, metric by metric', async () => {
    const alerted = await Promise.all(
      [even, rare, restless, hours].map(({ metric }) => countCarriers(`metric = '${metric}'`)),
    );
    expect(Math.max(...alerted)).toBeLessThanOrEqual(carriers / 20);
    // charts that never alert would pass as well
    expect(Math.max(...alerted)).toBeGreaterThan(0);
  });

  it('a fall of 10 points at 200 parcels a week is found within 5 weeks in 9 of 10', async () => {
    const found = await countCarriers(
      `metric = '${falling.metric}' and side = 'below' and is_worse and last_week >= date '${monday(fallsAt)}'`,
    );
    expect(found).toBeGreaterThanOrEqual(0.9 * carriers);
  });
});
