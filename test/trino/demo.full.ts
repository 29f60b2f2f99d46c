import { mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { publicTables } from '../../queries/models.js';
import { openHouse } from '../pipelines/house.js';
import { openScratch } from '../queries/harness.js';
import { findTrino } from './harness.js';

// What a user does who has the demo, and then an engine.

const house = openHouse(new Date('2026-11-03T09:00:00Z'));
afterAll(() => house.remove());

/** What two snapshots' files of a table do not share, doubles to the ninth digit. */
async function compareFiles(ours: string, theirs: string): Promise<string[]> {
  const scratch = await openScratch();
  const differing: string[] = [];
  for (const table of publicTables) {
    const file = (folder: string) => `read_parquet('${folder}/${table}.parquet')`;
    const columns = await scratch.rows<{ name: string; type: string }>(
      `select column_name as name, column_type as type from (describe select * from ${file(ours)})`,
    );
    const list = columns.map(({ name, type }) => (type === 'DOUBLE' ? `round(${name}, 9)` : name)).join(', ');
    const rowsOf = (folder: string) => `select ${list} from ${file(folder)}`;
    const [row] = await scratch.rows<Record<'ours' | 'theirs', number>>(
      `select (select count(*) from (${rowsOf(ours)} except all ${rowsOf(theirs)})) as ours,
        (select count(*) from (${rowsOf(theirs)} except all ${rowsOf(ours)})) as theirs`,
    );
    if (Number(row?.ours) + Number(row?.theirs) > 0)
      differing.push(`${table}: ${row?.ours} rows of the first alone, ${row?.theirs} of the second`);
  }
  scratch.close();
  return differing;
}

/** The tracking number of a parcel of a snapshot. */
async function readNumber(folder: string): Promise<string> {
  const scratch = await openScratch();
  const [row] = await scratch.rows<{ number: string }>(
    `select min(tracking_number) as number from read_parquet('${folder}/parcels.parquet')`,
  );
  scratch.close();
  return String(row?.number);
}

describe('the demo, built on Trino', () => {
  it('publishes what it published before', async () => {
    await house.call('demo');
    const { url, catalog, tables, lake, lakeUrl } = findTrino();
    const name = `demo${process.pid}_${Date.now()}`;
    mkdirSync(join(lake, name));
    house.environment.PARCELMETRICS_DATA = house.path('parcelmetrics-demo');
    house.write(
      'parcelmetrics.config.json',
      JSON.stringify({
        engine: 'trino',
        trinoSchema: name,
        lake: join(lake, name),
        trinoUrl: url,
        trinoCatalog: catalog,
        trinoTables: tables,
        trinoLake: `${lakeUrl.replace(/\/$/, '')}/${name}`,
      }),
    );
    const published = () => realpathSync(house.path('parcelmetrics-demo', 'published'));
    const before = published();
    const clock = ['--as-of', '2026-11-03T04:12:00Z'];
    expect(await house.run('export', '--landed', house.path('landed.ndjson'))).toContain('lake:');
    expect((await house.call('doctor')).out).toMatch(/engine/);
    expect(await house.run('build', ...clock)).toContain('every parcel derived');
    await house.run('publish', ...clock);
    expect(published()).not.toBe(before);
    expect(await compareFiles(before, published())).toEqual([]);
    await house.run('report', ...clock);
    expect(
      readdirSync(house.path('parcelmetrics-demo', 'report')).filter((page) => page.endsWith('.html')).length,
    ).toBeGreaterThan(5);
    const number = await readNumber(published());
    expect(await house.run('explain', number)).toContain(number);
  });
});
