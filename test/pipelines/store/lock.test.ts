import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  acquireLock,
  inspectLock,
  lockDatabasePath,
  lockPath,
  thisMachine,
} from '../../../pipelines/store/lock.js';
import { compilePackage } from '../compiled.js';

let compiled = '';
let folder = '';
let path = '';
const children: ChildProcess[] = [];
beforeAll(() => {
  compiled = compilePackage();
});
afterAll(() => rmSync(compiled, { recursive: true, force: true }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-lock-'));
  path = lockPath(join(folder, 'warehouse.duckdb'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const noon = new Date('2026-03-01T12:00:00Z');
const world = { ...thisMachine, host: 'here', now: () => noon, wait: async () => {} };

/** What a process of its own runs: it takes the lock, says so, and then does what `then` says. */
function lockCode(then: string): string[] {
  const url = pathToFileURL(join(compiled, 'pipelines', 'store', 'lock.js')).href;
  const code = `import { acquireLock, inspectLock } from ${JSON.stringify(url)};
    const path = ${JSON.stringify(path)};
    try { const lock = await acquireLock(path, 'child', () => {}); process.stdout.write('holds as ' + process.pid); ${then} }
    catch (error) { process.stdout.write(error.message); process.exit(error.exitCode ?? 1); }`;
  return ['--input-type=module', '-e', code];
}

const stay = 'setInterval(() => {}, 1000);';
const leave = 'lock.release(); process.exit(0);';

/** Starts a holder; it may stand behind another program, such as one that makes a namespace. */
async function startHolder(before: readonly string[] = [], then = stay): Promise<ChildProcess> {
  const [command = '', ...args] = [...before, process.execPath, ...lockCode(then)];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [said] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  expect(String(said)).toMatch(/^holds as \d+/);
  return child;
}

const tryInProcess = (before: readonly string[] = []) => {
  const [command = '', ...args] = [...before, process.execPath, ...lockCode(leave)];
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return { status, stdout };
};

describe('in one process', () => {
  it('is taken, seen, and given back; its note goes, and its database stays, for its owner alone', async () => {
    expect(await inspectLock(path)).toEqual({ state: 'free' });
    const lock = await acquireLock(path, 'build', undefined, world);
    const holder = { pid: process.pid, host: 'here', startedAt: noon.toISOString(), command: 'build' };
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(holder);
    expect(await inspectLock(path)).toEqual({ state: 'held', holder });
    lock.release();
    lock.release();
    expect(await inspectLock(path)).toEqual({ state: 'free' });
    expect(readdirSync(folder)).toEqual(['warehouse.duckdb.lockdb']);
    expect(statSync(lockDatabasePath(path)).mode & 0o777).toBe(0o600);
  });

  it('is refused a second time with exit code 6, naming pid, command and start, and stays with the first', async () => {
    const lock = await acquireLock(path, 'nightly', undefined, world);
    await expect(acquireLock(path, 'build', undefined, { ...world, host: 'there' })).rejects.toMatchObject({
      exitCode: 6,
      message: `another run holds the warehouse: "parcelmetrics nightly" (pid ${process.pid}, since ${noon.toISOString()}) on the host here`,
    });
    expect(tryInProcess()).toMatchObject({ status: 6 });
    lock.release();
  });

  it('is one lock, whatever link leads to the warehouse', async () => {
    writeFileSync(join(folder, 'warehouse.duckdb'), '');
    symlinkSync(join(folder, 'warehouse.duckdb'), join(folder, 'link.duckdb'));
    expect(lockPath(join(folder, 'link.duckdb'))).toBe(path);
  });
});

describe('between processes', () => {
  it('is held by the kernel: nothing that this process does with it meanwhile lets another one in', async () => {
    const lock = await acquireLock(path, 'nightly');
    // A handle on the file that is opened and closed here would drop it.
    await inspectLock(path);
    await acquireLock(path, 'build', undefined, world).catch(() => {});
    statSync(lockDatabasePath(path));
    expect(tryInProcess()).toEqual({
      status: 6,
      stdout: expect.stringContaining(`"parcelmetrics nightly" (pid ${process.pid}`),
    });
    lock.release();
    expect(tryInProcess()).toMatchObject({ status: 0 });
  });

  it('can be looked at by others while it is held, which takes it from nobody', async () => {
    const child = await startHolder();
    for (let look = 0; look < 3; look++)
      expect(await inspectLock(path)).toMatchObject({
        state: 'held',
        holder: { pid: child.pid, command: 'child' },
      });
    await expect(acquireLock(path, 'build', undefined, world)).rejects.toMatchObject({ exitCode: 6 });
  });

  it('is free the moment its process is killed; the note that it left is told, and is no obstacle', async () => {
    const child = await startHolder();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await inspectLock(path)).toMatchObject({ state: 'stale', holder: { pid: child.pid } });
    const said: string[] = [];
    const lock = await acquireLock(path, 'build', (message) => said.push(message));
    expect(said).toEqual([
      expect.stringMatching(new RegExp(`"parcelmetrics child" \\(pid ${child.pid}.* gone without an end`)),
    ]);
    lock.release();
  });

  it('believes no note: one of a living process, of another host, an empty or a false one keeps nobody away', async () => {
    const note = {
      pid: process.pid,
      host: 'elsewhere',
      startedAt: '2026-03-01T02:00:00.000Z',
      command: 'nightly',
    };
    for (const text of [JSON.stringify(note), '', 'a shopping list']) {
      writeFileSync(path, text);
      (await acquireLock(path, 'build', undefined, world)).release();
      expect(existsSync(path)).toBe(false);
    }
  });

  it('waits for one that only looks, and not for long', async () => {
    const child = await startHolder();
    const waits: number[] = [];
    const patient = {
      ...world,
      wait: async (ms: number) => {
        if (waits.push(ms) < 2) return;
        child.kill('SIGKILL');
        await once(child, 'exit');
      },
    };
    (await acquireLock(path, 'build', undefined, patient)).release();
    expect(waits).toEqual([50, 100]);
  });

  it('is made once, though many come at the same time', async () => {
    const codes = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const child = spawn(process.execPath, lockCode(stay), { stdio: ['ignore', 'pipe', 'inherit'] });
        children.push(child);
        const [said] = await once(child.stdout as NodeJS.ReadableStream, 'data');
        return String(said).startsWith('holds');
      }),
    );
    expect(codes.filter(Boolean)).toHaveLength(1);
  });
});

