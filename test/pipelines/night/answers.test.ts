import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChooseFault, Sandbox } from '../../../pipelines/sandbox/server.js';
import { openWarehouse } from '../../../pipelines/store/warehouse.js';
import {
  askFile,
  type Called,
  call,
  dayMs,
  listFiles,
  makeFolder,
  makeTimeline,
  pointAt,
  showBodies,
} from '../extract/harness.js';
import { start } from '../sandbox/harness.js';

const clock = new Date('2026-03-03T04:00:00Z');
const later = (days: number) => new Date(clock.getTime() + days * dayMs);
const name = (index: number) => `3S${String(index).padStart(5, '0')}`;
const numberOf = (path: string) => path.split('/').at(-1) ?? '';

let cwd = '';
beforeEach(() => {
  cwd = makeFolder();
});

/** Parcels of that many numbers, labelled on the eve and under way, in a sandbox and in a file that registers them. */
async function serve(count: number, faults?: ChooseFault, known = count): Promise<Sandbox> {
  const numbers = Array.from({ length: count }, (_, index) => name(index));
  writeFileSync(
    join(cwd, 'parcels.csv'),
    `tracking_number,carrier_code\n${numbers.map((number) => `${number},postnl\n`).join('')}`,
  );
  const bodies = numbers
    .slice(0, known)
    .map((number): [string, object] => [
      number,
      makeTimeline(number, [['2026-03-02T10:00:00Z', 'accepted']], { announced_at: '2026-03-02T08:00:00Z' }),
    ]);
  return start({ source: showBodies(Object.fromEntries(bodies)), now: clock, faults });
}

const run = (
  sandbox: Sandbox | null,
  line: string,
  at = clock,
  more: Record<string, string> = {},
): Promise<Called> =>
  call([...line.split(' '), '--as-of', at.toISOString()], {
    cwd,
    environment: { ...(sandbox === null ? {} : pointAt(sandbox)), ...more },
  });

const register = (sandbox: Sandbox) => run(sandbox, `register --known ${join(cwd, 'parcels.csv')}`);
const ask = (sql: string) => askFile(join(cwd, 'data', 'warehouse.duckdb'), sql);
const askPublished = (sql: string) => askFile(join(cwd, 'data', 'published', 'shipping.duckdb'), sql);

describe('dead letters', () => {
  it('are named by every night, listed and published until there is none', { timeout: 180_000 }, async () => {
    let isWrong = true;
    const sandbox = await serve(4, ({ path }) =>
      isWrong && numberOf(path) === name(0) ? { kind: 'status', status: 422, body: { detail: [] } } : null,
    );
    await register(sandbox);
    for (let night = 0; night < 5; night += 1) await run(sandbox, 'extract', later(night));
    const calm = { PARCELMETRICS_SOURCE_WARN_AFTER: '30d' };
    for (const night of [5, 6]) {
      const { exitCode, out } = await run(sandbox, 'nightly', later(night), calm);
      expect({ exitCode, out }).toEqual({
        exitCode: 3,
        out: expect.stringContaining(
          'to do      look at the 1 dead letter: `parcelmetrics status --dead-letters`',
        ),
      });
    }
    expect(
      await askPublished(
        "select concat_ws(' ', tracking_number, carrier_code, reason, dead_since) from dead_letters",
      ),
    ).toBe(`${name(0)} postnl http_422 2026-03-07 04:00:00`);
    isWrong = false;
    await run(sandbox, 'retry-failed', later(6));
    const { exitCode, out } = await run(sandbox, 'nightly', later(6), calm);
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: expect.stringMatching(/to do {6}nothing/) });
    expect(await askPublished('select count(*) from dead_letters')).toBe('0');
  });
});

