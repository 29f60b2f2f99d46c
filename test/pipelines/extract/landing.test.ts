import type { DuckDBConnection } from '@duckdb/node-api';
import { beforeEach, describe, expect, it } from 'vitest';
import { landBatch, type Miss, startBatch } from '../../../pipelines/extract/landing.js';
import { readTimeline } from '../../../pipelines/sendcloud/timeline.js';
import {
  type EventText,
  land,
  makeTimeline,
  openLanding,
  readRows,
  readValue,
  registerNumbers,
} from './harness.js';

const accepted: EventText = ['2026-03-01T10:00:00Z', 'accepted'];
const sorted: EventText = ['2026-03-01T15:00:00Z', 'sorted'];
const delivered: EventText = ['2026-03-02T11:00:00Z', 'delivered'];
const first = '2026-03-01T20:00:00Z';
const second = '2026-03-02T20:00:00Z';
const third = '2026-03-03T20:00:00Z';

let connection: DuckDBConnection;
beforeEach(async () => {
  connection = await openLanding();
});

const readEvents = () =>
  readRows(
    connection,
    `select status_code as code, strftime(first_seen_at, '%d') as first, strftime(last_seen_at, '%d') as last
     from landed_events order by event_at`,
  );

const readAliases = async () =>
  Object.fromEntries(
    (await readRows(connection, 'select tracking_number, alias_of, state from registry')).map((row) => [
      row.tracking_number,
      row.state === 'alias' ? row.alias_of : row.state,
    ]),
  );

/** Every row of every landed table, for comparison. */
async function dump(): Promise<Record<string, unknown[]>> {
  const tables = [
    'meta',
    'runs',
    'registry',
    'listed_numbers',
    'landed_polls',
    'landed_responses',
    'landed_events',
    'landed_refusals',
  ];
  const all: Record<string, unknown[]> = {};
  for (const table of tables) all[table] = await readRows(connection, `select * from ${table} order by all`);
  return all;
}

describe('events', () => {
  it('keeps a new event, one that vanishes and one that comes back, with the polls that showed them', async () => {
    await land(connection, [{ at: first, body: makeTimeline('A', [accepted, sorted]) }]);
    await land(connection, [{ at: second, body: makeTimeline('A', [accepted, delivered]) }]);
    expect(await readEvents()).toEqual([
      { code: 'accepted', first: '01', last: null },
      { code: 'sorted', first: '01', last: '01' },
      { code: 'delivered', first: '02', last: null },
    ]);
    await land(connection, [{ at: third, body: makeTimeline('A', [sorted]) }]);
    expect(await readEvents()).toEqual([
      { code: 'accepted', first: '01', last: '02' },
      { code: 'sorted', first: '01', last: null },
      { code: 'delivered', first: '02', last: '02' },
    ]);
  });

  it('dates the last sight of a vanished event by the last poll that showed it, unchanged ones included', async () => {
    await land(connection, [{ at: first, body: makeTimeline('A', [accepted, sorted]) }]);
    await land(connection, [{ at: second, body: makeTimeline('A', [accepted, sorted]) }]);
    await land(connection, [{ at: third, body: makeTimeline('A', [accepted]) }]);
    expect(await readEvents()).toContainEqual({ code: 'sorted', first: '01', last: '02' });
  });

  it('keeps a changed status_type as an event of its own, beside the one before', async () => {
    const warned: EventText = [sorted[0], sorted[1], { status_type: 'warning' }];
    await land(connection, [{ at: first, body: makeTimeline('A', [sorted]) }]);
    await land(connection, [{ at: second, body: makeTimeline('A', [warned]) }]);
    expect(
      await readRows(connection, 'select status_type, last_seen_at from landed_events order by 1'),
    ).toEqual([
      { status_type: 'success', last_seen_at: '2026-03-01 20:00:00' },
      { status_type: 'warning', last_seen_at: null },
    ]);
  });

  it('keeps events without a time, and those of the future', async () => {
    const events: EventText[] = [
      ['no time', 'in_transit'],
      ['2027-01-01T00:00:00Z', 'delivered'],
    ];
    await land(connection, [{ at: first, body: makeTimeline('A', events) }]);
    expect(await readRows(connection, 'select event_at, status_code from landed_events order by 2')).toEqual([
      { event_at: '2027-01-01 00:00:00', status_code: 'delivered' },
      { event_at: null, status_code: 'in_transit' },
    ]);
    expect(await readValue(connection, 'select phase from registry')).toBe('label');
  });
});

