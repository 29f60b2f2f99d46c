import { existsSync, mkdtempSync, realpathSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Config } from '../../config/config.js';
import { readingMemoryLimit, totalMemoryBytes } from '../../config/limits.js';
import { configurationError, usageError } from '../../errors.js';
import { createInstance } from '../../store/database.js';

/** What `sql` gets of the world. */
export interface SqlContext {
  config: Pick<Config, 'published' | 'data' | 'threads' | 'memoryLimit' | 'sources' | 'json' | 'quiet'>;
  stdin: Readable;
  /** A stream, not a function: ten million rows have to wait for a slow reader. */
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  /** Whether somebody sits at stdin and stderr: then no query means a prompt. */
  isTerminal: boolean;
  /** The width of the terminal behind stdout; null or left out when it is none, and nothing is cut. */
  columns?: number | null;
  /** Stops the query; its reason is thrown. */
  signal: AbortSignal;
  /** Milliseconds of a clock that never stands still, for timings. */
  nowMs?: () => number;
}

/** An open snapshot. It is the same one until it is closed, whatever is published meanwhile. */
export interface Session {
  connection: DuckDBConnection;
  /** The snapshot's own file, symlinks resolved. */
  path: string;
  allowsFiles: boolean;
  /** Stops what runs, and whatever is run until `resume`. */
  interrupt: () => void;
  wasInterrupted: () => boolean;
  resume: () => void;
  /** Lets go of the file and removes what was spilled. */
  close: () => void;
}

function makeSpillFolder(): string {
  const place = tmpdir();
  if (!existsSync(place)) {
    throw configurationError(`the folder for temporary files, ${place}, is not there`, {
      hint: 'Set TMPDIR to a folder that is there.',
    });
  }
  return mkdtempSync(join(place, `parcelmetrics-sql-${process.pid}-`));
}

export type SessionConfig = Pick<Config, 'published' | 'threads' | 'memoryLimit' | 'sources'>;

/**
 * Opens the published snapshot read-only, offline, in UTC, with its settings locked. One thread and a quarter of the memory,
 * unless the configuration says otherwise: the night may be running.
 *
 * @throws ParcelmetricsError (exit code 2) when there is no snapshot or it cannot be read.
 */
export async function openSession(config: SessionConfig, allowsFiles: boolean): Promise<Session> {
  const path = resolveSnapshot(config.published);
  // mkdtemp makes it with mode 0700.
  const spillFolder = makeSpillFolder();
  const removeSpilled = () => rmSync(spillFolder, { recursive: true, force: true });
  process.once('exit', removeSpilled);
  const clean = () => {
    process.off('exit', removeSpilled);
    removeSpilled();
  };
  try {
    const { connection, close } = await connect(path, spillFolder, config, allowsFiles);
    let isInterrupted = false;
    let repeating: NodeJS.Timeout | undefined;
    const resume = () => {
      clearInterval(repeating);
      isInterrupted = false;
    };
    return {
      connection,
      path,
      allowsFiles,
      interrupt: () => {
        resume();
        isInterrupted = true;
        connection.interrupt();
        // A query that is only just starting does not notice the first one.
        repeating = setInterval(() => connection.interrupt(), 20);
      },
      wasInterrupted: () => isInterrupted,
      resume,
      close: () => {
        resume();
        close();
        clean();
      },
    };
  } catch (error) {
    clean();
    throw error;
  }
}

function resolveSnapshot(published: string): string {
  const path = join(published, 'shipping.duckdb');
  try {
    return realpathSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw usageError(`nothing is published yet: there is no ${path}`, {
      hint: 'Run `parcelmetrics nightly`, or `build` and then `publish`; `parcelmetrics demo` needs no credentials.',
      cause,
    });
  }
}

async function connect(
  path: string,
  spillFolder: string,
  { threads, memoryLimit, sources }: SessionConfig,
  allowsFiles: boolean,
): Promise<{ connection: DuckDBConnection; close: () => void }> {
  const instance = await createInstance(path, {
    access_mode: 'READ_ONLY',
    threads: String(sources.threads === 'default' ? 1 : threads),
    memory_limit: sources.memoryLimit === 'default' ? readingMemoryLimit(totalMemoryBytes()) : memoryLimit,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
    extension_directory: spillFolder,
    secret_directory: spillFolder,
    temp_directory: spillFolder,
    max_temp_directory_size: halfOfDisk(spillFolder),
    // After the folders: it locks them. The spill folder stays readable, which is why it is empty and the session's own.
    enable_external_access: String(allowsFiles),
  });
  try {
    const connection = await instance.connect();
    const close = () => {
      connection.closeSync();
      instance.closeSync();
    };
    try {
      await connection.run("set global TimeZone = 'UTC'");
      // Then an error says where it is.
      await connection.run('set global errors_as_json = true');
      await connection.run('set global lock_configuration = true');
      return { connection, close };
    } catch (error) {
      connection.closeSync();
      throw error;
    }
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

// A query that spills must not leave the night without a disk.
function halfOfDisk(folder: string): string {
  const { bavail, bsize } = statfsSync(folder);
  return `${Math.max(64, Math.floor((bavail * bsize) / 2e6))}MB`;
}

/** The run that made the snapshot, as its folder is called. */
export function nameSnapshot({ path }: Session): string {
  return basename(dirname(path));
}
