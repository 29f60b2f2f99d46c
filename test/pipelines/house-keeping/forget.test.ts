import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { verifySnapshot } from '../../../pipelines/store/publish.js';
import { openWarehouse } from '../../../pipelines/store/warehouse.js';
import {
  askFile,
  call,
  findInFiles,
  inspect,
  makeFolder,
  makeTimeline,
  pointAt,
  readRows,
  showBodies,
} from '../extract/harness.js';
import { start } from '../sandbox/harness.js';

const clock = new Date('2026-03-10T04:00:00Z');
// Numbers that DuckDB cannot pack, so that a search of bytes would find them.
const erased = 'ZQXJ7H3KWVY';
const relabelled = 'WVYK5B9QZXJ';
const kept = 'KEPT00112233';

let cwd = '';
let data = '';
beforeEach(() => {
  cwd = makeFolder();
  data = join(cwd, 'data');
});

const run = async (line: string, environment: Record<string, string> = {}) => {
  const result = await call([...line.split(' '), '--as-of', clock.toISOString()], { cwd, environment });
  return result;
};

const bodyOf = (numbers: string[]) =>
  makeTimeline(numbers, [
    ['2026-03-02T10:00:00Z', 'accepted'],
    ['2026-03-02T11:00:00Z', 'damaged'],
  ]);

/** What any table of a database holds of some numbers. */
async function findRows(path: string, numbers: readonly string[]): Promise<string[]> {
  return inspect(path, async (db) => {
    const found: string[] = [];
    for (const { name } of await readRows(
      db,
      'select table_name as name from duckdb_tables() where not internal',
    )) {
      const rows = await readRows(db, `select cast(data as varchar) as text from "${name}" as data`);
      if (rows.some(({ text }) => numbers.some((number) => text?.includes(number)))) found.push(String(name));
    }
    return found;
  });
}

