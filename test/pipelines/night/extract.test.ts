import { EventEmitter } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChooseFault, Sandbox } from '../../../pipelines/sandbox/server.js';
import { openWarehouse } from '../../../pipelines/store/warehouse.js';
import {
  askFile,
  type Called,
  call,
  dayMs,
  makeFolder,
  makeTimeline,
  type Place,
  pointAt,
  showBodies,
} from '../extract/harness.js';
import { start } from '../sandbox/harness.js';

const clock = new Date('2026-03-03T04:00:00Z');
const name = (index: number) => `3S${String(index).padStart(5, '0')}`;
const numberOf = (path: string) => path.split('/').at(-1) ?? '';

let cwd = '';
let warehouse = '';
beforeEach(() => {
  cwd = makeFolder();
  warehouse = join(cwd, 'data', 'warehouse.duckdb');
});

const serve = (count: number, faults?: ChooseFault) => {
  const numbers = Array.from({ length: count }, (_, index) => name(index));
  writeFileSync(
    join(cwd, 'parcels.csv'),
    `tracking_number,carrier_code\n${numbers.map((number) => `${number},postnl\n`).join('')}`,
  );
  const bodies = numbers.map((number) => [
    number,
    makeTimeline(number, [['2026-03-02T10:00:00Z', 'accepted']]),
  ]);
  return start({ source: showBodies(Object.fromEntries(bodies)), now: clock, faults });
};

const run = (sandbox: Sandbox, argv: string, place: Partial<Place> = {}): Promise<Called> =>
  call([...argv.split(' '), '--as-of', clock.toISOString()], {
    cwd,
    ...place,
    environment: { ...pointAt(sandbox), ...place.environment },
  });

const register = (sandbox: Sandbox) =>
  call(['register', '--known', join(cwd, 'parcels.csv'), '--as-of', clock.toISOString()], {
    cwd,
    environment: pointAt(sandbox),
  });
const countLanded = async () => Number(await askFile(warehouse, 'select count(*) from landed_polls'));

describe('extract', () => {
  it('says first what is due, what it costs and what will be left, and keeps to the budget', async () => {
    const sandbox = await serve(30);
    await register(sandbox);
    const first = await run(sandbox, 'extract --max-requests 12');
    expect(first.exitCode).toBe(3);
    expect(first.err).toContain(
      'due: 30 of 30 open parcels (30 never polled); budget: 12; about 1 minute at 600000 a minute; will be left: 18',
    );
    expect(first.out).toBe(
      '12 parcels polled: 12 timelines, 12 of them new or changed; 18 due parcels left for the next run\n',
    );
    expect(sandbox.stats().requests).toBe(12);
    const second = await run(sandbox, 'extract --json');
    expect(second.exitCode).toBe(0);
    expect(JSON.parse(second.out)).toMatchObject({
      extract: { polled: 18, timelines: 18, changed: 18, failed: 0, stoppedBy: null },
      due: 18,
      left: 0,
      requests: 18,
    });
    expect(Math.max(...Object.values(sandbox.stats().perTrackingNumber))).toBe(1);
    const third = await run(sandbox, 'extract');
    expect(third).toMatchObject({
      exitCode: 0,
      out: '0 parcels polled: 0 timelines, 0 of them new or changed\n',
    });
  });

  it('ends with 3 when its time is up', async () => {
    const sandbox = await serve(400);
    await register(sandbox);
    const { exitCode, out } = await run(sandbox, 'extract --max-duration 1ms');
    expect({ exitCode, out }).toEqual({
      exitCode: 3,
      out: expect.stringMatching(/\d+ due parcels left for the next run/),
    });
    expect(sandbox.stats().requests).toBeLessThan(50);
  });

  it.each([
    [401, 'the API did not accept the keys (401)'],
    [403, 'the API refuses these keys this request (403)'],
  ])('ends with 4 at a %i, says why, and keeps what was polled', async (status, message) => {
    let requests = 0;
    const sandbox = await serve(30, () => {
      requests += 1;
      return requests > 15 ? { kind: 'status', status, body: {} } : null;
    });
    await register(sandbox);
    const { exitCode, err } = await run(sandbox, 'extract');
    expect({ exitCode, err }).toEqual({ exitCode: 4, err: expect.stringContaining(message) });
    expect(await countLanded()).toBe(15);
  });

  it('ends with 4 where nothing is listening', async () => {
    const sandbox = await serve(5);
    await register(sandbox);
    await sandbox.close();
    const { exitCode, err } = await run(sandbox, 'extract');
    expect({ exitCode, err }).toEqual({ exitCode: 4, err: expect.stringContaining('cannot be reached') });
  });

  it('ends with 2 without credentials, and sends nothing', async () => {
    const sandbox = await serve(5);
    await register(sandbox);
    const { exitCode, err } = await run(sandbox, 'extract', { environment: { SENDCLOUD_SECRET_KEY: '' } });
    expect({ exitCode, err }).toEqual({
      exitCode: 2,
      err: expect.stringContaining('SENDCLOUD_SECRET_KEY not set'),
    });
    expect(sandbox.stats().requests).toBe(0);
  });

  it('names a broken table of intervals by file and line', async () => {
    const sandbox = await serve(5);
    await register(sandbox);
    writeFileSync(
      join(cwd, 'poll_intervals.csv'),
      'phase,from_age_hours,poll,interval_hours\nlabel,0,sometimes,12\n',
    );
    const { exitCode, err } = await run(sandbox, 'extract', { environment: { PARCELMETRICS_SEEDS: cwd } });
    expect({ exitCode, err }).toEqual({
      exitCode: 2,
      err: expect.stringContaining('poll_intervals.csv:2: poll is "sometimes"'),
    });
    expect(sandbox.stats().requests).toBe(0);
  });
});

