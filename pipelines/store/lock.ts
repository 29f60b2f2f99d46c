import { randomBytes } from 'node:crypto';
import {
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { lockedError } from '../errors.js';

/** Who holds a lock, as its file says. */
export interface LockHolder {
  pid: number;
  host: string;
  /** ISO 8601. */
  startedAt: string;
  command: string;
  /** When the kernel started the process, where it tells (Linux): a pid alone may belong to a later process. */
  processStart: string | null;
}

export type LockState =
  | { state: 'free' }
  | { state: 'held'; holder: LockHolder | null }
  | { state: 'stale'; holder: LockHolder | null; text: string };

/** The one run lock of a warehouse. */
export interface RunLock {
  path: string;
  /** Removes the lock if it is still ours. */
  release(): void;
}

/** What a lock needs to know of this machine; handed in by tests. */
export interface LockWorld {
  pid: number;
  host: string;
  /** The real time: a frozen clock says nothing about how old a file is. */
  now: () => Date;
  isAlive: (pid: number) => boolean;
  readProcessStart: (pid: number) => string | null;
}

export const thisMachine: LockWorld = {
  pid: process.pid,
  host: hostname(),
  now: () => new Date(),
  isAlive: (pid) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      // Another user's process cannot be signalled, but it lives.
      return codeOf(error) === 'EPERM';
    }
  },
  readProcessStart: (pid) => {
    try {
      // The second field is a name in brackets that may hold spaces; the start is the 22nd.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
    } catch {
      return null;
    }
  },
};

// A lock without content was left by a crash between its creation and its writing, unless it is this young.
const writingTimeMs = 10_000;

export function lockPath(warehousePath: string): string {
  return `${warehousePath}.lock`;
}

/** Whether a lock is held, free, or left behind by a process of this host that is gone. */
export function inspectLock(path: string, world: LockWorld = thisMachine): LockState {
  let text: string;
  let ageMs: number;
  try {
    text = readFileSync(path, 'utf8');
    ageMs = world.now().getTime() - statSync(path).mtimeMs;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { state: 'free' };
    throw error;
  }
  const holder = parseHolder(text);
  if (holder === null) {
    return ageMs < writingTimeMs ? { state: 'held', holder } : { state: 'stale', holder, text };
  }
  return isGone(holder, world) ? { state: 'stale', holder, text } : { state: 'held', holder };
}

/**
 * Takes the lock, from a process that died too (`warn` is told then).
 *
 * @throws ParcelmetricsError (exit code 6) that names the pid, the command and the start of the run that holds it.
 */
export function acquireLock(
  path: string,
  command: string,
  warn: (message: string) => void = () => {},
  world: LockWorld = thisMachine,
): RunLock {
  const { pid, host } = world;
  const startedAt = world.now().toISOString();
  const holder: LockHolder = { pid, host, startedAt, command, processStart: world.readProcessStart(pid) };
  const text = `${JSON.stringify(holder)}\n`;
  // More than one round only when a lock vanishes, or is taken over by another, between two looks.
  for (let round = 0; round < 5; round++) {
    if (createExclusively(path, text)) return { path, release: () => releaseLock(path, text) };
    const found = inspectLock(path, world);
    if (found.state === 'held') throw describeHeld(path, found.holder, host);
    if (found.state === 'stale' && removeStale(path, found.text)) {
      warn(`took over the lock of ${describeHolder(found.holder)}, which is gone without an end`);
    }
  }
  throw lockedError(`${path} changes hands: other runs are starting`, {
    hint: 'Nothing was changed. Try again.',
  });
}

function createExclusively(path: string, text: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    writeSync(file, text);
  } catch (error) {
    // On a full disk: an empty lock would keep the next run away for a while.
    rmSync(path, { force: true });
    throw Object.assign(error as Error, { path });
  } finally {
    closeSync(file);
  }
  return true;
}

// Moved aside first and looked at then: of several that find the same stale lock one wins, and whoever moved the winner's
// fresh lock by mistake puts it back.
function removeStale(path: string, staleText: string): boolean {
  const aside = `${path}.stale-${randomBytes(4).toString('hex')}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  const isTheStaleOne = readFileSync(aside, 'utf8') === staleText;
  if (!isTheStaleOne) {
    try {
      linkSync(aside, path);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
  rmSync(aside, { force: true });
  return isTheStaleOne;
}

function releaseLock(path: string, text: string): void {
  try {
    if (readFileSync(path, 'utf8') === text) rmSync(path, { force: true });
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function isGone(holder: LockHolder, world: LockWorld): boolean {
  if (holder.host !== world.host) return false;
  if (!world.isAlive(holder.pid)) return true;
  const start = world.readProcessStart(holder.pid);
  return start !== null && holder.processStart !== null && start !== holder.processStart;
}

function parseHolder(text: string): LockHolder | null {
  try {
    const holder = JSON.parse(text) as LockHolder;
    return Number.isInteger(holder.pid) && typeof holder.host === 'string' ? holder : null;
  } catch {
    return null;
  }
}

/** A holder in words: command, pid, start. */
export function describeHolder(holder: LockHolder | null): string {
  if (holder === null) return 'a run that is just starting';
  return `"parcelmetrics ${holder.command}" (pid ${holder.pid}, since ${holder.startedAt})`;
}

function describeHeld(path: string, holder: LockHolder | null, host: string) {
  const isElsewhere = holder !== null && holder.host !== host;
  const where = isElsewhere ? ` on the host ${holder.host}` : '';
  return lockedError(`another run holds the warehouse: ${describeHolder(holder)}${where}`, {
    hint: isElsewhere
      ? `Nothing was changed. Whether it still runs cannot be seen from here; if it does not, delete ${path}.`
      : 'Nothing was changed. Wait until it ends; `parcelmetrics status` shows how far it is.',
  });
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
