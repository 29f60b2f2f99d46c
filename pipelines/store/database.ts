import { setTimeout as pause } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import {
  configurationError,
  describeError,
  findSystemTrouble,
  lockedError,
  nameTrouble,
  ParcelmetricsError,
  warehouseError,
  withholdValues,
} from '../errors.js';
import { DuckDBInstance } from './driver.js';

export interface DatabaseLimits {
  /** A size as DuckDB takes it. */
  memoryLimit: string;
  threads: number;
  /** An existing folder for what does not fit into memory. */
  spillFolder: string;
}

/** An open database file; `close` lets go of it. */
export interface Database {
  connection: DuckDBConnection;
  close: () => void;
}

/**
 * Of files that are made: DuckDB's own 256 KiB would be filled to half by tables of some hundred rows, a column or two a block. A file
 * keeps the size that it was made with, and DuckDB 1.2 and later read any.
 */
export const blockBytes = 65_536;

// A reader such as `status` has the file for a moment only, and must not cost the night its start.
const visitorWaitsMs = [100, 200, 400, 800, 1600];

/**
 * Opens a DuckDB file for writing, within limits, in UTC, and offline. When another program has it, tries again for 3 seconds.
 *
 * @throws ParcelmetricsError: exit code 6 when it is in use, 2 when it cannot be read.
 */
export async function openDatabase(
  path: string,
  { memoryLimit, threads, spillFolder }: DatabaseLimits,
  wait: (ms: number) => Promise<unknown> = pause,
): Promise<Database> {
  const settings = {
    memory_limit: memoryLimit,
    threads: String(threads),
    temp_directory: spillFolder,
    // Everything needed is built in: nothing is fetched from the network.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    default_block_size: String(blockBytes),
  };
  const instance = await createPatiently(path, settings, wait);
  try {
    const connection = await instance.connect();
    await connection.run("set global TimeZone = 'UTC'");
    const close = () => {
      // The connection first, or the instance keeps its lock on the file.
      connection.closeSync();
      instance.closeSync();
    };
    return { connection, close };
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

/** A DuckDB instance on a file, with what goes wrong told in our words. */
export async function createInstance(
  path: string,
  settings: Record<string, string>,
): Promise<DuckDBInstance> {
  try {
    return await DuckDBInstance.create(path, settings);
  } catch (error) {
    throw explainOpening(error, path);
  }
}

async function createPatiently(
  path: string,
  settings: Record<string, string>,
  wait: (ms: number) => Promise<unknown>,
): Promise<DuckDBInstance> {
  for (const waitMs of visitorWaitsMs) {
    try {
      return await createInstance(path, settings);
    } catch (error) {
      if (!(error instanceof ParcelmetricsError) || error.code !== 'locked') throw error;
      await wait(waitMs);
    }
  }
  return createInstance(path, settings);
}

// DuckDB's errors have no codes: the wording is all there is, and the tests hold it for the pinned version.
function explainOpening(cause: unknown, path: string): ParcelmetricsError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/Could not set lock|Conflicting lock/.test(message)) {
    const holder = /lock is held in (.*?\(PID \d+\))/.exec(message)?.[1] ?? 'which one is not known';
    return lockedError(`another program has ${path} open: ${holder}`, {
      hint: 'Nothing was changed. Close it there; `parcelmetrics sql` reads the published copy and locks nothing.',
      cause,
    });
  }
  const refusal = /(Permission denied|Is a directory|No such file|Read-only file system)/.exec(message)?.[1];
  if (refusal !== undefined) {
    return configurationError(`cannot open ${path}: ${refusal.toLowerCase()}`, {
      hint: 'Nothing was changed. Name a file that this user may write.',
      cause,
    });
  }
  // Not damaged: the disk said no, and the file is as it was.
  if (findSystemTrouble(cause) !== null) return describedTrouble(cause, path);
  if (/version number/i.test(message)) {
    return warehouseError(`${path} was written by another version of DuckDB: ${firstLine(cause)}`, {
      hint: 'Nothing was changed. Update parcelmetrics.',
      cause,
    });
  }
  if (/not a valid DuckDB database/.test(message)) {
    return warehouseError(`${path} is not a DuckDB database`, {
      hint: 'Nothing was changed. Name another file, or move it away: the next run then starts a new one.',
      cause,
    });
  }
  return warehouseError(`${path} is damaged: ${firstLine(cause)}`, {
    hint: 'Nothing was changed. `parcelmetrics restore` makes it again from a copy, from exported responses or from a snapshot.',
    cause,
  });
}

function describedTrouble(cause: unknown, path: string): ParcelmetricsError {
  const { message, hint, code, exitCode } = describeError(nameTrouble(cause, path));
  return new ParcelmetricsError(message, { code, exitCode, hint, cause });
}

/** The first line of an error's message: DuckDB appends the query. */
export function firstLine(error: unknown): string {
  return withholdValues((error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '');
}