describe('a Retry-After beyond a quarter of an hour', () => {
  it('ends the run with 3, and no command asks before that time', async () => {
    let isLimited = true;
    const sandbox = await serve(20, ({ path }) =>
      isLimited && numberOf(path) >= name(10)
        ? { kind: 'status', status: 429, headers: { 'retry-after': '3600' } }
        : null,
    );
    await register(sandbox);
    const first = await run(sandbox, 'extract');
    expect(first).toMatchObject({
      exitCode: 3,
      err: expect.stringContaining('asks to wait longer than this run will'),
    });
    const landed = await countLanded();
    expect(landed).toBeGreaterThanOrEqual(10);
    const { requests } = sandbox.stats();
    isLimited = false;

    const inbox = join(cwd, 'inbox.csv');
    const cells =
      'announced_at,from_country,from_postal_code,to_country,to_postal_code,contract_id,source_id';
    writeFileSync(
      inbox,
      `tracking_number,carrier_code,${cells}\nNEW,dpd,2026-03-02T10:00:00Z,NL,1012,DE,10115,5,s\n`,
    );
    const pause = /no request before 20.*Z: the API asked for that; nothing was sent/;
    for (const argv of ['extract', `register ${inbox}`, 'backfill --from 2026-01-01 --to 2026-12-31 --yes'])
      expect(await run(sandbox, argv)).toEqual({
        exitCode: 3,
        out: expect.stringMatching(pause),
        err: expect.any(String),
      });
    expect(sandbox.stats().requests).toBe(requests);
    expect((await run(sandbox, 'status')).out).toMatch(/^no request before 20.*Z: the API asked for that$/m);

    const held = await openWarehouse({ path: warehouse, memoryLimit: '500MB', threads: 1, command: 'test' });
    await held.connection.run("update meta set value = '2026-03-01T00:00:00.000Z' where key = 'not_before'");
    await held.close();
    expect(await run(sandbox, 'extract')).toMatchObject({ exitCode: 0 });
    expect(await countLanded()).toBe(20);
    expect((await run(sandbox, 'status')).out).not.toContain('no request before');
  });
});

