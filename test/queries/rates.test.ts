import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cell, newcombe, standardise, wilson } from '../reference/estimators.js';
import {
  type Bench,
  findDifferences,
  openBench,
  someCount,
  standardThresholds,
  type Value,
} from './steps.js';

const someSeed = 1927;

describe('rates as SQL', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
    await bench.give('seed_thresholds', 'name varchar, value double', standardThresholds);
  });
  afterAll(() => bench.close());

  it("Wilson's interval of 0/10 ends at 0.2775, that of 9/10 goes from 0.5958 to 0.9821, that of nothing is null", async () => {
    const [known] = await bench.rows<Record<string, number | null>>(`
      select wilson_lo(0, 10) as none_lo, wilson_hi(0, 10) as none_hi, wilson_lo(9, 10) as nine_lo,
          wilson_hi(9, 10) as nine_hi, wilson_lo(10, 10) as all_lo, wilson_hi(10, 10) as all_hi,
          wilson_lo(0, 0) as empty_lo, wilson_hi(0, 0) as empty_hi, rate(0, 0) as empty`);
    expect(known).toMatchObject({ none_lo: 0, all_hi: 1, empty_lo: null, empty_hi: null, empty: null });
    expect(known?.none_hi).toBeCloseTo(0.2775, 4);
    expect(known?.nine_lo).toBeCloseTo(0.5958, 4);
    expect(known?.nine_hi).toBeCloseTo(0.9821, 4);
    expect(known?.all_lo).toBeCloseTo(0.7225, 4);
  });

  it("Wilson's interval is that of the reference for every count up to 60, and for large ones", async () => {
    const large = fc.sample(someCount(61, 10_000_000), { numRuns: 500, seed: someSeed });
    const small = Array.from({ length: 61 }, (_, n) => Array.from({ length: n + 1 }, (_, x) => ({ x, n })));
    const all = [...small.flat(), ...large];
    await bench.give(
      'counts',
      'place bigint, x bigint, n bigint',
      all.map(({ x, n }, place) => [place, x, n]),
    );
    const ours = await bench.rows<Record<string, number | null>>(
      'select rate(x, n) as rate, wilson_lo(x, n) as lo, wilson_hi(x, n) as hi from counts order by place',
    );
    const differences = all.flatMap(({ x, n }, place) => {
      const interval = wilson(x, n);
      const theirs = { rate: n === 0 ? null : x / n, lo: interval?.lo ?? null, hi: interval?.hi ?? null };
      return findDifferences(ours[place], theirs);
    });
    expect(differences).toEqual([]);
  });

  const goodWays: [string, 'higher' | 'lower' | null][] = [
    ['promise_kept_rate', 'higher'],
    ['lost_30d_rate', 'lower'],
    ['diverted_to_pickup_rate', null],
  ];

  it("period_changes has Newcombe's interval, and calls a change clear when it excludes 0", async () => {
    const pairs = fc.sample(fc.tuple(someCount(0, 200), someCount(0, 200)), { numRuns: 400, seed: someSeed });
    const groups = pairs.flatMap((_, index): Value[][] => [
      [2 * index, 'current', 'carrier', `c${index}`],
      [2 * index + 1, 'previous', 'carrier', `c${index}`],
    ]);
    await bench.give(
      'cell_groups',
      'group_id bigint, period varchar, grain varchar, carrier_code varchar, cell_id bigint',
      groups.map((group) => [...group, group[0] ?? null]),
    );
    await bench.give(
      'rate_counts',
      'cell_id bigint, metric varchar, x bigint, n bigint',
      pairs.flatMap((pair, index) =>
        pair.flatMap(({ x, n }, place) =>
          goodWays.map(([metric]): Value[] => [2 * index + place, metric, x, n]),
        ),
      ),
    );
    await bench.give(
      'durations',
      'group_id bigint, measure varchar, p50 double, p50_lo double, p50_hi double, p90 double, p90_lo double, p90_hi double, followed_count bigint',
      [],
    );
    await bench.give(
      'groups',
      'group_id bigint, period varchar, grain varchar, carrier_code varchar, week_start_date date',
      groups.map((group) => [...group, '1970-01-01']),
    );
    await bench.give(
      'week_counts',
      'week_start_date date, carrier_code varchar, metric varchar, x bigint, n bigint',
      [],
    );
    await bench.give('metrics', 'name varchar, better varchar', goodWays);
    await bench.give('run_parameters', 'previous_window_start_date date', [['2026-01-01']]);
    await bench.give(
      'carrier_starts',
      'carrier_code varchar, first_known_date date',
      [...new Set(groups.map(([, , , carrier]) => carrier ?? null))].map((carrier) => [
        carrier,
        '2026-01-01',
      ]),
    );
    await bench.run('rates');
    await bench.run('period_changes');
    const ours = await bench.rows<
      Record<string, number | null> & { is_clear: boolean | null; direction: string }
    >(
      `select * from period_changes where metric = 'promise_kept_rate' order by cast(substring(carrier_code, 2) as integer)`,
    );
    expect(ours).toHaveLength(pairs.length);
    for (const [index, [now, before]] of pairs.entries()) {
      const change = newcombe(now.x, now.n, before.x, before.n);
      const row = ours[index];
      const theirs = {
        difference: change?.difference ?? null,
        difference_lo: change?.lo ?? null,
        difference_hi: change?.hi ?? null,
      };
      expect(findDifferences(row, theirs), JSON.stringify([now, before])).toEqual([]);
      const isComparable = now.n >= 30 && before.n >= 30;
      const isClear = change !== null && isComparable ? change.lo > 0 || change.hi < 0 : null;
      expect(row?.is_clear, JSON.stringify([now, before])).toBe(isClear);
      const sign = (change?.difference ?? 0) > 0 ? 'better' : 'worse';
      expect(row?.direction).toBe(isClear === null ? 'not comparable' : isClear ? sign : 'no clear change');
    }
  });

  it('period_changes judges by the way that is good: a change of a figure that has none is shown, never judged', async () => {
    const found = await bench.rows<{ metric: string; side: number; directions: string }>(`
      select metric, sign(difference) as side, string_agg(distinct direction, ',') as directions
      from period_changes where is_clear group by all order by all`);
    expect(found).toEqual([
      { metric: 'diverted_to_pickup_rate', side: -1, directions: 'changed' },
      { metric: 'diverted_to_pickup_rate', side: 1, directions: 'changed' },
      { metric: 'lost_30d_rate', side: -1, directions: 'better' },
      { metric: 'lost_30d_rate', side: 1, directions: 'worse' },
      { metric: 'promise_kept_rate', side: -1, directions: 'worse' },
      { metric: 'promise_kept_rate', side: 1, directions: 'better' },
    ]);
  });

  const cellOf = (unit: string, stratum: string) =>
    someCount(0, 40).map((one): Cell => ({ unit, stratum, ...one }));
  const table = fc
    .tuple(
      ...['dhl', 'dpd', 'gls'].flatMap((unit) =>
        ['NL', 'DE', 'FR', 'GB'].map((stratum) => fc.option(cellOf(unit, stratum), { freq: 3 })),
      ),
    )
    .map((cells) => cells.filter((cell) => cell !== null && cell.n > 0) as Cell[]);

  it('adjusted_rates is direct standardisation as the reference has it', async () => {
    const tables = fc.sample(table, { numRuns: 60, seed: 1987 });
    for (const metric of ['on_time_rate', 'exception_rate_carrier']) {
      // Each table is a period of its own, and each of its cells two cells of the models: a stratum is summed up.
      const cells = tables.flatMap((one, period) => one.map((cell) => ({ ...cell, period: `p${period}` })));
      await bench.give(
        'mix_cells',
        'cell_id bigint, period varchar, carrier_code varchar, from_country varchar, to_country varchar, delivery_type varchar, service_level varchar',
        cells.flatMap(({ period, unit, stratum }, index) =>
          [2 * index, 2 * index + 1].map((id): Value[] => [
            id,
            period,
            unit,
            'NL',
            stratum,
            'home',
            'standard',
          ]),
        ),
      );
      await bench.give(
        'rate_counts',
        'cell_id bigint, metric varchar, x bigint, n bigint',
        cells.flatMap(({ x, n }, index): Value[][] => {
          const [someX, someN] = [Math.floor(x / 2), Math.floor(n / 2)];
          return [
            [2 * index, metric, Math.min(someX, someN), someN],
            [2 * index + 1, metric, x - Math.min(someX, someN), n - someN],
          ];
        }),
      );
      await bench.run('adjusted_rates');
      const ours = await bench.rows<Record<string, number | null>>('select * from adjusted_rates');
      const byKey = new Map(ours.map((row) => [`${row.period} ${row.carrier_code}`, row]));
      for (const [period, one] of tables.entries()) {
        for (const unit of new Set(one.map((cell) => cell.unit))) {
          const { adj, lo, hi, expected, support } = standardise(one, unit);
          const differences = findDifferences(byKey.get(`p${period} ${unit}`), {
            adjusted_rate: adj,
            adjusted_rate_lo: lo,
            adjusted_rate_hi: hi,
            expected_rate: expected,
            adjusted_support: support,
          });
          expect(differences, JSON.stringify(one)).toEqual([]);
        }
      }
    }
  });
});
