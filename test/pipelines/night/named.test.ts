import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifySnapshot } from '../../../pipelines/store/publish.js';
import { publicTables } from '../../../queries/models.js';
import { compilePackage } from '../compiled.js';
import { askFile, call, dayMs, findInFiles, inspect, makeFolder, readRows } from '../extract/harness.js';
import { asOf, dateOf, parcels, toLines } from './half-a-year.js';

/** A night's data, made once: links are relative, so that a copy is as good. */
let made = '';
let cwd = '';
let data = '';
beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'parcelmetrics-named-'));
  cwd = made;
  const archive = join(made, 'archive.ndjson');
  writeFileSync(archive, parcels.map(toLines).join(''));
  for (const line of [`import ${archive}`, 'build', 'publish']) await run(line);
  rmSync(archive);
});
afterAll(() => rmSync(made, { recursive: true, force: true }));
beforeEach(() => {
  cwd = makeFolder();
  data = join(cwd, 'data');
  cpSync(made, cwd, { recursive: true, verbatimSymlinks: true });
});

const attempt = (line: string) => call([...line.split(' '), '--as-of', asOf], { cwd });
async function run(line: string) {
  const { exitCode, out, err } = await attempt(line);
  expect({ line, exitCode, err: exitCode === 0 ? '' : err }).toEqual({ line, exitCode: 0, err: '' });
  return out;
}

const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const database = (name: string) => join(data, 'named', name, 'published', 'shipping.duckdb');
const publishedDatabase = () => join(data, 'published', 'shipping.duckdb');
const ask = (name: string, sql: string) => askFile(database(name), sql);

/** What the nights have, which nothing of a named snapshot may change. */
const readNights = () => ({
  link: readlinkSync(join(data, 'published')),
  published: hash(publishedDatabase()),
  marts: hash(join(data, 'marts.duckdb')),
  versions: readdirSync(join(data, 'snapshots')),
});