describe('an interruption', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('by %s ends with %i, says what is left, and loses nothing', async (signal, code) => {
    const signals = new EventEmitter();
    const sandbox = await serve(40, ({ path }) => {
      if (numberOf(path) === name(20)) signals.emit(signal);
      return null;
    });
    await register(sandbox);
    const first = await run(sandbox, 'extract', { signals });
    expect(first.exitCode).toBe(code);
    const landed = await countLanded();
    expect(landed).toBeGreaterThan(10);
    expect(landed).toBeLessThan(25);
    expect(first.err).toContain(
      `interrupted: ${landed} parcels polled: ${landed} timelines, ${landed} of them new or changed; ${40 - landed} due parcels left`,
    );
    expect(first.err).toContain(`error: interrupted by ${signal}\nWhat was committed is kept`);
    expect(await askFile(warehouse, "select exit_code from runs where command = 'extract'")).toBe(
      String(code),
    );
    expect(await run(sandbox, 'extract')).toMatchObject({ exitCode: 0 });
    expect(await countLanded()).toBe(40);
  });
});

describe('dead letters', () => {
  it('are put back in the queue by retry-failed', async () => {
    let isWrong = true;
    const sandbox = await serve(3, () =>
      isWrong ? { kind: 'status', status: 422, body: { detail: [] } } : null,
    );
    await register(sandbox);
    for (let night = 0; night < 5; night += 1) {
      const at = new Date(clock.getTime() + night * dayMs).toISOString();
      const { exitCode, out } = await call(['extract', '--as-of', at], {
        cwd,
        environment: pointAt(sandbox),
      });
      expect([exitCode, out]).toEqual([
        3,
        expect.stringContaining(night < 4 ? '3 refused, asked for again' : '3 became dead letters'),
      ]);
    }
    isWrong = false;
    const last = { now: () => new Date(clock.getTime() + 5 * dayMs) };
    const later = (line: string) =>
      call([...line.split(' '), '--as-of', last.now().toISOString()], { cwd, environment: pointAt(sandbox) });
    expect(await later('extract')).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^0 parcels/) });
    const listed = await later('status --dead-letters');
    expect(listed.out).toMatch(/3S00000 +postnl +2026-03-07 +http_422\n/);
    expect(JSON.parse((await later('status --dead-letters --json')).out).deadLetters).toHaveLength(3);
    expect((await later('retry-failed')).out).toBe('3 dead letters back in the queue\n');
    expect((await later('status --dead-letters')).out).toBe('no dead letters\n');
    expect(await later('extract')).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^3 parcels/) });
  });
});

describe('a backfill', () => {
  it('says what it costs and asks; without a yes nothing is sent', async () => {
    const sandbox = await serve(4);
    await register(sandbox);
    const held = await openWarehouse({ path: warehouse, memoryLimit: '500MB', threads: 1, command: 'test' });
    await held.connection.run("update registry set state = 'closed'");
    await held.close();
    const argv = 'backfill --from 2026-03-01 --to 2026-03-31';
    expect(await run(sandbox, argv)).toMatchObject({
      exitCode: 3,
      out: expect.stringContaining('4 requests for closed parcels'),
    });
    expect(sandbox.stats().requests).toBe(0);
    expect(await run(sandbox, `${argv} --yes`)).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^4 parcels polled/),
    });
    expect(await run(sandbox, 'backfill --from 2026-03-02 --to 2026-03-01 --yes')).toMatchObject({
      exitCode: 2,
    });
  });
});

describe('a second run at once', () => {
  it('ends with 6 and names the first', async () => {
    const sandbox = await serve(3);
    const held = await openWarehouse({
      path: warehouse,
      memoryLimit: '500MB',
      threads: 1,
      command: 'nightly',
    });
    for (const argv of ['extract', 'build', 'forget A', 'vacuum']) {
      const { exitCode, err } = await run(sandbox, argv);
      expect({ exitCode, err }).toEqual({
        exitCode: 6,
        err: expect.stringContaining(
          `another run holds the warehouse: "parcelmetrics nightly" (pid ${process.pid}, since `,
        ),
      });
    }
    await held.close();
    expect(sandbox.stats().requests).toBe(0);
  });
});
