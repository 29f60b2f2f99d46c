import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, openBench, standardThresholds, type Value } from '../queries/steps.js';
import { readNumbers, readPage } from './page.js';

// The worked example of the comparison with the others: the page's own table, through the models' own SQL.

const heading = 'Like with like, and one gate';
const page = readPage('methodology.md');
const text = page.text(heading);
const lanes = (page.tables(heading)[0] ?? []).slice(1);

const stratumColumns =
  'period varchar, metric varchar, carrier_code varchar, from_country varchar, to_country varchar, delivery_type varchar, service_level varchar, x double, n double';

interface Compared {
  difference: number;
  difference_lo: number;
  difference_hi: number;
  n: number;
  share: number;
  extra: number;
  p: number;
}

describe('a carrier against all others, on what both serve', () => {
  let bench: Bench;
  let row: Compared | undefined;
  beforeAll(async () => {
    bench = await openBench();
    const strata = lanes.flatMap(([lane = '', own, others]): Value[][] => {
      const [from = '', to = ''] = lane.split(' to ');
      return [
        ['a', own],
        ['others', others],
      ].flatMap(([carrier = '', cell]) => {
        const [x = 0, n = 0] = readNumbers(cell);
        return n === 0 ? [] : [['current', 'on_time_rate', carrier, from, to, 'home', 'standard', x, n]];
      });
    });
    expect(strata).toHaveLength(5);
    await bench.give('seed_thresholds', 'name varchar, value double', [
      ...standardThresholds,
      ['adjusted_support_from', 0.5],
    ]);
    await bench.give('metrics', 'name varchar, better varchar', [['on_time_rate', 'higher']]);
    await bench.give('stratum_rates', stratumColumns, strata);
    await bench.give(
      'stratum_curves',
      `${stratumColumns.replace('x double, n double', 'side varchar, n double, share double, variance double')}`,
      [],
    );
    for (const model of ['comparison_terms', 'compared']) await bench.run(model);
    [row] = await bench.rows<Compared>(
      `select * from compared where carrier_code = 'a' and scope = 'carrier' and other_carrier_code = '*'`,
    );
  });
  afterAll(() => bench.close());

  it('has the difference, the interval, the volume and the parcels that the page has', () => {
    const points = (share = Number.NaN) => (share * 100).toFixed(1).replace('-', '−');
    expect(text).toContain(
      `is ${points(row?.difference)} points (${points(row?.difference_lo)} to ${points(row?.difference_hi)}) over ${row?.n} parcels, ` +
        `${((row?.share ?? 0) * 100).toFixed(0)} % of A's volume: ${-(row?.extra ?? 0)} parcels fewer on time`,
    );
  });

  it('passes the gate among five and not among six', async () => {
    expect(text).toContain(`its p is ${row?.p.toFixed(4)}`);
    const pass = async (count: number) => {
      await bench.give('looks', 'name varchar, p double', [
        ['it', row?.p ?? 1],
        ...Array.from({ length: count - 1 }, (_, index): Value[] => [`other ${index}`, 0.5]),
      ]);
      return bench.rows<{ p_holm: number; is_sure: boolean }>(
        `select p_holm, is_sure from holm('looks') where name = 'it'`,
      );
    };
    const [among5] = await pass(5);
    expect(among5?.is_sure).toBe(true);
    expect(text).toContain(`stays at ${among5?.p_holm.toFixed(3)}`);
    expect((await pass(6))[0]?.is_sure).toBe(false);
  });
});
