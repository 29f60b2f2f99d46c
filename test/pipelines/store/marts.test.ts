import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blockBytes, openDatabase } from '../../../pipelines/store/database.js';
import { leavePublic, readMarts, remakeMarts, useMartsDraft } from '../../../pipelines/store/marts.js';
import { hashFile } from '../../../pipelines/store/publish.js';

let folder: string;
let path: string;
let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-marts-'));
  path = join(folder, 'marts.duckdb');
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
});

afterEach(() => {
  connection.closeSync();
  instance.closeSync();
  rmSync(folder, { recursive: true, force: true });
});

const run = async (sql: string) => {
  await connection.run(sql);
};
const count = async () =>
  Number((await connection.runAndReadAll('select sum(n) from figures')).getRows()[0]?.[0]);

describe('marts', () => {
  it('are those of the last build that ended well', async () => {
    await remakeMarts(connection, path, () => run('create table figures as select 1 as n'));
    await remakeMarts(connection, path, () => run('insert into figures values (10)'));
    expect(await readMarts(connection, path, count)).toBe(11);
    expect(readdirSync(folder)).toEqual(['marts.duckdb']);
  });

  it('made with larger blocks by an earlier version go on as they are', async () => {
    const connected = await openDatabase(join(folder, 'other.duckdb'), {
      memoryLimit: '200MB',
      threads: 1,
      spillFolder: folder,
    });
    const blocksOf = (table: string) => async () =>
      (
        await connected.connection.runAndReadAll(
          `select block_size::integer, (select sum(n)::integer from ${table})
           from pragma_database_size() where database_name = 'marts'`,
        )
      ).getRows();
    const make = (table: string, n: number) => async () => {
      await connected.connection.run(`create table ${table} as select ${n} as n`);
    };
    await run(
      `attach '${path}' as old (block_size 262144); create table old.figures as select 1 as n; detach old`,
    );
    await remakeMarts(connected.connection, path, make('more', 2));
    expect(await readMarts(connected.connection, path, blocksOf('figures'))).toEqual([[262_144, 1]]);
    expect(await readMarts(connected.connection, path, blocksOf('more'))).toEqual([[262_144, 2]]);
    rmSync(path);
    await remakeMarts(connected.connection, path, make('figures', 3));
    expect(await readMarts(connected.connection, path, blocksOf('figures'))).toEqual([[blockBytes, 3]]);
    connected.close();
  });

  it('stay as they were when a build fails', async () => {
    await remakeMarts(connection, path, () => run('create table figures as select 1 as n'));
    const before = readFileSync(path);
    const work = async () => {
      await run('drop table figures');
      await run('create table figures as select * from nowhere');
    };
    await expect(remakeMarts(connection, path, work)).rejects.toThrow('nowhere');
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(['marts.duckdb']);
    expect(await readMarts(connection, path, count)).toBe(1);
  });

  it('take nothing from a build that was killed', async () => {
    writeFileSync(`${path}.building`, 'half a file');
    writeFileSync(`${path}.building.wal`, 'half a log');
    writeFileSync(`${path}.wal`, 'the log of other marts');
    await remakeMarts(connection, path, () => run('create table figures as select 2 as n'));
    expect(await readMarts(connection, path, count)).toBe(2);
    expect(readdirSync(folder)).toEqual(['marts.duckdb']);
  });

  it('are made anew, which is said, where they cannot be opened', async () => {
    writeFileSync(path, 'no database');
    const said: string[] = [];
    expect(await readMarts(connection, path, count, (message) => said.push(message))).toBeNull();
    expect(said.splice(0).join()).toContain(`${path} could not be opened (`);
    const work = () => run('create table figures as select 3 as n');
    await remakeMarts(connection, path, work, (message) => said.push(message));
    expect(said.join()).toContain(`${path} could not be opened and are made anew (`);
    expect(await readMarts(connection, path, count)).toBe(3);
  });

  it('can be read while they are remade', async () => {
    await remakeMarts(connection, path, () => run('create table figures as select 4 as n'));
    const reader = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
    const reading = await reader.connect();
    await remakeMarts(connection, path, () => run('insert into figures values (40)'));
    const seen = await reading.runAndReadAll('select sum(n) from figures');
    expect(Number(seen.getRows()[0]?.[0])).toBe(4);
    reading.closeSync();
    reader.closeSync();
    expect(await readMarts(connection, path, count)).toBe(44);
  });

  it('are none where there is no file, and none is made by reading', async () => {
    expect(await readMarts(connection, path, count)).toBeNull();
    expect(existsSync(path)).toBe(false);
  });
});

