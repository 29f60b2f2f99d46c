import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aalenJohansen, percentile } from '../reference/estimators.js';
import { makeRandom } from './chance.js';
import { type Bench, openBench, standardThresholds, type Value } from './steps.js';

// How often a cut-off is said to have moved where the van comes as ever, a little late on some days; and how often where it did move.

const carriers = 100;
const asOf = Date.UTC(2026, 5, 30);
const dayMs = 86_400_000;
const isoDate = (day: number) => new Date(asOf - day * dayMs).toISOString().slice(0, 10);

interface Label {
  period: 'hand_over_latest' | 'hand_over_before';
  day: number;
  hour: number;
  waited: number;
}

/**
 * Labels of 118 days, at any minute from 10:00 to 20:00. The van loads what is labelled by a minute of the day that varies from day to day
 * around `usual`, of the last 28 days around `latest`; scans follow two hours and more after it.
 */
function drawLabels(random: () => number, usual: number, latest: number, perHour: number): Label[] {
  const labels: Label[] = [];
  for (let day = 118; day >= 1; day -= 1) {
    const weekday = new Date(asOf - day * dayMs).getUTCDay();
    if (weekday < 1 || weekday > 4) continue;
    const isLatest = day <= 28;
    const vanMinute = (isLatest ? latest : usual) + 60 * (random() + random() - 1);
    for (let hour = 10; hour < 20; hour += 1) {
      for (let index = 0; index < perHour * 2 * random(); index += 1) {
        const minute = hour * 60 + 60 * random();
        const scanMinute = vanMinute + 120 + 180 * random() + (minute > vanMinute ? 24 * 60 : 0);
        labels.push({
          period: isLatest ? 'hand_over_latest' : 'hand_over_before',
          day,
          hour,
          waited: (scanMinute - minute) / 60,
        });
      }
    }
  }
  return labels;
}

describe(`cut-offs of ${carriers} made-up carriers`, () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
    await bench.give('seed_thresholds', 'name varchar, value double', [
      ...standardThresholds,
      ['withheld_below', 10],
    ]);
    await bench.give('run_parameters', 'as_of_date date', [[isoDate(0)]]);
  });
  afterAll(() => bench.close());

  /** The number of carriers whose cut-off is said, at 5 %, to have moved earlier or later. */
  async function countMoves(draw: (random: () => number) => Label[]): Promise<number> {
    const groups: Value[][] = [];
    const durations: Value[][] = [];
    const waits = new Map<string, { key: Value[]; count: number }>();
    for (let seed = 0; seed < carriers; seed += 1) {
      const carrier = `c${seed}`;
      const labels = draw(makeRandom(2711 + seed));
      const hours = new Map<string, Label[]>();
      for (const label of labels) {
        const key = `${label.period} ${label.hour}`;
        hours.set(key, [...(hours.get(key) ?? []), label]);
      }
      for (const own of hours.values()) {
        const { period = '', hour = 0 } = own[0] ?? {};
        const { value, lo, hi } = percentile(
          aalenJohansen(own.map(({ waited }) => ({ t: waited, kind: 'interest' as const }))),
          0.5,
        );
        groups.push([groups.length, period, 'hand_over_hour', carrier, hour]);
        durations.push([durations.length, 'first_scan', own.length, value, lo, hi]);
      }
      for (const { period, day, hour, waited } of labels) {
        const key = [period, carrier, isoDate(day), hour, Math.floor(waited)];
        const kept = waits.get(key.join(' ')) ?? { key, count: 0 };
        waits.set(key.join(' '), { key, count: kept.count + 1 });
      }
    }
    await bench.give(
      'groups',
      'group_id bigint, period varchar, grain varchar, carrier_code varchar, label_hour integer',
      groups,
    );
    await bench.give(
      'durations',
      'group_id bigint, measure varchar, followed_count bigint, p50 double, p50_lo double, p50_hi double',
      durations,
    );
    await bench.give(
      'hand_over_waits',
      'period varchar, carrier_code varchar, label_date date, label_hour integer, hours_waited bigint, scanned bigint, open_labels bigint',
      [...waits.values()].map(({ key, count }) => [...key, count, 0]),
    );
    for (const model of ['cut_offs', 'cut_off_moves']) await bench.run(model);
    const [found] = await bench.rows<{ moved: number }>(
      'select count(*) as moved from cut_off_moves where p <= 0.05 and is_borne_out and n >= 30 and usual_n >= 30',
    );
    return Number(found?.moved);
  }

  it.each([14 * 60, 14 * 60 + 15, 14 * 60 + 30])(
    'stay where the van comes as ever, around minute %i',
    async (minute) => {
      // one in twenty would be five, and ten or more the chance of one in forty
      expect(await countMoves((random) => drawLabels(random, minute, minute, 2))).toBeLessThan(10);
    },
  );

  it.each([-120, -60, 120])('move where the van does, by %i minutes', async (minutes) => {
    const moved = await countMoves((random) => drawLabels(random, 14 * 60, 14 * 60 + minutes, 3));
    expect(moved).toBeGreaterThanOrEqual(0.9 * carriers);
  });
});