describe('between containers', () => {
  const namespace = [
    'unshare',
    '--pid',
    '--fork',
    '--mount-proc',
    '--uts',
    '--map-root-user',
    '--kill-child=SIGKILL',
  ];
  const isPermitted = spawnSync(namespace[0] ?? '', [...namespace.slice(1), 'true']).status === 0;
  if (!isPermitted) process.stderr.write('unshare is not permitted here: two pid namespaces are not tried\n');

  it.skipIf(!isPermitted)('of one data folder, both pid 1 of one host name, lets one run only', async () => {
    const inside = [...namespace, 'sh', '-c', 'hostname box; exec "$0" "$@"'];
    await startHolder(inside);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ host: 'box' });
    expect(tryInProcess(inside)).toEqual({
      status: 6,
      stdout: expect.stringContaining('another run holds the warehouse'),
    });
    expect(tryInProcess()).toMatchObject({ status: 6 });
    expect((await inspectLock(path)).state).toBe('held');
  });
});

describe('a lock database', () => {
  it('that is damaged is named, with what to do', async () => {
    writeFileSync(
      lockDatabasePath(path),
      'a shopping list, somewhat longer than a header of a file may be '.repeat(100),
    );
    await expect(acquireLock(path, 'build')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('lockdb is damaged'),
      hint: expect.stringContaining('delete it'),
    });
  });

  it.skipIf(process.getuid?.() === 0)('that may not be written names the folder', async () => {
    chmodSync(folder, 0o500);
    await expect(acquireLock(path, 'build')).rejects.toMatchObject({ exitCode: 2 });
    chmodSync(folder, 0o700);
  });
});