describe('marts whose public tables were left to a snapshot', () => {
  let snapshot: string;
  const said: string[] = [];
  const warn = (message: string) => said.push(message);
  const read = async (sql: string) => (await connection.runAndReadAll(sql)).getRows().flat().map(Number);
  const tablesOf = async (file: string) => {
    const reader = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
    const reading = await reader.connect();
    const names = await reading.runAndReadAll(
      'select table_name from duckdb_tables() where not internal order by 1',
    );
    reading.closeSync();
    reader.closeSync();
    return names.getRows().flat();
  };

  /** Marts with one public table and two of their own; a snapshot of the former; and no longer both. */
  const leave = async (figure: number) => {
    await remakeMarts(
      connection,
      path,
      () =>
        run(`create or replace table figures as select ${figure} as n;
          create or replace table headers as select 2 as n;
          create or replace table case_history as select 3 as n`),
      warn,
    );
    snapshot = join(folder, `shipping-${figure}.duckdb`);
    rmSync(snapshot, { force: true });
    await run(
      `attach '${snapshot}' as shipping; create table shipping.figures as select ${figure} as n; detach shipping`,
    );
    await leavePublic(connection, path, {
      tables: ['figures'],
      path: snapshot,
      sha256: await hashFile(snapshot),
    });
  };

  beforeEach(() => {
    said.length = 0;
  });

  it('keep the others alone, and read as they did', async () => {
    await leave(1);
    expect(await tablesOf(path)).toEqual(['case_history', 'headers', 'public_tables_in']);
    expect(readdirSync(folder).sort()).toEqual(['marts.duckdb', 'shipping-1.duckdb']);
    const both = 'select figures.n, headers.n from figures, headers';
    expect(await readMarts(connection, path, () => read(both), warn)).toEqual([1, 2]);
    // the tables are left again by whoever publishes twice
    await leavePublic(connection, path, {
      tables: ['figures'],
      path: snapshot,
      sha256: await hashFile(snapshot),
    });
    expect(await readMarts(connection, path, () => read(both), warn)).toEqual([1, 2]);
    expect(said).toEqual([]);
  });

  it('are whole again where a build goes on from them, and the snapshot stays as it is', async () => {
    await leave(1);
    const before = readFileSync(snapshot);
    const seen = await useMartsDraft(connection, path, () => read('select n from figures'), warn);
    expect(seen).toEqual([1]);
    expect(await tablesOf(path)).toContain('public_tables_in');
    await remakeMarts(connection, path, () => run('insert into figures values (10)'), warn);
    expect(await tablesOf(path)).toEqual(['case_history', 'figures', 'headers']);
    expect(await readMarts(connection, path, count)).toBe(11);
    expect(readFileSync(snapshot).equals(before)).toBe(true);
    await leave(5);
    expect(await readMarts(connection, path, count, warn)).toBe(5);
    expect(said).toEqual([]);
  });

  it('find the snapshot where their folder was moved to', async () => {
    await leave(1);
    const moved = mkdtempSync(join(tmpdir(), 'parcelmetrics-moved-'));
    for (const name of readdirSync(folder)) copyFileSync(join(folder, name), join(moved, name));
    rmSync(snapshot);
    expect(await readMarts(connection, join(moved, 'marts.duckdb'), count, warn)).toBe(1);
    rmSync(moved, { recursive: true });
    expect(said).toEqual([]);
  });

  it.each([
    ['is gone', () => rmSync(snapshot)],
    ['is not what was published', () => writeFileSync(snapshot, 'no database')],
  ])('begin again where the snapshot %s, with what no build makes', async (trouble, spoil) => {
    await leave(1);
    spoil();
    expect(await readMarts(connection, path, count, warn)).toBeNull();
    expect(said.splice(0)).toEqual([expect.stringContaining(`shipping-1.duckdb ${trouble}`)]);
    const tables = () => read('select n from case_history');
    const seen = await remakeMarts(connection, path, tables, warn);
    expect(seen).toEqual([3]);
    expect(said.splice(0)).toEqual([
      expect.stringMatching(new RegExp(`shipping-1.duckdb ${trouble}: every parcel is derived again`)),
    ]);
    expect(await tablesOf(path)).toEqual(['case_history']);
  });

  it('stay whole where they cannot be replaced', async () => {
    await leave(1);
    await remakeMarts(connection, path, () => run('insert into figures values (10)'), warn);
    const before = readFileSync(path);
    const left = leavePublic(connection, path, { tables: [], path: join(folder, 'nowhere'), sha256: '' });
    await expect(left).rejects.toThrow('ENOENT');
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['marts.duckdb', 'shipping-1.duckdb']);
    expect(await readMarts(connection, path, count)).toBe(11);
  });
});
