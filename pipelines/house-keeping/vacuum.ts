import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { quoteText } from '../../queries/quoting.js';
import { type Context, say } from '../context.js';
import { lockedError } from '../errors.js';
import { blockBytes } from '../store/database.js';
import { DuckDBInstance } from '../store/driver.js';
import { acquireLock, lockPath } from '../store/lock.js';
import { requireWarehouse } from '../store/missing.js';
import { syncToDisk } from '../store/versions.js';
import { openWarehouse } from '../store/warehouse.js';

/**
 * Writes a DuckDB file anew: what was deleted from it stays in its bytes until then. The new file takes the old one's place once
 * it is whole and on the disk. `storageVersion` null keeps DuckDB's own choice.
 */
export async function rewriteDatabase(
  path: string,
  storageVersion: string | null,
): Promise<{ before: number; after: number }> {
  const before = statSync(path).size;
  const fresh = `${path}.rewriting`;
  rmSync(fresh, { force: true });
  const instance = await DuckDBInstance.create(':memory:', { default_block_size: String(blockBytes) });
  const connection = await instance.connect();
  try {
    const format = storageVersion === null ? '' : ` (storage_version ${quoteText(storageVersion)})`;
    await connection.run(`attach ${quoteText(path)} as old (read_only)`);
    await connection.run(`attach ${quoteText(fresh)} as fresh${format}`);
    await connection.run('copy from database old to fresh');
    await connection.run('checkpoint fresh; detach fresh; detach old');
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  syncToDisk(fresh);
  renameSync(fresh, path);
  return { before, after: statSync(path).size };
}

/** Rewrites the warehouse under the run lock. */
export async function rewriteWarehouse(
  { config, log }: Context,
  command: string,
): Promise<{ before: number; after: number }> {
  const { warehouse: path, memoryLimit, threads } = config;
  // Opening it once brings what a killed run left in the WAL into the file.
  await (await openWarehouse({ path, memoryLimit, threads, command, log })).close();
  const lock = await acquireLock(lockPath(path), command, (message) => log.warn(message));
  const earlierMask = process.umask(0o077);
  try {
    // A run that came and died in between left transactions that a new file would lose.
    if (existsSync(`${path}.wal`)) {
      throw lockedError('another run had the warehouse in between', { hint: 'Run the same command again.' });
    }
    return await rewriteDatabase(path, null);
  } finally {
    process.umask(earlierMask);
    lock.release();
  }
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** `vacuum` */
export async function runVacuum(context: Context): Promise<number> {
  requireWarehouse(context.config);
  const { before, after } = await rewriteWarehouse(context, 'vacuum');
  const text = `${context.config.warehouse}: ${megabytes(before)} before, ${megabytes(after)} now`;
  say(context, text, { beforeBytes: before, afterBytes: after });
  return 0;
}
