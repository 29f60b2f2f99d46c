import type { DuckDBConnection } from '@duckdb/node-api';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChooseFault, Fault } from '../../../pipelines/sandbox/server.js';
import { start } from '../sandbox/harness.js';
import {
  dayMs,
  failAfterCommits,
  hourMs,
  makeTimeline,
  openLanding,
  readRows,
  readValue,
  registerNumbers,
  showBodies,
} from './harness.js';
import { createFastClient, pollDue } from './night.js';
import { createQuietClock } from './quiet-clock.js';

const at = new Date('2026-03-03T04:00:00Z');
const later = (days: number) => new Date(at.getTime() + days * dayMs);

let connection: DuckDBConnection;
beforeEach(async () => {
  connection = await openLanding();
  await connection.run(
    "insert into runs (run_id, command, clock_at, started_at) values ('run', 'extract', now(), now())",
  );
});

const name = (index: number) => `3S${String(index).padStart(5, '0')}`;

/** Registers so many parcels and starts a sandbox that has them, under way. */
async function startWith(count: number, faults?: ChooseFault, more: Record<string, object> = {}) {
  const numbers = Array.from({ length: count }, (_, index) => name(index));
  const bodies = Object.fromEntries(
    numbers.map((number) => [number, makeTimeline(number, [['2026-03-02T10:00:00Z', 'accepted']])]),
  );
  await registerNumbers(connection, numbers);
  return start({ source: showBodies({ ...bodies, ...more }), now: at, faults });
}

const countLanded = async () => Number(await readValue(connection, 'select count(*) from landed_polls'));
const readStates = () =>
  readRows(
    connection,
    'select tracking_number as number, state, state_reason as reason from registry order by 1',
  );
const numberOf = (path: string) => path.split('/').at(-1) ?? '';

describe('an interrupted run', () => {
  it('keeps what was answered, asks for nothing more, and is gone on with by the next', async () => {
    const sandbox = await startWith(60);
    const stop = new AbortController();
    let polls = 0;
    const onPoll = () => {
      polls += 1;
      if (polls === 25) stop.abort(new Error('Ctrl-C'));
    };
    const first = await pollDue(connection, sandbox, { at, signal: stop.signal, onPoll, batchSize: 10 });
    expect(first).toMatchObject({ stoppedBy: 'signal', due: 60 });
    expect(await countLanded()).toBe(first.timelines);
    // Those under way are cut off, and asked for again.
    expect(sandbox.stats().requests).toBeLessThanOrEqual(first.timelines + 4);
    const second = await pollDue(connection, sandbox, { at, batchSize: 10 });
    expect(second).toMatchObject({
      stoppedBy: null,
      due: 60 - first.timelines,
      timelines: 60 - first.timelines,
    });
    expect(await countLanded()).toBe(60);
    expect(sandbox.stats().requests).toBeLessThanOrEqual(64);
  });

  it('loses at most the batch in flight when a batch cannot be written, and stops asking', async () => {
    const sandbox = await startWith(60);
    // The first transaction closes parcels, two more are batches.
    const failing = failAfterCommits(connection, 3);
    const broken = pollDue(failing, sandbox, { at, batchSize: 10 });
    await expect(broken).rejects.toThrow('the disk is full');
    const kept = await countLanded();
    // Two batches, of ten and of those that came while they were written.
    expect(kept).toBeGreaterThanOrEqual(20);
    expect(kept).toBeLessThan(40);
    expect(sandbox.stats().requests).toBeLessThan(60);
    expect(await pollDue(connection, sandbox, { at })).toMatchObject({
      due: 60 - kept,
      timelines: 60 - kept,
    });
    expect(await countLanded()).toBe(60);
  });

  it('stops before a new request once its time is over', async () => {
    const sandbox = await startWith(30);
    let nowMs = 0;
    const first = await pollDue(connection, sandbox, {
      at,
      concurrency: 1,
      now: () => nowMs,
      onPoll: () => {
        nowMs += 1000;
      },
      endAtMs: 10_000,
    });
    expect(first).toMatchObject({ stoppedBy: 'time', timelines: 10 });
    expect(await countLanded()).toBe(10);
  });

  it('commits by time where answers are slow', async () => {
    const sandbox = await startWith(12);
    let nowMs = 0;
    const batches: number[] = [];
    await pollDue(connection, sandbox, {
      at,
      concurrency: 1,
      now: () => nowMs,
      onPoll: () => {
        nowMs += 4000;
      },
      batchMs: 15_000,
      onBatch: ({ polled }) => batches.push(polled),
    });
    // After every fourth answer, give or take those that came while a batch was written; the last takes the rest.
    expect(batches.length).toBeGreaterThanOrEqual(3);
    expect(batches.at(-1)).toBe(12);
  });
});