it('erases a parcel with all its numbers, bytes and older snapshots included, and refuses it from then on', async () => {
  const inputs = makeFolder();
  const archive = join(inputs, 'archive.ndjson');
  const lines = [
    { observed_at: '2026-03-03T00:00:00Z', response: bodyOf([erased]) },
    { observed_at: '2026-03-04T00:00:00Z', response: bodyOf([relabelled, erased]) },
    { observed_at: '2026-03-04T00:00:00Z', response: bodyOf([kept]) },
  ];
  writeFileSync(archive, lines.map((line) => JSON.stringify(line)).join('\n'));
  const numbers = [erased, relabelled];
  await run(`import ${archive}`);
  await run('build');
  for (const line of ['publish', 'publish', 'publish', 'report'])
    expect(await run(line)).toMatchObject({ exitCode: 0 });
  const snapshots = () => readdirSync(join(data, 'snapshots')).filter((name) => !name.startsWith('.'));
  expect(snapshots()).toHaveLength(3);
  // Half of a snapshot, which an older program was killed in removing, is nobody's: it goes.
  rmSync(join(data, 'snapshots', snapshots().sort()[0] ?? '', 'carriers.parquet'));
  expect(findInFiles(data, numbers).length).toBeGreaterThan(3);

  // The older number is asked for; the younger is its alias.
  const aside = join(data, 'warehouse.duckdb.before-20260301T000000Z');
  writeFileSync(aside, '');
  // A build that was killed leaves half of the marts.
  copyFileSync(join(data, 'marts.duckdb'), join(data, 'marts.duckdb.building'));
  const missing = join(data, 'published', 'carriers.parquet');
  renameSync(missing, `${missing}.away`);
  expect(await run(`forget ${erased}`)).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('carriers.parquet is not what was published'),
  });
  renameSync(`${missing}.away`, missing);
  const { exitCode, out, err } = await run(`forget ${erased} --json`);
  expect({ exitCode, out }).toEqual({ exitCode: 0, out: '{"forgotten":2}\n' });
  expect(err).toContain(`${aside}, set aside by restore, may still hold them`);
  expect(findInFiles(cwd, numbers)).toEqual([]);
  const warehouse = join(data, 'warehouse.duckdb');
  expect(await findRows(warehouse, numbers)).toEqual([]);
  expect(await findRows(warehouse, [kept])).toContain('landed_events');
  expect(snapshots()).toHaveLength(2);
  for (const version of snapshots()) {
    const folder = join(data, 'snapshots', version);
    await verifySnapshot(folder);
    expect(await findRows(join(folder, 'shipping.duckdb'), numbers)).toEqual([]);
    expect(await findRows(join(folder, 'shipping.duckdb'), [kept])).toContain('parcels');
    const rows = await askFile(
      join(folder, 'shipping.duckdb'),
      `select count(*) from read_parquet('${folder}/parcels.parquet')`,
    );
    expect(rows).toBe('1');
  }
  expect(existsSync(join(data, 'marts.duckdb'))).toBe(false);
  expect(existsSync(join(data, 'marts.duckdb.building'))).toBe(false);

  // Nothing brings it back: not the archive, not a file of parcels, not the API.
  lines.push({ observed_at: '2026-03-05T00:00:00Z', response: bodyOf(['NEVERSEEN', relabelled]) });
  writeFileSync(archive, lines.map((line) => JSON.stringify(line)).join('\n'));
  const again = await run(`import ${archive}`);
  expect(again.out).toContain('3 left out, because their numbers were forgotten');
  const file = join(inputs, 'parcels.csv');
  writeFileSync(file, `tracking_number,carrier_code\n${erased},dpd\n${relabelled},dpd\nOTHER,dpd\n`);
  expect((await run(`register --known ${file}`)).out).toBe(
    '3 rows: 1 registered, 0 known already; 2 left out, because they were forgotten\n',
  );
  const sandbox = await start({
    source: showBodies({ OTHER: bodyOf(['OTHER', erased]), [kept]: bodyOf([kept]) }),
    now: clock,
  });
  const cells = 'announced_at,from_country,from_postal_code,to_country,to_postal_code,contract_id,source_id';
  writeFileSync(
    file,
    `tracking_number,carrier_code,${cells}\n${erased},dpd,2026-03-09T10:00:00Z,NL,1012,DE,10115,517,s\n`,
  );
  expect((await run(`register ${file}`, pointAt(sandbox))).out).toContain(
    '1 left out, because they were forgotten',
  );
  expect(sandbox.stats().requests).toBe(0);
  await run('extract', pointAt(sandbox));
  expect(sandbox.stats().perTrackingNumber).toEqual({ OTHER: 1, [kept]: 1 });
  expect(await findRows(warehouse, numbers)).toEqual([]);
  expect(findInFiles(cwd, numbers)).toEqual([]);
});

it('takes a number that nobody registered, so that it is refused should it come', async () => {
  const { exitCode, out } = await run('forget A1234 B5678');
  expect({ exitCode, out }).toEqual({ exitCode: 0, out: expect.stringMatching(/^forgotten: …34, …78\n/) });
  const file = join(cwd, 'a.ndjson');
  writeFileSync(file, JSON.stringify(bodyOf(['A1234'])));
  expect((await run(`import ${file}`)).out).toContain('1 left out');
});

it('gives space back with vacuum, and keeps what is there', async () => {
  const path = join(data, 'warehouse.duckdb');
  const held = await openWarehouse({ path, memoryLimit: '500MB', threads: 1, command: 'test' });
  await held.connection.run(
    'create table filler as select hash(range) as noise, uuid() as more from range(300000)',
  );
  await held.connection.run('checkpoint');
  await held.connection.run('drop table filler');
  await held.close();
  const file = join(cwd, 'a.ndjson');
  writeFileSync(file, JSON.stringify(bodyOf([kept])));
  await run(`import ${file}`);
  const before = statSync(path).size;
  const { exitCode, out } = await run('vacuum --json');
  const after = statSync(path).size;
  expect({ exitCode, sizes: JSON.parse(out) }).toMatchObject({
    exitCode: 0,
    sizes: { beforeBytes: before, afterBytes: after },
  });
  expect(after).toBeLessThan(before);
  expect(await findRows(path, [kept])).toContain('landed_responses');
  expect(await run(`import ${file}`)).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining('0 new observations'),
  });
});
