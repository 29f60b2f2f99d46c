import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { warehouseError } from '../errors.js';
import { createInstance, type DatabaseLimits, firstLine, openDatabase } from './database.js';
import { makeFolders } from './folders.js';
import { acquireLock, type LockWorld, lockPath, thisMachine } from './lock.js';

/** One step of the schema; `file` holds its SQL and is read when it is needed. */
export interface Migration {
  version: number;
  file: URL;
}

/** In order. A released step is never edited: a change is a new one. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, file: new URL('../extract/landing.sql', import.meta.url) },
  { version: 2, file: new URL('../extract/landing-2.sql', import.meta.url) },
  { version: 3, file: new URL('../extract/landing-3.sql', import.meta.url) },
];

export interface WarehouseOptions {
  path: string;
  /** A size as DuckDB takes it. */
  memoryLimit: string;
  threads: number;
  /** Where a folder for spilling is made; beside the warehouse if left out. */
  tempDirectory?: string;
  /** The command that runs, for the lock. */
  command: string;
  log?: { warn: (message: string) => void };
  migrations?: readonly Migration[];
  world?: LockWorld;
  /** The caller holds the lock of the warehouse that this one becomes. */
  isLocked?: true;
  wait?: (ms: number) => Promise<unknown>;
}

/** An open warehouse; this process is the only one that has it. */
export interface Warehouse {
  connection: DuckDBConnection;
  path: string;
  /** Writes everything into the one file and lets go of it: neither lock nor WAL is left. Safe to call twice. */
  close: () => Promise<void>;
}

/**
 * Locks and opens the warehouse, which is created or brought up to date if need be. Until it is closed, files that this
 * process makes are readable by their owner only. A streamed result must be read to its end before `close`: an open one keeps
 * DuckDB's own lock.
 *
 * @throws ParcelmetricsError with exit code 6 when another run or program holds it; 2 when it is newer than this version,
 *   damaged, or no warehouse.
 */
export async function openWarehouse(options: WarehouseOptions): Promise<Warehouse> {
  const { path, memoryLimit, threads, command, log, migrations = MIGRATIONS } = options;
  const folder = dirname(path);
  makeFolders(folder);
  const lock = options.isLocked
    ? null
    : await acquireLock(
        lockPath(path),
        command,
        (message) => log?.warn(message),
        options.world ?? thisMachine,
      );
  const spillFolder = join(options.tempDirectory ?? folder, `${basename(path)}.tmp`);
  const earlierMask = process.umask(0o077);
  const letGo = () => {
    rmSync(spillFolder, { recursive: true, force: true });
    process.umask(earlierMask);
    lock?.release();
  };
  try {
    rmSync(spillFolder, { recursive: true, force: true });
    mkdirSync(spillFolder, { recursive: true, mode: 0o700 });
    const limits = { memoryLimit, threads, spillFolder };
    await createIfMissing(path, limits, migrations);
    const database = await openDatabase(path, limits, options.wait);
    try {
      await migrate(database.connection, path, migrations);
    } catch (error) {
      database.close();
      throw error;
    }
    let isOpen = true;
    const close = async () => {
      if (!isOpen) return;
      isOpen = false;
      try {
        await endTransaction(database.connection);
        await database.connection.run('checkpoint');
      } catch (error) {
        // Nothing is lost: what was committed is in the WAL, and the next open reads it.
        log?.warn(`the warehouse was closed without a checkpoint: ${firstLine(error)}`);
      } finally {
        database.close();
        letGo();
      }
    };
    return { connection: database.connection, path, close };
  } catch (error) {
    letGo();
    throw error;
  }
}

/**
 * Runs `work` on a read-only view of a warehouse; null when there is none. It takes no run lock, so look at the lock first:
 * while a run holds the file this fails with exit code 6, and with 2 when it is none of ours or newer.
 */
