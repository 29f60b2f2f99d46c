import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type House, openHouse, toEnvelopes } from '../pipelines/house.js';
import { compareDumps, readableHistories } from '../queries/nights.js';
import { askTrino, dumpMarts, findTrino, waitForModel } from './harness.js';

// Two programs, each in a folder of its own, that build one account's parcels.

const asOf = new Date('2026-06-30T00:00:00Z');
const clock = ['--as-of', asOf.toISOString()];
const { url, catalog, tables, lake, lakeUrl } = findTrino();
const name = `rivals${process.pid}_${Date.now()}`;
const schema = `parcelmetrics_${name}_lasting`;
const houses: House[] = [];
afterAll(() => {
  for (const house of houses) house.remove();
});

function open(account: string, accounts: string | null): House {
  const house = openHouse(asOf);
  houses.push(house);
  house.write(
    'parcelmetrics.config.json',
    JSON.stringify({
      engine: 'trino',
      account,
      ...(accounts !== null && { accounts }),
      lake: join(lake, name),
      trinoUrl: url,
      trinoCatalog: catalog,
      trinoTables: tables,
      trinoLake: `${lakeUrl.replace(/\/$/, '')}/${name}`,
    }),
  );
  return house;
}

describe('two programs that build one account at once', () => {
  it('the one that began last is right; the other ends with 6 and what it had, and both go on from there', async () => {
    mkdirSync(join(lake, name), { recursive: true });
    const shop = open('shop', null);
    const land = async (seed: number) => {
      const observations = readableHistories(seed, 40, asOf).filter(({ observedAt }) => observedAt <= asOf);
      await shop.run('import', shop.write(`${seed}.ndjson`, toEnvelopes(observations)), ...clock);
    };
    await land(95);
    const [one, other, here] = [open(name, 'all'), open(name, 'all'), open(name, 'all')];
    await here.run('build', '--engine', 'duckdb', ...clock);
    const build = async (house: House) => {
      const { exitCode, err } = await house.call('build', ...clock);
      return { exitCode, err };
    };

    const older = build(one);
    await waitForModel(one, 'parcels');
    const newer = build(other);
    const { exitCode, err } = await older;
    expect([exitCode, err]).toEqual([6, expect.stringContaining('has taken over its tables on Trino')]);
    expect(await newer).toEqual({ exitCode: 0, err: expect.not.stringContaining('Trino:') });
    expect(compareDumps(await dumpMarts(here), await dumpMarts(other))).toEqual([]);

    // News, which both derive at once from what the one has recorded.
    await land(96);
    await here.run('build', '--engine', 'duckdb', '--full', ...clock);
    const nights = await Promise.all([build(one), build(other)]);
    expect(nights.map((night) => night.exitCode).sort()).not.toEqual([0, 0]);
    for (const night of nights) if (night.exitCode !== 0) expect([4, 6]).toContain(night.exitCode);
    expect(await one.run('build', ...clock)).toContain('changed parcels derived');
    expect(compareDumps(await dumpMarts(here), await dumpMarts(one))).toEqual([]);
    expect((await askTrino('show schemas')).map(String).filter((one) => one.includes(name))).toEqual([]);
    expect(await askTrino(`select count(*) from ${tables}.${schema}.build_state`)).toEqual([[1]]);
  });
});
