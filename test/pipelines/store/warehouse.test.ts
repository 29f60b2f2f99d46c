import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  finishRun,
  NO_COUNTS,
  readRunFile,
  readRuns,
  startRun,
  writeRunFile,
} from '../../../pipelines/store/runs.js';
import {
  inTransaction,
  MIGRATIONS,
  openWarehouse,
  readSchemaVersion,
  readWarehouse,
  type WarehouseOptions,
} from '../../../pipelines/store/warehouse.js';
import { packageVersion } from '../../../pipelines/version.js';
import { compilePackage } from '../compiled.js';

let compiled = '';
let folder = '';
let path = '';
beforeAll(() => {
  compiled = compilePackage();
});
afterAll(() => rmSync(compiled, { recursive: true }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-warehouse-'));
  path = join(folder, 'data', 'warehouse.duckdb');
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (more: Partial<WarehouseOptions> = {}) =>
  openWarehouse({ path, memoryLimit: '500MB', threads: 1, command: 'test', ...more });
const names = () => readdirSync(join(folder, 'data')).sort();
const newest = Math.max(...MIGRATIONS.map(({ version }) => version));

const exitCode = (code: number, message: RegExp) =>
  expect.objectContaining({ exitCode: code, message: expect.stringMatching(message) });

/** A process of its own that opens the warehouse of this test and then runs `then`. */
function childCode(then: string): string[] {
  const url = pathToFileURL(join(compiled, 'pipelines', 'store', 'warehouse.js')).href;
  const options = JSON.stringify({ path, memoryLimit: '500MB', threads: 1, command: 'child' });
  const code = `import { openWarehouse } from ${JSON.stringify(url)};
    try { const warehouse = await openWarehouse(${options}); ${then} }
    catch (error) { process.stdout.write(error.message); process.exit(error.exitCode); }`;
  return ['--input-type=module', '-e', code];
}

describe('opening and closing', () => {
  it('makes a warehouse for this user only, and leaves one file', async () => {
    const warehouse = await open();
    expect(names()).toEqual([
      'warehouse.duckdb',
      'warehouse.duckdb.lock',
      'warehouse.duckdb.lockdb',
      'warehouse.duckdb.tmp',
    ]);
    await warehouse.connection.run("insert into meta values ('a', 'b')");
    expect(statSync(`${path}.wal`).mode & 0o777).toBe(0o600);
    await warehouse.close();
    await warehouse.close();
    expect(names()).toEqual(['warehouse.duckdb', 'warehouse.duckdb.lockdb']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
    expect(process.umask()).not.toBe(0o077);
  });

  it('sets its limits, UTC, and no network', async () => {
    const warehouse = await open();
    const result = await warehouse.connection.runAndReadAll(
      `select name, value from duckdb_settings() where name in
       ('memory_limit', 'threads', 'TimeZone', 'temp_directory', 'autoinstall_known_extensions')`,
    );
    await warehouse.close();
    expect(Object.fromEntries(result.getRows())).toEqual({
      memory_limit: '476.8 MiB',
      threads: '1',
      TimeZone: 'UTC',
      temp_directory: `${path}.tmp`,
      autoinstall_known_extensions: 'false',
    });
  });

  it('closes with a transaction open: what was not committed is gone', async () => {
    const warehouse = await open();
    await warehouse.connection.run('begin');
    await warehouse.connection.run("insert into meta values ('a', 'b')");
    await warehouse.close();
    expect(names()).toEqual(['warehouse.duckdb', 'warehouse.duckdb.lockdb']);
    expect(
      await readWarehouse(path, async (db) => (await db.runAndReadAll('from meta')).getRows()),
    ).toHaveLength(1);
  });

  it('takes an empty file as none, and leaves the rights of a folder that was there', async () => {
    mkdirSync(join(folder, 'data'), { mode: 0o755 });
    writeFileSync(path, '');
    await (await open()).close();
    expect(await readWarehouse(path, readSchemaVersion)).toBe(newest);
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o755);
  });

  it('clears away what a crash during creation left, and no half file stands under the real name', async () => {
    const broken = { version: 1, file: pathToFileURL(join(folder, 'broken.sql')) };
    writeFileSync(
      broken.file,
      'create table meta (key varchar, value varchar); create table runs (nonsense nonsense);',
    );
    await expect(open({ migrations: [broken] })).rejects.toThrow(/nonsense/);
    expect(existsSync(path)).toBe(false);
    expect(existsSync(`${path}.lock`)).toBe(false);
    writeFileSync(`${path}.creating`, 'the half of a killed run');
    await (await open()).close();
    expect(names()).toEqual(['warehouse.duckdb', 'warehouse.duckdb.lockdb']);
  });

  it('refuses to start anew beside the WAL of a warehouse that is not there', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(`${path}.wal`, 'x');
    await expect(open()).rejects.toThrow(exitCode(2, /warehouse\.duckdb\.wal is there, but the warehouse/));
    expect(names()).toEqual(['warehouse.duckdb.lockdb', 'warehouse.duckdb.wal']);
  });
});

describe('two at once', () => {
  it('stops a second run in this process and in another with exit code 6', async () => {
    const warehouse = await open();
    await expect(open()).rejects.toThrow(
      exitCode(6, new RegExp(`"parcelmetrics test" \\(pid ${process.pid}`)),
    );
    const second = spawnSync(process.execPath, childCode('process.exit(0)'));
    expect(second.status).toBe(6);
    expect(second.stdout.toString()).toMatch(
      new RegExp(`"parcelmetrics test" \\(pid ${process.pid}, since 20`),
    );
    await warehouse.close();
  });

  it('recovers the lock and the committed work of a run that was killed', async () => {
    const work = `await warehouse.connection.run("insert into meta values ('kept', 'yes')"); process.stdout.write('ready'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, childCode(work), { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = await once(child.stdout, 'data');
    expect(String(said)).toBe('ready');
    await expect(open()).rejects.toThrow(exitCode(6, new RegExp(`pid ${child.pid}`)));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(names()).toContain('warehouse.duckdb.lock');

    const warnings: string[] = [];
    const warehouse = await open({ log: { warn: (message) => warnings.push(message) } });
    expect(warnings).toEqual([expect.stringContaining(`"parcelmetrics child" (pid ${child.pid}`)]);
    const rows = await warehouse.connection.runAndReadAll("select value from meta where key = 'kept'");
    expect(rows.getRows()).toEqual([['yes']]);
    await warehouse.close();
    expect(names()).toEqual(['warehouse.duckdb', 'warehouse.duckdb.lockdb']);
  });

  it('waits for a short look of another program, and names one that stays, with exit code 6', async () => {
    await (await open()).close();
    const url = pathToFileURL(join(compiled, 'node_modules/@duckdb/node-api/lib/index.js')).href;
    const code = `import { DuckDBInstance } from ${JSON.stringify(url)};
      globalThis.kept = await DuckDBInstance.create(${JSON.stringify(path)}, { access_mode: 'READ_ONLY' });
      process.stdout.write('ready'); setInterval(() => {}, 1000);`;
    const reader = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(reader.stdout, 'data');

    const waits: number[] = [];
    const wait = async (ms: number) => void waits.push(ms);
    await expect(open({ wait })).rejects.toThrow(
      exitCode(6, new RegExp(`another program has .* open: .*PID ${reader.pid}`)),
    );
    expect(waits).toEqual([100, 200, 400, 800, 1600]);
    expect(names()).toEqual(['warehouse.duckdb', 'warehouse.duckdb.lockdb']);

    const endReader = async () => {
      reader.kill('SIGKILL');
      await once(reader, 'exit');
    };
    await (await open({ wait: endReader })).close();
  });
});

describe('what is no warehouse of this version', () => {
  it('refuses a newer one, naming both versions, and changes nothing', async () => {
    const warehouse = await open();
    await warehouse.connection.run("update meta set value = '7' where key = 'schema_version'");
    await warehouse.close();
    const before = readFileSync(path);
    const newest = MIGRATIONS.at(-1)?.version;
    const newer = exitCode(
      2,
      new RegExp(`has schema version 7; this parcelmetrics knows versions up to ${newest}`),
    );
    await expect(open()).rejects.toThrow(newer);
    await expect(readWarehouse(path, async () => 0)).rejects.toThrow(newer);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(names()).toEqual(['warehouse.duckdb', 'warehouse.duckdb.lockdb']);
  });

  it('refuses what is no database, is damaged, is a folder, or is a database of someone else', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(path, 'a shopping list');
    await expect(open()).rejects.toThrow(exitCode(2, /is not a DuckDB database/));
    expect(readFileSync(path, 'utf8')).toBe('a shopping list');
    rmSync(path);

    await (await open()).close();
    const bytes = readFileSync(path);
    writeFileSync(
      path,
      bytes.map((byte, index) => (index < 4096 ? byte : byte ^ 0x5a)),
    );
    await expect(open()).rejects.toThrow(exitCode(2, /is damaged: .*checksum/));
    rmSync(path);

    mkdirSync(path);
    await expect(open()).rejects.toThrow(exitCode(2, /cannot open .*: is a directory/));
    rmSync(path, { recursive: true });

    const other = await DuckDBInstance.create(path);
    const connection = await other.connect();
    await connection.run('create table mine (i integer)');
    connection.closeSync();
    other.closeSync();
    await expect(open()).rejects.toThrow(exitCode(2, /not a warehouse of parcelmetrics/));
    expect(names()).toEqual(['warehouse.duckdb', 'warehouse.duckdb.lockdb']);
  });
});

describe('migrations', () => {
  const step = (version: number, sql: string) => {
    const file = join(folder, `${version}.sql`);
    writeFileSync(file, sql);
    return { version, file: pathToFileURL(file) };
  };

  it('brings an older warehouse up to date, once', async () => {
    await (await open()).close();
    const migrations = [
      ...MIGRATIONS,
      step(newest + 1, 'alter table runs add column note varchar; create table more (i integer);'),
    ];
    for (let round = 0; round < 2; round++) {
      const warehouse = await open({ migrations });
      expect(await readSchemaVersion(warehouse.connection)).toBe(newest + 1);
      await warehouse.connection.run('select note from runs');
      await warehouse.close();
    }
  });

  it('keeps the old version whole when a step fails', async () => {
    await (await open()).close();
    const migrations = [
      ...MIGRATIONS,
      step(newest + 1, 'create table more (i integer); select no_such_function();'),
    ];
    await expect(open({ migrations })).rejects.toThrow(/no_such_function/);
    expect(names()).toEqual(['warehouse.duckdb', 'warehouse.duckdb.lockdb']);
    const warehouse = await open();
    expect(await readSchemaVersion(warehouse.connection)).toBe(newest);
    await expect(warehouse.connection.run('from more')).rejects.toThrow(/more/);
    await warehouse.close();
  });
});

describe('one transaction', () => {
  it('keeps all or nothing, and passes the error on as it was thrown', async () => {
    const { connection, close } = await open();
    const add = (key: string) => connection.run("insert into meta values ($1, '')", [key]);
    const count = async () =>
      (await connection.runAndReadAll('select count(*)::integer from meta')).getRows()[0]?.[0];
    expect((await inTransaction(connection, () => add('a'))).rowsChanged).toBe(1);
    expect(await count()).toBe(2);

    const trouble = new Error('trouble', { cause: new Error('deeper') });
    const failing = inTransaction(connection, async () => {
      await add('b');
      throw trouble;
    });
    await expect(failing).rejects.toBe(trouble);
    // An error of DuckDB itself ends the transaction in another way.
    await expect(inTransaction(connection, () => connection.run("select error('no')"))).rejects.toThrow(/no/);
    expect(await count()).toBe(2);
    await inTransaction(connection, () => add('c'));
    expect(await count()).toBe(3);
    await close();
  });
});

describe('runs', () => {
  const at = (iso: string) => () => new Date(iso);

  it('writes start and end, and reads them back in UTC', async () => {
    const { connection, close } = await open();
    const clock = at('2026-03-01T02:00:00.123Z');
    const runId = await startRun(connection, { command: 'import', clock, now: at('2026-03-05T10:11:12Z') });
    expect(runId).toMatch(/^20260305T101112Z-[0-9a-f]{6}$/);
    expect(await readRuns(connection, 5)).toMatchObject([
      { runId, endedAt: null, exitCode: null, version: packageVersion() },
    ]);
    const counts = { ...NO_COUNTS, requests: 5, deadLetters: 1 };
    await finishRun(connection, runId, {
      exitCode: 3,
      counts,
      summary: { a: 1 },
      now: at('2026-03-05T10:12:00Z'),
    });
    expect(await readRuns(connection, 5)).toEqual([
      {
        ...counts,
        runId,
        command: 'import',
        clockAt: '2026-03-01T02:00:00.123Z',
        startedAt: '2026-03-05T10:11:12.000Z',
        endedAt: '2026-03-05T10:12:00.000Z',
        exitCode: 3,
        version: packageVersion(),
      },
    ]);
    await close();
  });

  it('refuses a clock earlier than that of the last run, naming both, and takes the same one again', async () => {
    const { connection, close } = await open();
    const first = { command: 'import', clock: at('2026-03-01T02:00:00Z') };
    await startRun(connection, first);
    await startRun(connection, first);
    await expect(startRun(connection, { ...first, clock: at('2026-03-01T01:59:59.999Z') })).rejects.toThrow(
      exitCode(
        2,
        /2026-03-01T01:59:59\.999Z, is earlier than that of the last run, 2026-03-01T02:00:00\.000Z/,
      ),
    );
    expect(await readRuns(connection, 5)).toHaveLength(2);
    await close();
  });

  it('rewrites run.json beside the warehouse, whole', async () => {
    await (await open()).close();
    expect(readRunFile(path)).toBeNull();
    const common = { runId: 'r', command: 'nightly', pid: 1, clockAt: 'c', startedAt: 's', updatedAt: 'u' };
    const state = {
      ...NO_COUNTS,
      ...common,
      endedAt: null,
      exitCode: null,
      phase: 'extract',
      done: 1,
      total: 2,
    };
    writeRunFile(path, state);
    writeRunFile(path, { ...state, done: 2 });
    expect(readRunFile(path)).toEqual({ ...state, done: 2 });
    expect(names()).toEqual(['run.json', 'warehouse.duckdb', 'warehouse.duckdb.lockdb']);
    expect(statSync(join(folder, 'data', 'run.json')).mode & 0o777).toBe(0o600);
    writeFileSync(join(folder, 'data', 'run.json'), '{"half');
    expect(readRunFile(path)).toBeNull();
  });
});