export async function readWarehouse<T>(
  path: string,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T | null> {
  if (!isFilled(path)) return null;
  const instance = await createInstance(path, { access_mode: 'READ_ONLY', threads: '1' });
  try {
    const connection = await instance.connect();
    try {
      await findVersion(connection, path, MIGRATIONS);
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

/** Runs `work` in one transaction: all of it is kept, or, when it throws, nothing; the error passes through as it is. */
export async function inTransaction<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  await connection.run('begin transaction');
  try {
    const result = await work();
    await connection.run('commit');
    return result;
  } catch (error) {
    await endTransaction(connection);
    throw error;
  }
}

/** The warehouses that a restore set aside: they hold every parcel, also those that were forgotten since. */
export function listSetAside(warehouse: string): string[] {
  const folder = dirname(warehouse);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(warehouse)}.before-`) && !name.endsWith('.wal'))
    .map((name) => join(folder, name));
}

/** The schema version of a database: 0 when it is empty, null when it is none of ours. */
export async function readSchemaVersion(connection: DuckDBConnection): Promise<number | null> {
  const tables = await connection.runAndReadAll('select table_name from duckdb_tables() where not internal');
  const names = tables.getRows().map(([name]) => String(name));
  if (names.length === 0) return 0;
  if (!names.includes('meta')) return null;
  const rows = await connection.runAndReadAll("select value from meta where key = 'schema_version'");
  const value = Number(rows.getRows()[0]?.[0]);
  return Number.isInteger(value) ? value : null;
}

// The version of a warehouse that this code can work with, or bring up to date.
async function findVersion(
  connection: DuckDBConnection,
  path: string,
  migrations: readonly Migration[],
): Promise<number> {
  const known = Math.max(...migrations.map(({ version }) => version));
  const found = await readSchemaVersion(connection);
  if (found === null) {
    throw warehouseError(`${path} is a DuckDB database, but not a warehouse of parcelmetrics`, {
      hint: 'Nothing was changed. Name another file with --warehouse.',
    });
  }
  if (found > known) {
    throw warehouseError(
      `${path} has schema version ${found}; this parcelmetrics knows versions up to ${known}`,
      {
        hint: 'Nothing was changed. Update parcelmetrics, or go back to a copy of the warehouse from before.',
      },
    );
  }
  return found;
}

async function migrate(
  connection: DuckDBConnection,
  path: string,
  migrations: readonly Migration[],
): Promise<void> {
  const found = await findVersion(connection, path, migrations);
  for (const { version, file } of migrations.filter((step) => step.version > found)) {
    const sql = readFileSync(file, 'utf8');
    await inTransaction(connection, async () => {
      await connection.run(sql);
      await connection.run("delete from meta where key = 'schema_version'");
      await connection.run("insert into meta (key, value) values ('schema_version', $1)", [String(version)]);
    });
    await connection.run('checkpoint');
  }
}

// Made under another name and renamed when whole, so that a crash leaves no half file under the real one.
async function createIfMissing(
  path: string,
  limits: DatabaseLimits,
  migrations: readonly Migration[],
): Promise<void> {
  if (isFilled(path)) return;
  if (existsSync(`${path}.wal`)) {
    throw warehouseError(`${path}.wal is there, but the warehouse it belongs to is not`, {
      hint: 'Nothing was changed. Put the warehouse back beside it, or move the .wal file away to start a new one.',
    });
  }
  const draft = `${path}.creating`;
  rmSync(draft, { force: true });
  rmSync(`${draft}.wal`, { force: true });
  const database = await openDatabase(draft, limits);
  try {
    await migrate(database.connection, path, migrations);
  } finally {
    database.close();
  }
  const file = openSync(draft, 'r');
  fsyncSync(file);
  closeSync(file);
  renameSync(draft, path);
}

// DuckDB refuses an empty file, but whoever made one with `touch` or mktemp means a new warehouse.
function isFilled(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

// Fails when there is none, or when it already ended by itself: both are as wished.
async function endTransaction(connection: DuckDBConnection): Promise<void> {
  await connection.run('rollback').catch(() => {});
}
