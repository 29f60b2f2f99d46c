import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { beforeEach, describe, expect, it } from 'vitest';
import { publish, readManifest, rollBack, verifySnapshot } from '../../../pipelines/store/publish.js';
import { openWarehouse } from '../../../pipelines/store/warehouse.js';
import { publicTables } from '../../../queries/models.js';
import {
  call,
  inspect,
  makeFolder,
  makeTimeline,
  openLanding,
  readRows,
  readValue,
} from '../extract/harness.js';

const clock = '2026-03-10T04:00:00Z';
const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('a snapshot', () => {
  let connection: DuckDBConnection;
  let published = '';
  beforeEach(async () => {
    published = join(makeFolder(), 'published');
    connection = await openLanding();
    await connection.run(`
      create table run_parameters as select timestamp '2026-03-10 04:00:00' as as_of, timestamp '2026-03-09 03:00:00' as data_as_of,
        date '2025-12-10' as window_start_date, date '2026-03-09' as window_end_date;
      create table parcels as select range as tracking_number from range(3);
      create view slow as select tracking_number from parcels;
      create table secrets as select 'x' as x`);
  });

  const publishAt = (day: number, keep = { count: 3 }) =>
    publish(connection, {
      published,
      runId: `202603${String(day).padStart(2, '0')}T040000Z-abc`,
      tables: ['parcels', 'slow', 'run_parameters'],
      writeComments: async () => {},
      keep,
    });
  // What a process that still lives left unfinished is another's business.
  const versionsLeft = () =>
    readdirSync(join(published, '..', 'snapshots'))
      .filter((name) => !name.startsWith('.draft-'))
      .sort();
  const countRows = () =>
    inspect(join(published, 'shipping.duckdb'), (db) => readValue(db, 'select count(*) from slow'));

  it('holds the tables it is told, twice, and a manifest that is true of them', async () => {
    const manifest = await publishAt(10);
    expect(readManifest(published)).toEqual(manifest);
    expect(manifest).toMatchObject({
      as_of: '2026-03-10T04:00:00.000Z',
      data_as_of: '2026-03-09T03:00:00.000Z',
      window: { from: '2025-12-10', to: '2026-03-09' },
      tables: { parcels: { rows: 3 }, slow: { rows: 3 }, run_parameters: { rows: 1 } },
    });
    const names = readdirSync(published).filter((name) => name !== 'manifest.json');
    expect(names.sort()).toEqual(Object.keys(manifest.files).sort());
    for (const [name, { bytes, sha256 }] of Object.entries(manifest.files)) {
      expect(hashOf(join(published, name))).toBe(sha256);
      expect(statSync(join(published, name)).size).toBe(bytes);
    }
    const tables = await inspect(join(published, 'shipping.duckdb'), (db) =>
      readRows(db, 'select table_name as name from duckdb_tables() order by 1'),
    );
    expect(tables.map(({ name }) => name)).toEqual(['parcels', 'run_parameters', 'slow']);
  });

  it('is swapped in at once: a reader keeps what it opened, and there is one to open at any moment', async () => {
    await publishAt(10);
    await connection.run('insert into parcels values (4)');
    let isPublishing = true;
    let looks = 0;
    const watch = async () => {
      while (isPublishing) {
        expect(existsSync(join(published, 'shipping.duckdb'))).toBe(true);
        await verifySnapshot(realpathSync(published));
        looks += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await inspect(join(published, 'shipping.duckdb'), async (db) => {
      const watching = watch();
      await publishAt(11);
      isPublishing = false;
      await watching;
      expect(looks).toBeGreaterThan(1);
      expect(await readValue(db, 'select count(*) from slow')).toBe('3');
    });
    expect(await countRows()).toBe('4');
    expect(readlinkSync(published)).toBe('snapshots/20260311T040000Z-abc');
  });

  it('leaves the old one as it is when a new one cannot be finished', async () => {
    await publishAt(10);
    const before = readManifest(published);
    await connection.run('drop table parcels');
    await expect(publishAt(11)).rejects.toThrow();
    expect(readManifest(published)).toEqual(before);
    expect(await countRows()).toBe('3');
    expect(versionsLeft()).toEqual(['20260310T040000Z-abc']);
    await connection.run('create table parcels as select 1 as tracking_number');
    await publishAt(12);
    expect(await countRows()).toBe('1');
    expect(versionsLeft()).toEqual(['20260310T040000Z-abc', '20260312T040000Z-abc']);
  });

  it('can be gone back from, one step at a time, until there is none before it', async () => {
    for (const day of [10, 11, 12]) await publishAt(day);
    expect(rollBack(published)).toEqual({ from: '20260312T040000Z-abc', to: '20260311T040000Z-abc' });
    expect(readManifest(published)?.run_id).toBe('20260311T040000Z-abc');
    rollBack(published);
    expect(() => rollBack(published)).toThrow(
      expect.objectContaining({ exitCode: 2, message: 'there is no snapshot before 20260310T040000Z-abc' }),
    );
    expect(versionsLeft()).toHaveLength(3);
    await publishAt(13);
    expect(readManifest(published)?.run_id).toBe('20260313T040000Z-abc');
  });

  it('makes the oldest go, never the one that is shown', async () => {
    for (const day of [10, 11, 12, 13]) await publishAt(day);
    expect(versionsLeft()).toEqual([11, 12, 13].map((day) => `202603${day}T040000Z-abc`));
    rollBack(published);
    rollBack(published);
    // The one that is made is shown from then on: the one gone back to may go.
    await publishAt(14, { count: 1 });
    expect(versionsLeft()).toEqual(['20260314T040000Z-abc']);
  });

  it('is known to be damaged by its checksum', async () => {
    await publishAt(10);
    await verifySnapshot(published);
    appendFileSync(join(published, 'shipping.duckdb'), 'x');
    const damaged = expect.objectContaining({ code: 'snapshot_damaged', exitCode: 2 });
    await expect(verifySnapshot(published)).rejects.toEqual(damaged);
    await publishAt(11);
    await verifySnapshot(published);
    writeFileSync(join(published, 'manifest.json'), '{"files": {}, "tables": {}}');
    await expect(verifySnapshot(published)).rejects.toEqual(damaged);
    await expect(verifySnapshot(join(published, 'nothing'))).rejects.toMatchObject({
      code: 'no_snapshot',
      exitCode: 2,
    });
  });
});

describe('publish as a command', () => {
  it('publishes a sound build only: a failed check ends with 5, and what was published stands', async () => {
    const cwd = makeFolder();
    const data = join(cwd, 'data');
    const run = (line: string) => call([...line.split(' '), '--as-of', clock], { cwd });
    expect(await run('publish')).toMatchObject({
      exitCode: 5,
      err: expect.stringContaining('nothing to publish'),
    });

    const archive = join(cwd, 'archive.ndjson');
    const bodies = ['A', 'B'].map((number) => makeTimeline(number, [['2026-03-02T10:00:00Z', 'accepted']]));
    writeFileSync(archive, bodies.map((body) => JSON.stringify(body)).join('\n'));
    await run(`import ${archive}`);
    expect(await run('build')).toMatchObject({ exitCode: 0, out: expect.stringMatching(/checks passed/) });
    expect(await run('publish')).toMatchObject({ exitCode: 0 });
    const tables = readManifest(join(data, 'published'))?.tables ?? {};
    expect(Object.keys(tables)).toEqual([...publicTables]);
    // What is published lies on the disk once, without free blocks beside it, and can be published again.
    const [marts, shipping] = ['marts.duckdb', 'published/shipping.duckdb'].map((name) => join(data, name));
    const left = await inspect(marts ?? '', async (db) => ({
      tables: (await readRows(db, 'select table_name as name from duckdb_tables()')).map(({ name }) => name),
      freeBlocks: Number(await readValue(db, 'select free_blocks from pragma_database_size()')),
    }));
    expect(left.tables).toEqual(expect.arrayContaining(['parcel_headers', 'build_state', 'case_history']));
    expect(left.tables.filter((name) => publicTables.includes(String(name)))).toEqual([]);
    expect(left.freeBlocks).toBe(0);
    expect(statSync(marts ?? '').size).toBeLessThan(statSync(shipping ?? '').size);
    expect(await run('publish')).toMatchObject({ exitCode: 0 });
    expect(readManifest(join(data, 'published'))?.tables).toEqual(tables);
    const before = readlinkSync(join(data, 'published'));

    // Each poll has its response: what the landing keeps true, and a hand may break.
    const path = join(data, 'warehouse.duckdb');
    const held = await openWarehouse({ path, memoryLimit: '500MB', threads: 1, command: 'test' });
    await held.connection.run("delete from landed_responses where tracking_number = 'A'");
    await held.close();
    const failed = await run('build --full');
    expect(failed).toMatchObject({ exitCode: 5, out: expect.stringContaining('checks failed') });
    expect(failed.err).toMatch(/check failed: parcel_headers: .*for example A/);
    expect(await run('publish')).toMatchObject({ exitCode: 5, err: expect.stringContaining('still stands') });
    expect(readlinkSync(join(data, 'published'))).toBe(before);

    appendFileSync(join(data, 'published', 'shipping.duckdb'), 'x');
    const report = await run('report');
    expect(report).toMatchObject({
      exitCode: 2,
      err: expect.stringMatching(/shipping\.duckdb is not what was published/),
    });
    expect(existsSync(join(data, 'report'))).toBe(false);
  });
});