describe('the budget', () => {
  it('is one of requests: retries count, and what is left stays due', async () => {
    let faults = 0;
    const sandbox = await startWith(60, ({ count, path }) => {
      const isHit = count === 1 && Number(numberOf(path).slice(2)) % 3 === 0;
      faults += isHit ? 1 : 0;
      return isHit ? { kind: 'status', status: 500 } : null;
    });
    const first = await pollDue(connection, sandbox, { at, maxRequests: 30 });
    const { requests } = sandbox.stats();
    // Only what is under way when the budget ends may still need a retry.
    expect(requests).toBeGreaterThanOrEqual(29);
    expect(requests).toBeLessThanOrEqual(34);
    expect(first.timelines).toBe(requests - faults);
    expect((await pollDue(connection, sandbox, { at })).due).toBe(60 - first.timelines);
  });
});

describe('answers that are no timeline', () => {
  it('remembers a 404 over five nights, then makes it a dead letter until it is asked for again', async () => {
    const sandbox = await startWith(1);
    await registerNumbers(connection, ['gone']);
    const nights = [];
    for (const night of [0, 1, 2, 3, 4, 5, 6]) {
      const { due, notFound, deadLetters } = await pollDue(connection, sandbox, { at: later(night) });
      nights.push([due, notFound, deadLetters]);
    }
    expect(nights).toEqual([
      [2, 1, 0],
      [2, 1, 0],
      [2, 1, 0],
      [2, 1, 0],
      [2, 1, 1],
      [1, 0, 0],
      [1, 0, 0],
    ]);
    expect(await readStates()).toContainEqual({ number: 'gone', state: 'dead', reason: 'not_found' });
  });

  it('forgets the 404s of a parcel that turns up', async () => {
    const sandbox = await startWith(1, ({ count }) =>
      count <= 4 ? { kind: 'status', status: 404, body: {} } : null,
    );
    for (const night of [0, 1, 2, 3, 4]) await pollDue(connection, sandbox, { at: later(night) });
    expect(await readRows(connection, 'select state, not_found_count as n from registry')).toEqual([
      { state: 'active', n: '0' },
    ]);
  });

  it('keeps of a 422 its place and type, never what it quotes, and asks again for five nights', async () => {
    const detail = [
      { loc: ['path', 'tracking_number'], msg: 'got CANARY', type: 'string_type', input: 'CANARY' },
    ];
    const sandbox = await startWith(2, ({ path }) =>
      numberOf(path) === name(0) ? { kind: 'status', status: 422, body: { detail } } : null,
    );
    const nights: number[][] = [];
    for (let night = 0; night < 6; night += 1) {
      const { refused, deadLetters } = await pollDue(connection, sandbox, { at: later(night) });
      nights.push([refused, deadLetters]);
    }
    expect(nights).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
      [1, 0],
      [1, 1],
      [0, 0],
    ]);
    expect(await readStates()).toContainEqual({
      number: name(0),
      state: 'dead',
      reason: 'http_422 path.tracking_number string_type',
    });
  });

  it('keeps of a refused body the path and the types, and of one with spoilt fields the parcel', async () => {
    const bodies = {
      [name(0)]: { ...makeTimeline(name(0), []), events: 'CANARY' },
      [name(1)]: { ...makeTimeline(name(1), []), details: { brand_id: 'CANARY' } },
      [name(2)]: { ...makeTimeline(name(2), []), events: [{ event_at: { CANARY: 1 } }] },
      [name(3)]: { tracking_numbers: 'CANARY' },
      // The number that was asked for is known.
      [name(4)]: { ...makeTimeline(name(4), []), tracking_numbers: [{ tracking_number: 3.4e17 }] },
    };
    const sandbox = await startWith(6, undefined, bodies);
    expect(await pollDue(connection, sandbox, { at })).toMatchObject({
      ...{ timelines: 5, refused: 1, deadLetters: 0 },
    });
    const refusals = await readRows(
      connection,
      `select place, json_path as path, expected, found, length(digest) as digest from landed_refusals order by place`,
    );
    expect(refusals).toEqual([
      { place: name(3), path: '$.tracking_numbers', expected: 'array', found: 'string', digest: '64' },
    ]);
    expect(
      await readRows(
        connection,
        `select tracking_number as number, unreadable_fields as fields from landed_responses
         where unreadable_field_count > 0 order by 1`,
      ),
    ).toEqual([
      { number: name(0), fields: 'events' },
      { number: name(1), fields: 'details.brand_id' },
      { number: name(2), fields: 'events.event_at' },
      { number: name(4), fields: 'tracking_numbers.tracking_number' },
    ]);
    expect(new Set((await readStates()).map(({ state }) => state))).toEqual(new Set(['active']));
  });

  it('forgets the refusals of a parcel whose answer can be read again, and calls what was refused healed', async () => {
    let isBroken = true;
    const sandbox = await startWith(2, ({ path }) =>
      isBroken && numberOf(path) === name(0) ? { kind: 'status', status: 200, body: { CANARY: 1 } } : null,
    );
    // Several runs of one night count as one.
    for (const hours of [0, 1, 2, 24, 48])
      await pollDue(connection, sandbox, { at: new Date(at.getTime() + hours * hourMs) });
    const read = () =>
      readRows(
        connection,
        `select (select refused_nights from registry where tracking_number = '${name(0)}') as nights,
           (select count(*) from landed_refusals where healed_at is null) as open`,
      );
    expect(await read()).toEqual([{ nights: '3', open: '1' }]);
    isBroken = false;
    await pollDue(connection, sandbox, { at: later(3) });
    expect(await read()).toEqual([{ nights: '0', open: '0' }]);
  });

  it('stops where most answers are refused, gives up no parcel for it, and gets all of them the night after', async () => {
    let isChanged = true;
    const sandbox = await startWith(60, () =>
      isChanged ? { kind: 'status', status: 200, body: { parcels: 'CANARY' } } : null,
    );
    for (let night = 0; night < 7; night += 1) {
      const { stoppedBy, refused, deadLetters } = await pollDue(connection, sandbox, { at: later(night) });
      expect(stoppedBy).toMatchObject({
        code: 'answers_changed',
        exitCode: 4,
        message: expect.stringMatching(
          /^2\d of 2\d answers are no timelines \(most often \$\.tracking_numbers: expected array, found missing\)/,
        ),
      });
      expect([refused < 30, deadLetters]).toEqual([true, 0]);
    }
    isChanged = false;
    expect(await pollDue(connection, sandbox, { at: later(7) })).toMatchObject({ due: 60, timelines: 60 });
  });

  it('goes on though many answers are refused, as long as they are not the most, and asks those last', async () => {
    const sandbox = await startWith(50, ({ path }) =>
      numberOf(path) < name(20) ? { kind: 'status', status: 422, body: {} } : null,
    );
    expect(await pollDue(connection, sandbox, { at, concurrency: 1 })).toMatchObject({
      stoppedBy: expect.anything(),
    });
    await connection.run(`update registry set refused_nights = 1 where tracking_number < '${name(20)}'`);
    for (let night = 1; night < 5; night += 1)
      expect(await pollDue(connection, sandbox, { at: later(night) })).toMatchObject({
        refused: 20,
        stoppedBy: null,
      });
    expect((await readStates()).filter(({ state }) => state === 'dead')).toHaveLength(20);
  });

  it.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
  ])('stops at a %i, with all that came before it kept', async (status, code) => {
    let requests = 0;
    const sandbox = await startWith(40, () => {
      requests += 1;
      return requests > 20 ? { kind: 'status', status, body: { errors: [] } } : null;
    });
    const { stoppedBy, timelines } = await pollDue(connection, sandbox, { at });
    expect(stoppedBy).toMatchObject({ code, exitCode: 4 });
    expect(await countLanded()).toBe(timelines);
    expect(timelines).toBe(20);
    expect(requests).toBeLessThanOrEqual(24);
  });

  it('stops at once where nothing answers, and leaves every parcel due', async () => {
    const sandbox = await startWith(40);
    await sandbox.close();
    const { stoppedBy } = await pollDue(connection, sandbox, { at });
    expect(stoppedBy).toMatchObject({ code: 'unreachable', exitCode: 4 });
    expect(await readValue(connection, 'select count(*) from registry where last_polled_at is null')).toBe(
      '40',
    );
  });

  it('stops where Retry-After reaches too far, and says until when', async () => {
    const headers = { 'retry-after': '3600' };
    const sandbox = await startWith(40, ({ path }) =>
      numberOf(path) >= name(20) ? { kind: 'status', status: 429, headers } : null,
    );
    const startedMs = Date.now();
    const { stoppedBy, timelines } = await pollDue(connection, sandbox, { at });
    expect(stoppedBy).toMatchObject({ code: 'rate_limited', exitCode: 3 });
    const waitMs =
      (typeof stoppedBy === 'object' && stoppedBy?.retryAtMs ? stoppedBy.retryAtMs : 0) - startedMs;
    expect(waitMs).toBeGreaterThan(3_590_000);
    expect(waitMs).toBeLessThan(3_630_000);
    expect(await countLanded()).toBe(timelines);
  });

  it('lands nothing that lists a number which was erased', async () => {
    const { digestOf, readDigestKey } = await import('../../../pipelines/extract/landing.js');
    const digest = digestOf(await readDigestKey(connection), 'ERASED');
    await connection.run('insert into forgotten_numbers values ($1, now())', [digest]);
    const body = makeTimeline([name(0), 'ERASED'], [['2026-03-02T10:00:00Z', 'accepted']]);
    const sandbox = await startWith(2, undefined, { [name(0)]: body });
    expect(await pollDue(connection, sandbox, { at })).toMatchObject({ timelines: 1, deadLetters: 1 });
    expect(await readStates()).toContainEqual({ number: name(0), state: 'dead', reason: 'forgotten' });
    expect(await readValue(connection, 'select count(*) from listed_numbers')).toBe('0');
  });
});

