import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  acquireLock,
  inspectLock,
  type LockHolder,
  type LockWorld,
  thisMachine,
} from '../../../pipelines/store/lock.js';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-lock-'));
  path = join(folder, 'warehouse.duckdb.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const noon = new Date('2026-03-01T12:00:00Z');
const processes = new Map([[7, '100']]);
const world: LockWorld = {
  pid: 7,
  host: 'here',
  now: () => noon,
  isAlive: (pid) => processes.has(pid),
  readProcessStart: (pid) => processes.get(pid) ?? null,
};
const holder: LockHolder = {
  pid: 8,
  host: 'here',
  startedAt: '2026-03-01T02:00:00.000Z',
  command: 'nightly',
  processStart: '50',
};
const leave = (more: Partial<LockHolder>) => writeFileSync(path, JSON.stringify({ ...holder, ...more }));

it('is taken, seen by others, and given back without a trace', () => {
  const lock = acquireLock(path, 'build', undefined, world);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    pid: 7,
    host: 'here',
    startedAt: noon.toISOString(),
    command: 'build',
    processStart: '100',
  });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(inspectLock(path, world).state).toBe('held');
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
  expect(inspectLock(path, world)).toEqual({ state: 'free' });
});

it('refuses a second run with exit code 6, naming pid, command and start', () => {
  leave({ pid: 7, processStart: '100' });
  expect(() => acquireLock(path, 'build', undefined, world)).toThrow(
    expect.objectContaining({
      exitCode: 6,
      message:
        'another run holds the warehouse: "parcelmetrics nightly" (pid 7, since 2026-03-01T02:00:00.000Z)',
    }),
  );
});

it.each([
  ['its process is gone', { pid: 8 }],
  ['its pid belongs to a later process', { pid: 7, processStart: '99' }],
])('takes over a lock when %s, and says so', (_, more) => {
  leave(more);
  expect(inspectLock(path, world).state).toBe('stale');
  const said: string[] = [];
  const lock = acquireLock(path, 'build', (message) => said.push(message), world);
  expect(said).toEqual([
    expect.stringContaining(`took over the lock of "parcelmetrics nightly" (pid ${more.pid}`),
  ]);
  expect(JSON.parse(readFileSync(path, 'utf8')).pid).toBe(world.pid);
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

it('does not judge a process whose start it cannot see', () => {
  leave({ pid: 7, processStart: null });
  expect(inspectLock(path, world).state).toBe('held');
});

it('never takes over the lock of another host, but says how to', () => {
  leave({ host: 'there' });
  expect(() => acquireLock(path, 'build', undefined, world)).toThrow(
    expect.objectContaining({
      exitCode: 6,
      message: expect.stringContaining('on the host there'),
      hint: expect.stringContaining(`delete ${path}`),
    }),
  );
  expect(existsSync(path)).toBe(true);
});

it('leaves an empty lock to its writer for ten seconds, then takes it over', () => {
  writeFileSync(path, '');
  const writtenMs = statSync(path).mtimeMs;
  const later = (ms: number): LockWorld => ({ ...world, now: () => new Date(writtenMs + ms) });
  expect(() => acquireLock(path, 'build', undefined, later(9_000))).toThrow(/is just starting/);
  expect(acquireLock(path, 'build', undefined, later(11_000)).path).toBe(path);
});

it('puts back a fresh lock that another run took in the meantime', () => {
  leave({ pid: 8 });
  // Between our look at the stale lock and our move another run takes it over: its lock must survive ours.
  const fresh = JSON.stringify({ ...holder, pid: 7, processStart: '100', command: 'extract' });
  let looks = 0;
  const racing: LockWorld = {
    ...world,
    pid: 9,
    isAlive: (pid) => {
      if (pid === 8 && looks++ === 0) writeFileSync(path, fresh);
      return processes.has(pid);
    },
  };
  expect(() => acquireLock(path, 'build', undefined, racing)).toThrow(/parcelmetrics extract/);
  expect(readFileSync(path, 'utf8')).toBe(fresh);
  expect(readdirSync(folder)).toHaveLength(1);
});

it('releases only what is its own', () => {
  const lock = acquireLock(path, 'build', undefined, world);
  leave({ pid: 7 });
  lock.release();
  expect(existsSync(path)).toBe(true);
});

it('knows this process, and one that cannot be', () => {
  expect(thisMachine.isAlive(process.pid)).toBe(true);
  expect(thisMachine.isAlive(2 ** 30)).toBe(false);
  const start = thisMachine.readProcessStart(process.pid);
  if (process.platform === 'linux') expect(start).toMatch(/^\d+$/);
  expect(thisMachine.readProcessStart(2 ** 30)).toBeNull();
});
