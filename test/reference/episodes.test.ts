import { describe, expect, test } from 'vitest';
import { splitByLane } from './alerts.js';
import { busyHistories } from './busy-histories.js';
import { findEpisodes, judge, median, sigmaOf, type WeekPoint } from './episodes.js';
import { AS_OF, compute } from './stories.js';

const hours = (...values: number[]): WeekPoint[] =>
  values.map((value, index) => ({ week: index * 7, n: 100, x: 0, value }));
const counts = (n: number, ...xs: number[]): WeekPoint[] =>
  xs.map((x, index) => ({ week: index * 7, n, x, value: x / n }));
const repeat = (times: number, ...values: number[]) => Array.from({ length: times }, () => values).flat();

describe('episodes', () => {
  test('medians and moving ranges', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
    // Ranges 2, 1, 4: median 2 / 0.954 is more than mean 7/3 / 1.128.
    expect(sigmaOf([10, 12, 11, 15])).toBeCloseTo(2 / 0.954, 12);
    // Ranges 1, 1, 10: here the mean is.
    expect(sigmaOf([1, 2, 1, 11])).toBeCloseTo(4 / 1.128, 12);
  });

  test('limits of hours: 2.75 sigma about the median, never below 0', () => {
    const [point] = judge('hours', hours(...repeat(4, 10, 11), 13.4));
    expect(point?.chart.centre).toBe(10.5);
    expect(point?.chart.hi).toBeCloseTo(10.5 + 2.75 / 0.954, 12);
    expect(point?.outside).toBe('above');
    expect(judge('hours', hours(...repeat(4, 10, 11), 13.3))[0]?.outside).toBeNull();
    expect(judge('hours', hours(...repeat(4, 1, 9), 0))[0]).toMatchObject({
      chart: { lo: 0 },
      outside: null,
    });
    // An hour of 1 is no share: it has an outside.
    expect(judge('hours', hours(...repeat(8, 1), 2))[0]?.outside).toBe('above');
  });

  test("limits of a rate: Laney's z, at least 1", () => {
    const [calm] = judge('rate', counts(100, ...repeat(8, 50), 63));
    expect(calm?.chart.sigma).toBe(1);
    expect(calm?.chart.hi).toBeCloseTo(0.5 + 2.75 * 0.05, 12);
    expect(calm?.outside).toBeNull();
    expect(judge('rate', counts(100, ...repeat(8, 50), 64))[0]?.outside).toBe('above');
    // Weeks of 40 and 60 by turns: z moves by 4.
    expect(judge('rate', counts(100, ...repeat(4, 40, 60), 64))[0]?.chart.sigma).toBeCloseTo(4 / 0.954, 12);
  });

  test('rare things: exact tails', () => {
    // Two of a hundred as a rule: 7 or more happen 4 times in 1000, 8 or more less than once.
    expect(judge('rate', counts(100, ...repeat(8, 2), 7))[0]?.outside).toBeNull();
    expect(judge('rate', counts(100, ...repeat(8, 2), 8))[0]?.outside).toBe('above');
    expect(judge('rate', counts(100, ...repeat(8, 0), 1))[0]?.outside).toBe('above');
    expect(judge('rate', counts(100, ...repeat(8, 100), 99))[0]?.outside).toBe('below');
    // The median is 0, yet it is not exempt.
    expect(judge('rate', counts(100, ...repeat(7, 0), 3, 9))[0]?.outside).toBe('above');
  });

  test('need eight weeks before, and take twenty-six', () => {
    expect(judge('hours', hours(...repeat(8, 10)))).toEqual([]);
    const long = judge('rate', counts(100, ...repeat(10, 90), ...repeat(26, 50), 50)).at(-1);
    expect(long?.chart.pooled).toEqual({ x: 1300, n: 2600 });
  });

  test('one week outside is no alert, two of three are', () => {
    const before = repeat(6, 10, 11);
    expect(findEpisodes('hours', hours(...before, 20, 10.5, 10.5))).toEqual([]);
    const [episode, ...others] = findEpisodes('hours', hours(...before, 20, 10.5, 20, 10.5));
    expect(others).toEqual([]);
    expect(episode?.points.map(({ week }) => week / 7)).toEqual([12, 14]);
    expect(episode).toMatchObject({ side: 'above', kind: 'outside', isOpen: true });
    expect(findEpisodes('hours', hours(...before, 20, 20, 10.5, 10.5))[0]?.isOpen).toBe(false);
  });

  test('eleven on one side are a run', () => {
    const before = repeat(9, 9.9, 10.1, 10);
    const run = repeat(11, 10.2);
    expect(findEpisodes('hours', hours(...before, ...run.slice(1)))).toEqual([]);
    const [episode] = findEpisodes('hours', hours(...before, ...run));
    expect(episode).toMatchObject({ side: 'above', kind: 'run', isOpen: true });
    expect(episode?.points).toHaveLength(11);
  });

  test('two unmarked weeks between make two alerts', () => {
    const before = repeat(13, 10, 11);
    const weeks = (...between: number[]) => hours(...before, 20, 20, ...between, 20, 20);
    // 20, 10.5, 20: the window of three bridges one unmarked week, and two are too many.
    expect(findEpisodes('hours', weeks(10.5))).toHaveLength(1);
    expect(findEpisodes('hours', weeks(10.5, 10.5))).toHaveLength(2);
  });

  test('lanes: what each adds, and which is named', () => {
    const week = (lane: string, number: number, x: number, n: number) => ({ lane, week: number, x, n });
    const lanes = splitByLane(
      [week('a', 0, 90, 100), week('b', 0, 95, 100), week('c', 0, 4, 4)].concat([
        week('a', 1, 10, 20),
        week('b', 1, 18, 20),
        week('c', 1, 2, 4),
        week('d', 2, 1, 9),
      ]),
      { marked: new Set([1]), baseline: new Set([0]) },
      0.9,
      { side: 'below', isWorse: true },
    );
    expect(lanes.map(({ lane, isNamed }) => [lane, isNamed])).toEqual([
      ['a', true],
      ['b', false],
      ['c', false],
    ]);
    expect(lanes.map(({ usual }) => usual)).toEqual([0.9, 0.95, 0.9]);
    // 10 - 20 x 0.9, 18 - 20 x 0.95, 2 - 4 x 0.9.
    expect(lanes[0]?.extra).toBeCloseTo(-8, 12);
    expect(lanes[1]?.extra).toBeCloseTo(-1, 12);
    expect(lanes[2]?.extra).toBeCloseTo(-1.6, 12);
  });

  test('of weekly parcels: a fall that lasts is found, with its carrier and lane', () => {
    const { alerts, alertLanes, candidates, cases } = compute(busyHistories(AS_OF));
    const fall = alerts.find(({ metric, is_open }) => metric === 'promise_kept_rate' && is_open);
    expect(fall).toMatchObject({ carrier_code: 'slowpost', side: 'below', is_worse: true, kind: 'outside' });
    expect(alerts.every(({ carrier_code }) => carrier_code !== '*')).toBe(true);
    const named = alertLanes.filter(({ metric, is_named }) => metric === 'promise_kept_rate' && is_named);
    expect(named).toMatchObject([{ carrier_code: 'slowpost', from_country: 'NL', to_country: 'DE' }]);
    expect(new Set(candidates.map(({ kind }) => kind))).toEqual(
      new Set(['alert', 'carrier', 'change', 'lane']),
    );
    expect(cases).toHaveLength(3);
    for (const found of cases) {
      expect(found).toMatchObject({ carrier_code: 'slowpost', is_worse: true });
      expect(found.lane?.to_country ?? 'DE').toBe('DE');
    }
  });
});
