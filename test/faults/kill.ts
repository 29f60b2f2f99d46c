import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { copyFolder, type Ended, type Place, runProgram, startProgram } from './world.js';

// Where a process can be killed. With Debian's strace: at its n-th write, fsync, rename or unlink; without: at a share of its time.

const calls = [
  'write',
  'pwrite64',
  'fsync',
  'fdatasync',
  'ftruncate',
  'rename',
  'renameat2',
  'unlink',
  'unlinkat',
  'rmdir',
  'mkdir',
  'symlink',
  'link',
  'openat',
];

export interface Point {
  words: string;
  /** What strace injects; null: the share of the undisturbed time, by a timer. */
  inject: string | null;
  afterMs: number;
}

export interface Killed {
  ended: Ended;
  /** Whether the point was reached. */
  wasKilled: boolean;
}

/** Whether strace is here and may trace. */
export function canTrace(): boolean {
  if (process.env.FAULTS_STRACE === '0') return false;
  const tried = spawnSync('strace', [
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    'inject=getpid:error=EPERM',
    'true',
  ]);
  return tried.status === 0;
}

const environment = { UV_THREADPOOL_SIZE: '1' };

const withTraceEnvironment = (place: Place): Place => ({
  ...place,
  environment: { ...place.environment, ...environment },
});

/** A path without what differs from run to run. */
function toKind(path: string): string {
  return path
    .replace(/\d{8}T\d{6}Z-\w{6}/g, 'RUN')
    .replace(/\d+/g, 'N')
    .replace(/\w+\.(parquet|html)/, 'X.$1');
}

/** Runs the program undisturbed in a copy and lists where it can be killed, in groups by call and file. */
export async function listCalls(
  argv: readonly string[],
  from: string,
  place: Place,
): Promise<Map<string, string[]>> {
  const folder = copyFolder(from);
  const log = join(folder, 'trace.txt');
  const prefix = ['strace', '-f', '-qq', '-y', '-o', log, '-e', `trace=${calls.join()}`];
  const ended = await runProgram(argv, { ...withTraceEnvironment(place), folder, prefix });
  if (ended.code !== 0) throw new Error(`under strace: ${ended.code} ${ended.err}`);
  const counts = new Map<string, number>();
  const groups = new Map<string, string[]>();
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const [, thread, call, rest = ''] = /^(\d+) +(\w+)\((.*)$/.exec(line) ?? [];
    if (call === undefined) continue;
    const count = (counts.get(`${thread} ${call}`) ?? 0) + 1;
    counts.set(`${thread} ${call}`, count);
    const start = rest.indexOf(`${folder}/`);
    const isCreating = call !== 'openat' || rest.includes('O_CREAT');
    if (start < 0 || !isCreating || rest.includes('trace.txt')) continue;
    const path = /^[^>",]*/.exec(rest.slice(start + folder.length + 1))?.[0] ?? '';
    const group = `${call} ${toKind(path)}`;
    groups.set(group, [...(groups.get(group) ?? []), `${call}:signal=SIGKILL:when=${count}`]);
  }
  rmSync(folder, { recursive: true, force: true });
  return groups;
}

// What changes names comes first: there a half-done step shows.
const ranks: readonly RegExp[] = [/^(rename|symlink|link|unlink|rmdir)/, /^(fsync|fdatasync|ftruncate)/, /./];

/**
 * Of the groups that change names the first call each, evenly over the run where there are more than can be tried; then of the
 * others; then their last, their middle and so on, until there are enough.
 */
export function choose(groups: Map<string, string[]>, count: number): Point[] {
  const chosen = new Map<string, Point>();
  const rankOf = (words: string) => ranks.findIndex((pattern) => pattern.test(words));
  for (const share of [0, 1, 0.5, 0.25, 0.75, 0.125, 0.875, 0.375, 0.625]) {
    for (const rank of ranks.keys()) {
      const fresh = [...groups].flatMap(([words, injections]) => {
        const inject = injections[Math.round(share * (injections.length - 1))];
        return inject !== undefined && rankOf(words) === rank && !chosen.has(inject)
          ? [{ words, inject }]
          : [];
      });
      const room = Math.min(fresh.length, count - chosen.size);
      for (let index = 0; index < room; index++) {
        const point = fresh[Math.floor((index * fresh.length) / room)];
        if (point !== undefined) chosen.set(point.inject, { ...point, afterMs: 0 });
      }
    }
  }
  return [...chosen.values()];
}

/** Points at which to kill the program, spread over all that it does to its files. */
export async function findPoints(
  argv: readonly string[],
  from: string,
  place: Place,
  count: number,
): Promise<Point[]> {
  if (canTrace()) return choose(await listCalls(argv, from, place), count);
  const folder = copyFolder(from);
  const { ms } = await runProgram(argv, { ...place, folder });
  rmSync(folder, { recursive: true, force: true });
  return Array.from({ length: count }, (_, index) => {
    const afterMs = Math.round(((index + Math.random()) / count) * ms);
    return { words: `at ${Math.round((100 * afterMs) / ms)} % of its time`, inject: null, afterMs };
  });
}

/** Runs the program and kills it at the point. */
export async function killAt(point: Point, argv: readonly string[], place: Place): Promise<Killed> {
  if (point.inject === null) {
    const { child, ended } = startProgram(argv, place);
    const timer = setTimeout(() => child.kill('SIGKILL'), point.afterMs);
    const result = await ended;
    clearTimeout(timer);
    return { ended: result, wasKilled: result.signal === 'SIGKILL' };
  }
  const call = point.inject.split(':')[0];
  const prefix = [
    'strace',
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    `trace=${call}`,
    '-e',
    `inject=${point.inject}`,
  ];
  const ended = await runProgram(argv, { ...withTraceEnvironment(place), prefix });
  // strace ends as its child did: killed.
  return { ended, wasKilled: ended.signal === 'SIGKILL' || ended.code === 137 };
}