const kinds: readonly Fault[] = [
  { kind: 'status', status: 500, body: { errors: [] } },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 408 },
  { kind: 'status', status: 429 },
  { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
  { kind: 'html' },
  { kind: 'html', status: 200 },
  { kind: 'reset' },
  { kind: 'truncate' },
  { kind: 'garbage' },
  { kind: 'empty' },
  { kind: 'hang' },
];

/** Hits a tenth of the first attempts with each kind in turn, and now and then a second attempt too. */
function hitATenth() {
  const counts = { faults: 0 };
  const choose: ChooseFault = ({ path, count }) => {
    const index = Number(numberOf(path).slice(2));
    const isHit = (count === 1 && index % 10 === 3) || (count === 2 && index % 50 === 3);
    if (!isHit) return null;
    counts.faults += 1;
    return kinds[Math.floor(index / 10 + count) % kinds.length] ?? null;
  };
  return { counts, choose };
}

describe('with faults of every kind', () => {
  it('loses no parcel, and asks at most 1.10 times for each beyond the faults', async () => {
    const { counts, choose } = hitATenth();
    const sandbox = await startWith(240, choose);
    const clock = createQuietClock(Date.now());
    let done = 0;
    const clientOptions = {
      now: clock.now,
      sleep: clock.sleep,
      attemptTimeoutMs: 300,
      onRequest: () => {
        done += 1;
      },
    };
    const client = createFastClient(sandbox, clientOptions);
    const night = pollDue(connection, sandbox, { at, client });
    const extracted = await clock.run(night, () => client.counters.requests === done);
    expect(extracted).toMatchObject({ timelines: 240, failed: 0, stoppedBy: null });
    expect(await countLanded()).toBe(240);
    expect(counts.faults).toBeGreaterThan(24);
    expect(sandbox.stats().requests - counts.faults).toBeLessThanOrEqual(1.1 * 240);
    expect(await readValue(connection, 'select requests from runs')).toBe(String(sandbox.stats().requests));
  });

  it('asks once more at the end for what an outage left without an answer', async () => {
    const sandbox = await startWith(60, ({ path, count }) =>
      numberOf(path) < name(6) && count <= 5 ? { kind: 'status', status: 502 } : null,
    );
    const clientOptions = { sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };
    expect(await pollDue(connection, sandbox, { at, clientOptions })).toMatchObject({
      timelines: 60,
      failed: 0,
    });
  });

  it('leaves due what never answers, and polls it first in the next night', async () => {
    let isDown = true;
    const sandbox = await startWith(30, ({ path }) =>
      isDown && numberOf(path) === name(7) ? { kind: 'empty' } : null,
    );
    const clientOptions = { sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };
    expect(await pollDue(connection, sandbox, { at, clientOptions })).toMatchObject({
      timelines: 29,
      failed: 1,
    });
    isDown = false;
    expect(await pollDue(connection, sandbox, { at, clientOptions })).toMatchObject({ due: 1, timelines: 1 });
  });
});