describe('responses and polls', () => {
  it('adds a poll and nothing else for an unchanged body, whatever its order', async () => {
    const before = await land(connection, [{ at: first, body: makeTimeline('A', [accepted, sorted]) }]);
    expect(before).toMatchObject({ polls: 1, responses: 1, events: 2 });
    const more = { unknown_field: 1, parcel_items: [{ description: 'never read' }] };
    const again = await land(connection, [{ at: second, body: makeTimeline('A', [sorted, accepted], more) }]);
    expect(again).toMatchObject({ polls: 1, responses: 0, events: 0 });
    expect(await readValue(connection, 'select last_success_at from registry')).toBe('2026-03-02 20:00:00');
  });

  it('changes nothing when a batch is landed again', async () => {
    const seen = [
      { at: first, body: makeTimeline(['A', 'X'], [accepted]) },
      { at: second, body: makeTimeline(['A', 'X'], [accepted, delivered]) },
      { at: second, body: makeTimeline(['B', 'X'], [accepted]) },
    ];
    await land(connection, seen);
    const before = await dump();
    expect(await land(connection, seen)).toMatchObject({ polls: 0, responses: 0, events: 0 });
    expect(await dump()).toEqual(before);
  });

  it('keeps every promise seen, so that the first can be told from the last', async () => {
    const promises = ['2026-03-03', '2026-03-05', '2026-03-03', null];
    for (const [day, expected_delivery_date] of promises.entries()) {
      const body = makeTimeline('A', [accepted], { details: { expected_delivery_date } });
      await land(connection, [{ at: `2026-03-0${day + 1}T20:00:00Z`, body }]);
    }
    const rows = await readRows(
      connection,
      `select strftime(polls.observed_at, '%d') as day, expected_delivery_date as promise
       from landed_polls as polls
       join landed_responses as responses
         on polls.tracking_number = responses.tracking_number and polls.body_hash = responses.body_hash
       order by 1`,
    );
    expect(rows).toEqual(promises.map((promise, day) => ({ day: `0${day + 1}`, promise })));
  });

  it('leaves out numbers that nobody registered, unless it is told to register them', async () => {
    await registerNumbers(connection, ['A']);
    const seen = ['A', 'B'].map((number) => ({ at: first, body: makeTimeline(number, [accepted]) }));
    expect(await land(connection, seen, { registersUnknown: false })).toMatchObject({ polls: 1, events: 1 });
    expect(await readAliases()).toEqual({ A: 'active' });
    await land(connection, seen);
    expect(await readAliases()).toEqual({ A: 'active', B: 'active' });
    expect(
      await readValue(connection, 'select count(*) - count(distinct tracking_number) from registry'),
    ).toBe('0');
  });

  it('adds refusals once, counts requests, and makes a dead letter at once only of what was forgotten', async () => {
    await connection.run(
      "insert into runs (run_id, command, clock_at, started_at) values ('run', 'extract', now(), now())",
    );
    await registerNumbers(connection, ['A', 'B', 'C', 'D', 'E']);
    const miss = (trackingNumber: string, kind: Miss['kind']): Miss => ({
      trackingNumber,
      kind,
      polledAt: 10n,
      reason: `was ${kind}`,
    });
    const refusal = {
      source: 'api',
      place: 'B',
      path: '$.events',
      expected: 'array',
      found: 'string',
      digest: 'd',
    } as const;
    const batch = startBatch();
    batch.misses.push(
      miss('A', 'rejected'),
      miss('B', 'refused'),
      miss('C', 'not_found'),
      miss('D', 'failed'),
      miss('E', 'forgotten'),
    );
    batch.refusals.push(refusal, refusal);
    const context = { runId: 'run', clockAt: 0n, registersUnknown: false, requests: 9, retries: 5 };
    expect(await landBatch(connection, batch, context)).toMatchObject({ deadLetters: 1, refusals: 1 });
    expect(await landBatch(connection, batch, context)).toMatchObject({ deadLetters: 0, refusals: 0 });
    expect(
      await readRows(
        connection,
        'select state, state_reason as reason from registry order by tracking_number',
      ),
    ).toEqual([
      { state: 'active', reason: null },
      { state: 'active', reason: null },
      { state: 'active', reason: null },
      { state: 'active', reason: null },
      { state: 'dead', reason: 'was forgotten' },
    ]);
    expect(await readRows(connection, 'select requests, retries, dead_letters from runs')).toEqual([
      { requests: '18', retries: '10', dead_letters: '1' },
    ]);
  });

  it('leaves a parcel without an answer as due as it was', async () => {
    await land(connection, [{ at: first, body: makeTimeline('A', [accepted, delivered]) }]);
    const batch = startBatch();
    batch.misses.push({
      trackingNumber: 'A',
      kind: 'failed',
      polledAt: BigInt(Date.parse(third)) * 1000n,
      reason: 'http_503',
    });
    await landBatch(connection, batch, { runId: 'run', clockAt: 0n, registersUnknown: false });
    expect(await readRows(connection, 'select last_polled_at, failure_count from registry')).toEqual([
      { last_polled_at: '2026-03-01 20:00:00', failure_count: '1' },
    ]);
  });
});