describe('answers that are not those of the night before', () => {
  it('end the extract with 4 where most are refused, with what changed; the night after has all parcels', async () => {
    let isChanged = true;
    const sandbox = await serve(40, () =>
      isChanged ? { kind: 'status', status: 200, body: { tracking_numbers: 'CANARY', events: [] } } : null,
    );
    await register(sandbox);
    for (let night = 0; night < 6; night += 1) {
      const { exitCode, out, err } = await run(sandbox, 'extract', later(night));
      expect({ exitCode, err }).toEqual({
        exitCode: 4,
        err: expect.stringMatching(
          /2\d of 2\d answers are no timelines \(most often \$\.tracking_numbers: expected array, found string\)/,
        ),
      });
      expect(out + err).not.toContain('CANARY');
    }
    expect(await ask("select count(*) from registry where state = 'active'")).toBe('40');
    isChanged = false;
    expect(await run(sandbox, 'extract', later(6))).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^40 parcels polled: 40 timelines/),
    });
    expect(await ask('select count(*) from landed_refusals where healed_at is null')).toBe('0');
    expect(listFiles(cwd).filter((path) => readFileSync(path).includes('CANARY'))).toEqual([]);
  });

  it.each([
    [
      'the greater part of many',
      30,
      12,
      /the API knows 12 of 30 parcels: likely the keys are those of another Sendcloud account/,
    ],
    [
      'all that were ever asked for',
      3,
      0,
      /the API knows 0 of 3 parcels: likely the keys are those of another Sendcloud account/,
    ],
  ])(
    'go on and end with 3 where %s are unknown, and say what is likely wrong',
    async (_, count, known, message) => {
      const sandbox = await serve(count, undefined, known);
      await register(sandbox);
      const { exitCode, err } = await run(sandbox, 'extract');
      expect({ exitCode, err }).toEqual({ exitCode: 3, err: expect.stringMatching(message) });
      expect(await ask('select count(*) from landed_polls')).toBe(String(known));
    },
  );

  it('say nothing of one wrong number among good ones', async () => {
    const sandbox = await serve(3, undefined, 2);
    await register(sandbox);
    const { exitCode, err } = await run(sandbox, 'extract');
    expect({ exitCode, err }).toEqual({
      exitCode: 0,
      err: expect.not.stringContaining('another Sendcloud account'),
    });
  });

  it('are none where nothing is registered: 3, and what to do', async () => {
    const sandbox = await serve(1);
    expect(await run(sandbox, 'extract')).toMatchObject({
      exitCode: 3,
      out: expect.stringContaining('nothing is registered: `parcelmetrics register FILE`'),
    });
    const { exitCode, out } = await run(sandbox, 'nightly');
    expect({ exitCode, out }).toEqual({
      exitCode: 3,
      out: expect.stringMatching(/WARNING {4}nothing is registered/),
    });
  });
});

describe('a source that falls silent', () => {
  it('is said in the last line of the night, by status and at the head of the page, and ends with 3', {
    timeout: 180_000,
  }, async () => {
    const sandbox = await serve(3);
    await register(sandbox);
    expect((await run(sandbox, 'nightly')).exitCode).toBe(0);
    expect((await run(sandbox, 'nightly', later(2))).exitCode).toBe(0);
    const { exitCode, out } = await run(sandbox, 'nightly', later(20));
    expect(exitCode).toBe(3);
    expect(out.trimEnd().split('\n').at(-1)).toMatch(
      /^WARNING {4}no new label since 2026-03-02 \(20 days\): does the export/,
    );
    const page = readFileSync(join(cwd, 'data', 'report', 'index.html'), 'utf8');
    expect(page).toContain('No new label since 2026-03-02 (20 days)');
    const status = await run(sandbox, 'status', later(20));
    expect(status.out).toMatch(
      /^source: newest label 2026-03-02 08:00 UTC, newest poll 2026-03-23 .*; a silence of 3 days is too long$/m,
    );
    expect(status.out).toMatch(/^WARNING: no new label since 2026-03-02/m);
    // A shop that is closed for a month says so once.
    const calm = { PARCELMETRICS_SOURCE_WARN_AFTER: '30d' };
    expect((await run(sandbox, 'status', later(20), calm)).out).not.toContain('WARNING');
    expect((await run(sandbox, 'status', later(40), calm)).out).toMatch(
      /WARNING: no successful poll since 2026-03-23 \(17 days\)|WARNING: no new label/,
    );
  });

  it('may be as silent as three times its longest gap, and is not judged where it is an archive', async () => {
    const sandbox = await serve(1);
    const body = (number: string, announced_at: string) =>
      JSON.stringify({
        observed_at: '2026-03-02T00:00:00Z',
        response: makeTimeline(number, [], { announced_at }),
      });
    writeFileSync(
      join(cwd, 'a.ndjson'),
      [body('A', '2026-02-01T08:00:00Z'), body('B', '2026-02-15T08:00:00Z')].join('\n'),
    );
    await run(null, `import ${join(cwd, 'a.ndjson')}`);
    expect((await run(null, 'status', later(90))).out).not.toMatch(/source|WARNING/);
    await register(sandbox);
    await run(sandbox, 'extract');
    expect((await run(sandbox, 'status', later(40))).out).toMatch(/a silence of 45 days is too long/);
  });
});

