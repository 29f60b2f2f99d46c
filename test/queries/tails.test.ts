import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, openBench } from './steps.js';

// p-values and Holm's step-down as SQL, against values that are known.

describe('tails', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  async function reckon(formula: string): Promise<number> {
    const [row] = await bench.rows<{ value: number }>(`select cast(${formula} as double) as value`);
    return row?.value ?? Number.NaN;
  }

  it.each([
    // sums of binomial coefficients: 1 + 10 + 45 + 120 of 1024, and so on
    ['binomial_up_to(3, 10, 0.5)', 176 / 1024],
    ['binomial_from(7, 10, 0.5)', 176 / 1024],
    ['binomial_from(0, 10, 0.5)', 1],
    ['binomial_up_to(10, 10, 0.5)', 1],
    ['binomial_up_to(0, 200, 0.05)', 0.95 ** 200],
    ['binomial_from(1, 200, 0.05)', 1 - 0.95 ** 200],
    ['binomial_from(200, 200, 0.05)', 0.05 ** 200],
    ['binomial_p(7, 10, 0.5)', 352 / 1024],
    ['binomial_p(5, 10, 0.5)', 1],
    // nothing expected, all expected
    ['binomial_p(0, 40, 0.0)', 1],
    ['binomial_p(1, 40, 0.0)', 0],
    ['binomial_p(40, 40, 1.0)', 1],
    ['binomial_p(39, 40, 1.0)', 0],
    // half of a million and a bit more: the normal tail with a continuity correction, (500300 - 0.5 - 500000) / 500
    ['binomial_from(500300, 1000000, 0.5)', 0.274586],
  ])('%s', async (formula, value) => {
    const ours = await reckon(formula);
    expect(Math.abs(ours - value)).toBeLessThanOrEqual(
      value === 0 ? 1e-200 : (formula.includes('1000000') ? 1e-5 : 1e-10) * value,
    );
  });

  it.each([
    // tables of the normal distribution
    ['normal_p(0)', 1],
    ['normal_p(1)', 0.3173105078629141],
    ['normal_p(-1)', 0.3173105078629141],
    ['normal_p(1.959963984540054)', 0.05],
    ['normal_p(3)', 0.002699796063260207],
    ['normal_p(5)', 5.733031437583892e-7],
    ['normal_p(10)', 1.5239706048321166e-23],
  ])('%s', async (formula, value) => {
    expect(Math.abs((await reckon(formula)) / value - 1)).toBeLessThan(1e-9);
  });

  it('a count of something rare is a surprise from where its exact tail is below 3 in 1,000', async () => {
    // 0.998 ** 400 and so on, by hand: P(X >= 5) of 400 at 1 in 1,000 is 0.00006, P(X >= 3) is 0.0079, P(X >= 4) is 0.00077
    expect(await reckon('rare_count_hi(400, 0.001)')).toBe(3);
    expect(await reckon('rare_count_hi(400, 0.0)')).toBe(0);
    expect(await reckon('rare_count_hi(30, 0.16)')).toBe(11);
  });
});

describe('Holm', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  interface Judged {
    name: string;
    p: number | null;
    p_holm: number | null;
    is_sure: boolean;
  }

  async function holm(ps: (number | null)[]): Promise<Judged[]> {
    await bench.give(
      'candidates',
      'name varchar, p double',
      ps.map((p, index) => [`candidate ${index}`, p]),
    );
    return bench.rows<Judged>("select * from holm('candidates') order by name");
  }

  it('adjusts each p by how many are left, and never falls', async () => {
    // by hand: 4 x 0.005, 3 x 0.01, 2 x 0.03, and 1 x 0.04 raised to the one before it
    const judged = await holm([0.04, 0.005, 0.03, 0.01]);
    expect(judged.map(({ p_holm }) => p_holm)).toEqual(
      [0.06, 0.02, 0.06, 0.03].map((value) => expect.closeTo(value, 12)),
    );
    expect(judged.map(({ is_sure }) => is_sure)).toEqual([false, true, false, true]);
  });

  it('says nothing of a candidate without a p, and does not count it', async () => {
    const judged = await holm([null, 0.02, 0.03]);
    expect(judged.map(({ p_holm }) => p_holm)).toEqual([null, 0.04, 0.04]);
    expect(judged.map(({ is_sure }) => is_sure)).toEqual([false, true, true]);
    expect(Object.keys(judged[0] ?? {})).toEqual(['name', 'p', 'p_holm', 'is_sure']);
  });

  it('cuts at 1, takes ties alike and nothing at all', async () => {
    expect((await holm([0.9, 0.6])).map(({ p_holm }) => p_holm)).toEqual([1, 1]);
    expect((await holm([0.01, 0.01])).map(({ p_holm }) => p_holm)).toEqual([0.02, 0.02]);
    expect(await holm([])).toEqual([]);
  });
});
