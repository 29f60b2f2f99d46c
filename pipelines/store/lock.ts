import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { DuckDBInstance } from '@duckdb/node-api';
import { lockedError, ParcelmetricsError, warehouseError } from '../errors.js';
import { createInstance } from './database.js';
import { syncToDisk } from './versions.js';

/** Who holds a lock, as its file says. */
export interface LockHolder {
  pid: number;
  host: string;
  /** ISO 8601. */
  startedAt: string;
  command: string;
}

export type LockState =
  | { state: 'free' }
  | { state: 'held'; holder: LockHolder | null }
  | { state: 'stale'; holder: LockHolder | null };

/** The one run lock of a warehouse. */
export interface RunLock {
  path: string;
  release(): void;
}

/** What a lock says of this process; handed in by tests. */
export interface LockWorld {
  pid: number;
  host: string;
  now: () => Date;
  wait: (ms: number) => Promise<unknown>;
}

export const thisMachine: LockWorld = {
  pid: process.pid,
  host: hostname(),
  now: () => new Date(),
  wait: pause,
};

/** The note beside a warehouse that says who holds it; the lock itself is a database, which the kernel keeps. */
export function lockPath(warehousePath: string): string {
  const real = existsSync(warehousePath) ? realpathSync(warehousePath) : warehousePath;
  return `${real}.lock`;
}

/** The database whose file lock is the run lock. It stays for good: removing it would let in a second run. */
export function lockDatabasePath(path: string): string {
  return `${path}db`;
}

// The kernel gives a process's locks on a file up when that process closes any handle of it: nothing but `acquireLock` may open
// the lock database of a lock that is held here.
const heldHere = new Set<string>();

/** A `status` that looks has the lock for a moment only, and must not cost the night its start. */
const visitorWaitsMs = [50, 100, 200, 400];

/** Whether a lock is held, free, or was left behind by a run that did not end. Takes nothing and waits for nobody. */
export async function inspectLock(path: string): Promise<LockState> {
  const database = lockDatabasePath(path);
  const holder = readHolder(path);
  if (existsSync(database)) {
    if (heldHere.has(realpathSync(database))) return { state: 'held', holder };
    try {
      (await openLockDatabase(database, 'READ_ONLY')).closeSync();
    } catch (error) {
      if (isLocked(error)) return { state: 'held', holder };
      throw error;
    }
  }
  return existsSync(path) ? { state: 'stale', holder } : { state: 'free' };
}

/**
 * Takes the lock that the kernel holds for as long as this process lives, in whatever container. `warn` is told of a run before
 * that did not end.
 *
 * @throws ParcelmetricsError (exit code 6) that names the pid, the command and the start of the run that holds it.
 */
export async function acquireLock(
  path: string,
  command: string,
  warn: (message: string) => void = () => {},
  world: LockWorld = thisMachine,
): Promise<RunLock> {
  const database = lockDatabasePath(path);
  await createIfMissing(database);
  const real = realpathSync(database);
  const instance = await takePatiently(path, real, world);
  heldHere.add(real);
  const letGo = () => {
    heldHere.delete(real);
    instance.closeSync();
  };
  try {
    if (existsSync(path)) {
      warn(`the run before, ${describeHolder(readHolder(path))}, is gone without an end; its lock was free`);
    }
    const { pid, host } = world;
    const holder: LockHolder = { pid, host, startedAt: world.now().toISOString(), command };
    writeFileSync(path, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  } catch (error) {
    letGo();
    throw Object.assign(error as Error, { path });
  }
  let isHeld = true;
  return {
    path,
    release: () => {
      if (!isHeld) return;
      isHeld = false;
      rmSync(path, { force: true });
      letGo();
    },
  };
}

async function takePatiently(path: string, database: string, world: LockWorld): Promise<DuckDBInstance> {
  for (const waitMs of [...visitorWaitsMs, null]) {
    if (heldHere.has(database)) throw describeHeld(readHolder(path), world.host);
    try {
      return await openLockDatabase(database, 'READ_WRITE');
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (waitMs === null) throw describeHeld(readHolder(path), world.host);
      await world.wait(waitMs);
    }
  }
  throw describeHeld(readHolder(path), world.host);
}

async function openLockDatabase(database: string, mode: string): Promise<DuckDBInstance> {
  try {
    return await createInstance(database, { access_mode: mode, threads: '1', memory_limit: '32MB' });
  } catch (error) {
    if (!(error instanceof ParcelmetricsError) || error.code !== 'warehouse') throw error;
    throw warehouseError(`the lock ${database} is damaged`, {
      hint: 'Nothing was changed. When no run is under way, delete it: the next one makes it again.',
      cause: error,
    });
  }
}

// Made whole under another name: a half one would keep every run away.
async function createIfMissing(database: string): Promise<void> {
  if (existsSync(database)) return;
  const draft = `${database}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    (await createInstance(draft, { threads: '1' })).closeSync();
    chmodSync(draft, 0o600);
    syncToDisk(draft);
    try {
      linkSync(draft, database);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return;
      // A file system without hard links.
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP'].includes(codeOf(error) ?? '')) throw error;
      copyFileSync(draft, database, constants.COPYFILE_EXCL);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

function readHolder(path: string): LockHolder | null {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as LockHolder;
    return Number.isInteger(holder.pid) && typeof holder.host === 'string' ? holder : null;
  } catch {
    // None, or one that is being written.
    return null;
  }
}

/** A holder in words: command, pid, start. */
export function describeHolder(holder: LockHolder | null): string {
  if (holder === null) return 'a run that is just starting';
  return `"parcelmetrics ${holder.command}" (pid ${holder.pid}, since ${holder.startedAt})`;
}

function describeHeld(holder: LockHolder | null, host: string) {
  const where = holder !== null && holder.host !== host ? ` on the host ${holder.host}` : '';
  return lockedError(`another run holds the warehouse: ${describeHolder(holder)}${where}`, {
    hint: 'Nothing was changed. Wait until it ends; `parcelmetrics status` shows how far it is.',
  });
}

function isLocked(error: unknown): boolean {
  return error instanceof ParcelmetricsError && error.code === 'locked';
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