describe('a snapshot of a quarter', () => {
  it('holds the parcels labelled in it as seen now, and those of the 92 days before as seen 92 days ago', async () => {
    const before = readNights();
    const out = await run('build --quarter 2026Q3 --name q3');
    const inQ3 = parcels.filter(({ labelMs }) => /^2026-0[789]/.test(dateOf(labelMs)));
    expect(out.split('\n')).toEqual([
      `q3: 2026-07-01 to 2026-09-30 (92 days, by label date), as seen on 2026-11-20: ${inQ3.length} parcels labelled`,
      database('q3'),
      `Next: parcelmetrics report --snapshot q3. It is kept until you remove ${join(data, 'named', 'q3')}.`,
      '',
    ]);
    expect(readNights()).toEqual(before);
    expect(existsSync(join(data, 'marts.duckdb.building'))).toBe(false);
    expect(await ask('q3', 'select columns(*)::varchar from run_parameters')).toBe('2026-11-20 04:00:00');
    expect(
      await ask(
        'q3',
        "select concat_ws(' ', as_of_date, window_days, window_start_date, window_end_date, previous_as_of, previous_window_start_date, previous_window_end_date) from run_parameters",
      ),
    ).toBe('2026-11-20 92 2026-07-01 2026-09-30 2026-08-20 04:00:00 2026-03-31 2026-06-30');
    const counts = (period: string) =>
      ask(
        'q3',
        `select concat_ws(' ', labelled, round(on_time_rate * on_time_rate_n)::bigint, on_time_rate_n,
           round(unresolved_30d_rate * unresolved_30d_rate_n)::bigint, unresolved_30d_rate_n)
         from carrier_performance where carrier_code = '*' and period = '${period}'`,
      );
    // By hand, by the promised date of the due and the first scan of the rest.
    const count = (from: string, to: string, clockMs: number) => {
      const within = (date: string) => date >= from && date <= to;
      const known = parcels.map((parcel) => ({
        ...parcel,
        deliveredMs: parcel.deliveredMs !== null && parcel.deliveredMs <= clockMs ? parcel.deliveredMs : null,
      }));
      const due = known.filter(({ promised }) => within(promised));
      const scanned = known.filter(({ labelMs }) => within(dateOf(labelMs + dayMs / 2)));
      return [
        known.filter(({ labelMs }) => within(dateOf(labelMs))).length,
        due.filter(({ deliveredMs, promised }) => deliveredMs !== null && dateOf(deliveredMs) <= promised)
          .length,
        due.length,
        scanned.filter(({ deliveredMs }) => deliveredMs === null).length,
        scanned.length,
      ].join(' ');
    };
    expect(await counts('current')).toBe(count('2026-07-01', '2026-09-30', Date.parse(asOf)));
    expect(await counts('previous')).toBe(
      count('2026-03-31', '2026-06-30', Date.parse('2026-08-20T04:00:00Z')),
    );
    // Its weeks end with it, and those of a night do not.
    expect(await ask('q3', 'select max(start_date) from cells')).toBe('2026-09-30');
  });

  it('is, of the last 90 days, what the night publishes: table by table', async () => {
    await run('build --from 2026-08-22 --to 2026-11-19 --name ninety');
    await inspect(database('ninety'), async (db) => {
      await db.run(`attach '${publishedDatabase()}' as night (read_only)`);
      for (const table of publicTables) {
        const [row] = await readRows(
          db,
          `select (select count(*) from (from ${table} except all from night.${table})) as more,
             (select count(*) from (from night.${table} except all from ${table})) as fewer,
             (select count(*) from ${table}) as rows`,
        );
        expect({ table, more: row?.more, fewer: row?.fewer }).toEqual({ table, more: '0', fewer: '0' });
      }
    });
  });

  it('is read by report, sql, export and restore, each with an answer of its own place', async () => {
    await run('build --quarter 2026Q3 --name q3');
    await run('report');
    const night = readFileSync(join(data, 'report', 'index.html'), 'utf8');
    const { exitCode, out } = await call(['report', '--snapshot', 'q3'], { cwd });
    expect({ exitCode, out }).toEqual({
      exitCode: 0,
      out: expect.stringContaining(join(data, 'report-q3', 'index.html')),
    });
    const page = readFileSync(join(data, 'report-q3', 'index.html'), 'utf8').replaceAll('&nbsp;', ' ');
    expect(page).toMatch(/1 Jul to 30 Sep 2026, 92 days/);
    expect(readFileSync(join(data, 'report', 'index.html'), 'utf8')).toBe(night);
    const query = 'select window_days from run_parameters';
    const answer = async (...more: string[]) => {
      const output = join(cwd, 'answer.parquet');
      const options = ['--format', 'parquet', '--output', output, '--allow-files', ...more];
      await call(['sql', query, ...options], { cwd });
      return askFile(publishedDatabase(), `select window_days from '${output}'`);
    };
    expect([await answer(), await answer('--snapshot', 'q3')]).toEqual(['90', '92']);
    const folder = join(cwd, 'tables');
    await call(['export', folder, '--snapshot', 'q3', '--format', 'csv'], { cwd });
    expect(readFileSync(join(folder, 'run_parameters.csv'), 'utf8')).toContain('2026-09-30');
    // A night's snapshot by its name.
    const [version = ''] = readdirSync(join(data, 'snapshots'));
    expect(await answer('--snapshot', version)).toBe('90');
    expect(await run('status')).toContain(
      `named snapshot q3: 2026-07-01 to 2026-09-30 as seen on 2026-11-20; kept until you remove ${join(data, 'named', 'q3')}`,
    );
    expect((await call(['doctor'], { cwd })).out).toContain(
      'q3: 2026-07-01 to 2026-09-30 as seen on 2026-11-20',
    );
    rmSync(join(data, 'warehouse.duckdb'));
    // A warehouse that is gone beside it is no new one.
    for (const name of ['published', 'snapshots', 'report', 'reports', 'marts.duckdb'])
      rmSync(join(data, name), { recursive: true });
    expect(await attempt('build')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining(join('named', 'q3')),
    });
    expect(await run('restore q3 --yes')).toContain(`the snapshot ${join(data, 'named', 'q3', 'published')}`);
  });

  it('is made again only where that is asked for, and then in its place', async () => {
    await run('build --quarter 2026Q3 --name q3');
    const first = readlinkSync(join(data, 'named', 'q3', 'published'));
    expect(await attempt('build --quarter 2026Q2 --name q3')).toMatchObject({
      exitCode: 2,
      err: expect.stringMatching(/^error: --name q3: there is such a snapshot already\nNothing was changed/),
    });
    expect(readlinkSync(join(data, 'named', 'q3', 'published'))).toBe(first);
    await run('build --quarter 2026Q2 --name q3 --overwrite');
    expect(await ask('q3', 'select window_days from run_parameters')).toBe('91');
    expect(readdirSync(join(data, 'named', 'q3', 'snapshots'))).toHaveLength(1);
  });

  it('of young parcels says from when on it is complete, and of none ends with 3', async () => {
    expect(await run('build --from 2026-10-01 --to 2026-10-31 --name october')).toContain(
      'its youngest parcels still wait for an outcome: from 2026-12-01 on, with --overwrite, every rate has all of them',
    );
    expect(await attempt('build --quarter 2020Q1 --name old')).toMatchObject({
      exitCode: 3,
      err: expect.stringContaining('no parcel was labelled in this window'),
    });
  });
});

