import { constants, copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteName, quoteText } from '../../queries/quoting.js';
import type { Config } from '../config/config.js';
import { firstBuildMemoryBytes, largestMemoryLimit, totalMemoryBytes } from '../config/limits.js';
import { findSystemTrouble } from '../errors.js';
import { firstLine } from './database.js';
import { bringKept, copyWithoutPublic, describeLoss, findHolder } from './left-out.js';
import { syncToDisk } from './versions.js';

/** The snapshot that holds the public tables of marts which were published, while these are read. */
const publicCatalog = 'marts_public';
/** Marts beside those that are written. */
const otherCatalog = 'marts_other';

async function attach(
  connection: DuckDBConnection,
  path: string,
  access: string,
  catalog = 'marts',
): Promise<void> {
  await connection.run(`attach ${quoteText(path)} as ${catalog} ${access}`);
}

async function detach(connection: DuckDBConnection, ...catalogs: string[]): Promise<void> {
  for (const catalog of catalogs) await connection.run(`detach database if exists ${catalog}`);
}

/** Runs `work` with the marts first in the search path, where new tables go, then the warehouse's landed tables. */
async function within<T>(
  connection: DuckDBConnection,
  warehouse: string,
  work: () => Promise<T>,
  catalogs: readonly string[] = ['marts'],
): Promise<T> {
  const leave = async () => {
    await connection.run(`use ${quoteName(warehouse)}`);
    await detach(connection, ...catalogs);
  };
  try {
    await connection.run(`set search_path = ${quoteText([...catalogs, quoteName(warehouse)].join())}`);
    const result = await work();
    await leave();
    return result;
  } catch (error) {
    // What went wrong first is what counts.
    await leave().catch(() => {});
    throw error;
  }
}

async function nameWarehouse(connection: DuckDBConnection): Promise<string> {
  const current = await connection.runAndReadAll('select current_database()');
  return String(current.getRows()[0]?.[0]);
}

/** A draft whose work was cut off is thrown away: a log of what was done to it would be written for nobody. */
const forDraft = '(recovery_mode no_wal_writes)';

const draftOf = (path: string) => `${path}.building`;

function remove(path: string): void {
  for (const file of [path, `${path}.wal`]) rmSync(file, { force: true });
}

/** Removes the marts, and what a killed build may have left of a draft. */
export function removeMarts(path: string): void {
  remove(path);
  remove(draftOf(path));
}

/**
 * Runs `work` with the marts to read.
 * @returns what it returns, or null where there are none, or none that can be opened, which is said.
 */
export async function readMarts<T>(
  connection: DuckDBConnection,
  path: string,
  work: () => Promise<T>,
  warn?: (message: string) => void,
): Promise<T | null> {
  if (!existsSync(path)) return null;
  const warehouse = await nameWarehouse(connection);
  try {
    await attach(connection, path, '(read_only)');
  } catch (error) {
    warn?.(`the marts at ${path} could not be opened (${firstLine(error)})`);
    return null;
  }
  const catalogs = ['marts'];
  try {
    const holder = await findHolder(connection, 'marts', path);
    if (holder?.isSound === false) {
      await detach(connection, 'marts');
      warn?.(`the public tables of the marts at ${path} cannot be read: ${describeLoss(holder)}`);
      return null;
    }
    if (holder !== null) {
      await attach(connection, holder.path, '(read_only)', publicCatalog);
      catalogs.push(publicCatalog);
    }
  } catch (error) {
    await detach(connection, ...catalogs).catch(() => {});
    throw error;
  }
  return within(connection, warehouse, work, catalogs);
}

/** Where the public tables of the draft that is attached were left to a snapshot: a draft that has them and what these marts kept. */
async function fillDraft(
  connection: DuckDBConnection,
  path: string,
  draft: string,
  warn: ((message: string) => void) | undefined,
): Promise<void> {
  const holder = await findHolder(connection, 'marts', path);
  if (holder === null) return;
  await detach(connection, 'marts');
  remove(draft);
  if (holder.isSound) copyFileSync(holder.path, draft, constants.COPYFILE_FICLONE);
  else warn?.(`${describeLoss(holder)}: every parcel is derived again`);
  await attach(connection, draft, forDraft);
  try {
    await attach(connection, path, '(read_only)', otherCatalog);
    await bringKept(connection, [otherCatalog, 'marts'], holder.isSound);
  } finally {
    await detach(connection, otherCatalog);
  }
}

/** Runs `work` on a copy of the marts. Then `adopt` may take the copy; what is left of it goes. */
async function onDraft<T>(
  connection: DuckDBConnection,
  path: string,
  work: () => Promise<T>,
  warn: ((message: string) => void) | undefined,
  adopt: (draft: string) => void,
): Promise<T> {
  const warehouse = await nameWarehouse(connection);
  const draft = draftOf(path);
  remove(draft);
  try {
    if (existsSync(path)) copyFileSync(path, draft, constants.COPYFILE_FICLONE);
    try {
      await attach(connection, draft, forDraft);
    } catch (error) {
      warn?.(`the marts at ${path} could not be opened and are made anew (${firstLine(error)})`);
      remove(draft);
      await attach(connection, draft, forDraft);
    }
    try {
      await fillDraft(connection, path, draft, warn);
    } catch (error) {
      await detach(connection, 'marts').catch(() => {});
      throw error;
    }
    const result = await within(connection, warehouse, work);
    adopt(draft);
    return result;
  } finally {
    remove(draft);
  }
}