describe('a warehouse that is gone', () => {
  it('is no new one while what was made of it stands: 2, nothing created, restore named', {
    timeout: 180_000,
  }, async () => {
    const sandbox = await serve(2);
    await register(sandbox);
    await run(sandbox, 'nightly');
    const data = join(cwd, 'data');
    const warehouse = join(data, 'warehouse.duckdb');
    renameSync(warehouse, join(cwd, 'elsewhere.duckdb'));
    const lines = [
      'nightly',
      'extract',
      'build',
      'publish',
      `register --known ${join(cwd, 'parcels.csv')}`,
      'status',
      'vacuum',
      'forget A',
      'retry-failed',
    ];
    // An empty file is no warehouse, and each of the three alone is trace enough.
    writeFileSync(warehouse, '');
    for (const gone of [[], ['marts.duckdb'], ['published', 'snapshots']]) {
      for (const part of gone) rmSync(join(data, part), { recursive: true, force: true });
      const before = readdirSync(data).sort();
      for (const line of gone.length === 0 ? lines : ['nightly']) {
        const { exitCode, err } = await run(sandbox, line);
        expect({ line, exitCode, err }).toEqual({
          line,
          exitCode: 2,
          err: expect.stringMatching(
            /the warehouse .*warehouse\.duckdb is missing, though .* is there\n.*`parcelmetrics restore`/,
          ),
        });
      }
      expect(readdirSync(data).sort()).toEqual(before);
    }
    for (const part of ['report', 'reports']) rmSync(join(data, part), { recursive: true, force: true });
    expect((await register(sandbox)).exitCode).toBe(0);
  });
});

describe('far fewer parcels than are published', () => {
  it('are a failed check, unless the user accepts it', { timeout: 180_000 }, async () => {
    const sandbox = await serve(50);
    await register(sandbox);
    expect((await run(sandbox, 'nightly')).exitCode).toBe(0);
    const held = join(cwd, 'data', 'warehouse.duckdb');
    const opened = await openWarehouse({ path: held, memoryLimit: '500MB', threads: 1, command: 'test' });
    for (const table of ['registry', 'landed_polls', 'landed_responses', 'landed_events'])
      await opened.connection.run(`delete from ${table} where tracking_number >= '${name(20)}'`);
    await opened.close();
    const night = await run(sandbox, 'nightly', later(1));
    expect({ exitCode: night.exitCode, err: night.err }).toEqual({
      exitCode: 5,
      err: expect.stringMatching(/check failed: parcels would fall from 50 to 20/),
    });
    expect(await askPublished('select count(*) from parcels')).toBe('50');
    expect(await run(sandbox, 'publish', later(1))).toMatchObject({
      exitCode: 5,
      err: expect.stringContaining('`parcelmetrics publish --accept-fall`'),
    });
    expect((await run(sandbox, 'publish --accept-fall', later(1))).exitCode).toBe(0);
    expect(await askPublished('select count(*) from parcels')).toBe('20');
    expect((await run(sandbox, 'nightly', later(1))).exitCode).toBe(0);
  });
});