it.each([
  ['--quarter 2026Q3', '--quarter needs --name'],
  ['--name q3', '--name needs a window'],
  ['--overwrite', '--overwrite needs a window'],
  ['--quarter 2026Q3 --from 2026-07-01 --name q3', '--quarter and --from exclude each other'],
  ['--quarter 2026Q4 --name q4', '--quarter: 2026-12-31 is not over'],
  ['--from 2026-11-01 --to 2026-11-20 --name n', '--to: 2026-11-20 is not over'],
  ['--to 2026-11-01 --name n', '--to needs --from'],
  ['--from 2026-11-02 --to 2026-11-01 --name n', '--from 2026-11-02 is later than --to 2026-11-01'],
  ['--from 2001-01-01 --to 2026-11-01 --name n', 'are more than 3660'],
  ['--quarter 2026Q5 --name q5', '--quarter: "2026Q5" is not a quarter'],
  ['--quarter 2026Q3 --name ../q3', '--name: "../q3" is not a name'],
  ['--quarter 2026Q3 --name q3 --days 90', '--days and --quarter exclude each other'],
])('build %s is refused and changes nothing', async (options, message) => {
  const before = readNights();
  const { exitCode, err } = await attempt(`build ${options}`);
  expect({ exitCode, err }).toEqual({ exitCode: 2, err: expect.stringContaining(message) });
  expect(err).toContain('Nothing was changed.');
  expect(readNights()).toEqual(before);
  expect(existsSync(join(data, 'named'))).toBe(false);
});

it('--snapshot of a name that is not there says which are', async () => {
  await run('build --quarter 2026Q3 --name q3');
  expect(await call(['report', '--snapshot', 'q4'], { cwd })).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('--snapshot q4: there is no such snapshot\nNamed ones: q3. Of nights: 2'),
  });
});

it('forget reaches named snapshots and their reports, bytes included', async () => {
  const erased = parcels.find(
    ({ labelMs, deliveredMs }) => deliveredMs === null && dateOf(labelMs) > '2026-07-05',
  );
  const number = erased?.number ?? '';
  await run('build --quarter 2026Q3 --name q3');
  await call(['report', '--snapshot', 'q3'], { cwd });
  const named = join(data, 'named');
  expect(findInFiles(named, [number]).length).toBeGreaterThan(0);
  expect(findInFiles(join(data, 'report-q3-versions'), [number]).length).toBeGreaterThan(0);
  await run(`forget ${number}`);
  expect(findInFiles(data, [number])).toEqual([]);
  await verifySnapshot(join(named, 'q3', 'published'));
  expect(await ask('q3', 'select count(*) from parcels')).toBe(String(parcels.length - 1));
  // The others are still in its bytes: the search would have found the erased one.
  expect(findInFiles(named, [parcels[0]?.number ?? '']).length).toBeGreaterThan(0);
});

it('retention keeps a named snapshot, and says that it has the parcels still', async () => {
  await run('build --quarter 2026Q2 --name q2');
  const size = await ask('q2', 'select count(*) from parcels');
  const environment = { PARCELMETRICS_KEEP_LANDED_DAYS: '60' };
  const late = ['--as-of', '2026-11-20T04:00:00Z'];
  writeFileSync(join(cwd, 'parcelmetrics.config.json'), '{ "keepLandedDays": 60 }');
  const { exitCode, err } = await call(['build', '--quarter', '2026Q2', '--name', 'again', ...late], {
    cwd,
    environment,
  });
  expect({ exitCode, err }).toEqual({
    exitCode: 3,
    err: expect.stringContaining(
      'keep-landed-days is 60: parcels that ended before 2026-09-21 are gone, and this window begins 2026-04-01',
    ),
  });
  for (let index = 0; index < 9; index += 1) await run('publish');
  expect(readdirSync(join(data, 'snapshots')).length).toBeLessThanOrEqual(7);
  expect(await ask('q2', 'select count(*) from parcels')).toBe(size);
});

it('a build that is killed leaves what was, and the next one goes on from there', {
  timeout: 240_000,
}, async () => {
  const compiled = compilePackage();
  await run('build --quarter 2026Q3 --name q3');
  const before = { ...readNights(), q3: hash(database('q3')) };
  const folder = join(data, 'named', 'q3', 'snapshots');
  const hasStarted = {
    building: () => existsSync(join(data, 'marts.duckdb.building')),
    publishing: () => readdirSync(folder).some((name) => name.startsWith('.draft-')),
  };
  try {
    for (const isReached of Object.values(hasStarted)) {
      const argv = ['build', '--quarter', '2026Q3', '--name', 'q3', '--overwrite', '--as-of', asOf];
      const child = spawn(process.execPath, [join(compiled, 'pipelines', 'cli.js'), ...argv], {
        cwd,
        stdio: 'ignore',
      });
      const ended = once(child, 'exit');
      while (!isReached() && child.exitCode === null) await new Promise((wake) => setTimeout(wake, 5));
      child.kill('SIGKILL');
      await ended;
      expect(child.signalCode).toBe('SIGKILL');
      expect({ ...readNights(), q3: hash(database('q3')) }).toEqual(before);
    }
    const number = parcels[0]?.number ?? '';
    await run('build --quarter 2026Q3 --name q3 --overwrite');
    expect(readdirSync(folder)).toHaveLength(1);
    await run(`forget ${number}`);
    expect(findInFiles(data, [number])).toEqual([]);
  } finally {
    rmSync(compiled, { recursive: true, force: true });
  }
});