/**
 * Runs `work` on a copy of the marts, which takes their place once it is whole and on the disk: a build that fails or is killed
 * leaves those of the night before. They are derived and disposable: a file that cannot be opened is made anew, which is said.
 */
export async function remakeMarts<T>(
  connection: DuckDBConnection,
  path: string,
  work: () => Promise<T>,
  warn?: (message: string) => void,
): Promise<T> {
  const workAndSettle = async () => {
    // Texts packed by FSST would be a sixth less to keep, until publishing makes a file of its own of them; to try that on each column
    // of a hundred narrow tables takes half of what writing them does.
    await connection.run(`set disabled_compression_methods = 'fsst'`);
    const reset = () => connection.run('reset disabled_compression_methods');
    try {
      const worked = await work();
      await connection.run('checkpoint marts');
      await reset();
      return worked;
    } catch (error) {
      // What went wrong first is what counts: a database that a full disk has invalidated resets nothing.
      await reset().catch(() => {});
      throw error;
    }
  };
  return onDraft(connection, path, workAndSettle, warn, (draft) => adopt(draft, path));
}

function adopt(draft: string, path: string): void {
  syncToDisk(draft);
  // Nothing writes to the marts in place: a log beside them is not theirs.
  rmSync(`${path}.wal`, { force: true });
  renameSync(draft, path);
  syncToDisk(dirname(path));
}

/**
 * Leaves the public tables of the marts to the snapshot that was made of them, so that they lie on the disk once: the marts keep what
 * else the next build goes on from. They are replaced whole, as by a build.
 * @param snapshot its DuckDB file, and which tables it has.
 */
export async function leavePublic(
  connection: DuckDBConnection,
  path: string,
  snapshot: { tables: readonly string[]; path: string; sha256: string },
): Promise<void> {
  const draft = draftOf(path);
  remove(draft);
  try {
    await attach(connection, path, '(read_only)', otherCatalog);
    await attach(connection, draft, forDraft);
    await copyWithoutPublic(connection, [otherCatalog, 'marts'], path, snapshot);
    await connection.run('checkpoint marts');
    await detach(connection, 'marts', otherCatalog);
    adopt(draft, path);
  } catch (error) {
    // What went wrong first is what counts.
    await detach(connection, 'marts', otherCatalog).catch(() => {});
    throw error;
  } finally {
    remove(draft);
  }
}

/** Runs `work` on a copy of the marts that is thrown away: those of the nights stay as they are. */
export async function useMartsDraft<T>(
  connection: DuckDBConnection,
  path: string,
  work: () => Promise<T>,
  warn?: (message: string) => void,
): Promise<T> {
  return onDraft(connection, path, work, warn, () => {});
}

/** Runs `work` and stops its statement when the signal aborts: one may take minutes, and whoever stops the program does not wait. */
export async function interruptWhen<T>(
  signal: AbortSignal,
  connection: DuckDBConnection,
  work: () => Promise<T>,
): Promise<T> {
  const interrupt = () => connection.interrupt();
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}

const bytesOf: Readonly<Record<string, number>> = {
  bytes: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

async function readMemoryLimit(connection: DuckDBConnection): Promise<{ text: string; bytes: number }> {
  const reader = await connection.runAndReadAll(`select current_setting('memory_limit')`);
  const text = String(reader.getRows()[0]?.[0]);
  const [amount, unit = ''] = text.split(' ');
  return { text, bytes: Number(amount) * (bytesOf[unit] ?? Number.NaN) };
}

/**
 * Does the work of a build: where nobody set a limit, with as much memory as its parcels need, and once more with the largest limit where
 * that did not do. What follows has the limit that was there before, or the largest one.
 */
export async function tryWithMore<T>(
  connection: DuckDBConnection,
  { sources, buckets }: Pick<Config, 'sources' | 'buckets'>,
  warn: (message: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  if (sources.memoryLimit !== 'default') return work();
  const before = await readMemoryLimit(connection);
  const reader = await connection.runAndReadAll('select count(*) from registry');
  const first = firstBuildMemoryBytes(Number(reader.getRows()[0]?.[0]) / buckets);
  if (first < before.bytes) await connection.run(`set memory_limit = '${Math.floor(first)}B'`);
  try {
    const result = await work();
    await connection.run(`set memory_limit = ${quoteText(before.text)}`);
    return result;
  } catch (error) {
    if (findSystemTrouble(error)?.code !== 'ENOMEM') throw error;
    const limit = largestMemoryLimit(totalMemoryBytes());
    warn(`the build lacked memory: it is made again with up to ${limit}`);
    await connection.run(`set memory_limit = '${limit}'`);
    return work();
  }
}