describe('the rate', () => {
  it.each([
    ['without faults', false],
    ['with faults', true],
  ])('is never exceeded in any 60 seconds that the server sees, %s', async (_, isFaulty) => {
    const ratePerMinute = 60;
    const clock = createQuietClock(Date.parse('2026-03-03T04:00:00Z'));
    const { choose } = hitATenth();
    const bodies = Object.fromEntries(
      Array.from({ length: 150 }, (_, index) => [name(index), makeTimeline(name(index), [])]),
    );
    await registerNumbers(connection, Object.keys(bodies));
    const sandbox = await start({
      source: showBodies(bodies),
      now: at,
      clock: clock.now,
      ...(isFaulty ? { faults: choose } : {}),
    });
    let done = 0;
    const client = createFastClient(sandbox, {
      ratePerMinute,
      now: clock.now,
      sleep: clock.sleep,
      random: () => 0.5,
      attemptTimeoutMs: 300,
      onRequest: () => {
        done += 1;
      },
    });
    const night = pollDue(connection, sandbox, { at, client, now: clock.now });
    const { timelines } = await clock.run(night, () => client.counters.requests === done);
    expect(timelines).toBe(150);
    const { largestIn60s } = sandbox.stats();
    expect(largestIn60s).toBeLessThanOrEqual(ratePerMinute);
    // A limiter that dawdles would pass too.
    expect(largestIn60s).toBeGreaterThan(0.9 * ratePerMinute);
  });
});