describe('a batch is one transaction', () => {
  const failingAt = (fragment: string): DuckDBConnection =>
    new Proxy(connection, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        if (name !== 'run') return value.bind(target);
        return async (sql: string, ...rest: unknown[]) => {
          if (sql.includes(fragment)) throw new Error('the power went');
          return value.apply(target, [sql, ...rest]);
        };
      },
    });

  it.each([
    'insert into landed_polls',
    'insert into landed_responses',
    'insert into landed_events',
    'insert into listed_numbers',
    'phase = newest.phase',
    'insert into landed_refusals',
    'update runs set',
    'commit',
  ])('of which nothing stays when it fails at "%s"', async (fragment) => {
    await connection.run(
      "insert into runs (run_id, command, clock_at, started_at) values ('run', 'import', now(), now())",
    );
    await land(connection, [{ at: first, body: makeTimeline('A', [accepted, sorted]) }]);
    const before = await dump();
    const batch = startBatch();
    for (const number of ['A', 'B']) {
      const read = readTimeline(makeTimeline([number, 'X'], [accepted, delivered]), { keepSourceId: false });
      if (!read.ok) throw new Error('refused');
      batch.observations.push({
        trackingNumber: number,
        observedAt: BigInt(Date.parse(second)) * 1000n,
        timeline: read.timeline,
      });
    }
    batch.misses.push({ trackingNumber: 'A', kind: 'failed', polledAt: 0n, reason: 'http_500' });
    batch.refusals.push({
      source: 'import',
      place: 'f:1',
      path: '$',
      expected: 'JSON',
      found: 'text',
      digest: 'd',
    });
    const context = { runId: 'run', clockAt: 0n, registersUnknown: true, requests: 3 };
    await expect(landBatch(failingAt(fragment), batch, context)).rejects.toThrow('the power went');
    expect(await dump()).toEqual(before);
    expect(await landBatch(connection, batch, context)).toMatchObject({
      polls: 2,
      responses: 2,
      refusals: 1,
    });
    expect(await readValue(connection, 'select requests from runs')).toBe('3');
  });
});

describe('aliases', () => {
  it('makes the younger registration the alias of the older whose number it lists, relabelled or not', async () => {
    await registerNumbers(connection, ['OLD'], '2026-03-01 00:00:00');
    await registerNumbers(connection, ['NEW'], '2026-03-02 00:00:00');
    await land(connection, [{ at: first, asked: 'OLD', body: makeTimeline('OLD', [accepted]) }]);
    await land(connection, [
      { at: second, asked: 'OLD', body: makeTimeline(['OLD', 'NEW'], [accepted, sorted]) },
    ]);
    expect(await readAliases()).toEqual({ OLD: 'active', NEW: 'OLD' });
  });

  it('joins parcels that share a number which nobody registered, along a chain', async () => {
    for (const [day, number] of ['A', 'B', 'C', 'D'].entries())
      await registerNumbers(connection, [number], `2026-03-0${day + 1} 00:00:00`);
    // D with C, then C with B, then B with A: each link comes later than the one that needs it.
    for (const [number, other, link] of [
      ['D', 'C', 'x'],
      ['C', 'B', 'y'],
      ['B', 'A', 'z'],
    ]) {
      await land(connection, [
        { at: second, asked: number, body: makeTimeline([String(number), String(link)], [accepted]) },
        { at: second, asked: other, body: makeTimeline([String(other), String(link)], [sorted]) },
      ]);
    }
    expect(await readAliases()).toEqual({ A: 'active', B: 'A', C: 'A', D: 'A' });
  });

  it('turns the roles when an older archive shows that the alias was there first', async () => {
    await land(connection, [{ at: second, body: makeTimeline('A', [accepted]) }]);
    await land(connection, [{ at: third, body: makeTimeline(['B', 'A'], [accepted, sorted]) }]);
    expect(await readAliases()).toEqual({ A: 'active', B: 'A' });
    await land(connection, [{ at: first, body: makeTimeline('B', [accepted]) }]);
    expect(await readAliases()).toEqual({ A: 'B', B: 'active' });
  });

  it('finds at the next batch that a number registered meanwhile belongs to a parcel', async () => {
    await registerNumbers(connection, ['A'], '2026-03-01 00:00:00');
    await land(connection, [{ at: first, asked: 'A', body: makeTimeline(['A', 'B'], [accepted]) }]);
    await registerNumbers(connection, ['B'], '2026-03-02 00:00:00');
    await land(connection, []);
    expect(await readAliases()).toEqual({ A: 'active', B: 'A' });
  });
});
