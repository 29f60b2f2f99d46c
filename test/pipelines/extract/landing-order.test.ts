import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readTimeline, type Timeline } from '../../../pipelines/sendcloud/timeline.js';
import { type EventText, land, makeTimeline, openLanding, readRows, type Seen } from './harness.js';

// What the landed tables must be, said once more without SQL and without batches.

const iso = (hour: number) => new Date(Date.UTC(2026, 2, 1, hour)).toISOString();
const sqlTime = (at: string) => at.replace('T', ' ').replace(/\.000Z$/, '');

const pool: readonly EventText[] = [
  ['2026-03-01T10:00:00Z', 'accepted'],
  ['2026-03-01T12:00:00Z', 'sorted'],
  ['2026-03-01T12:00:00Z', 'sorted', { status_type: 'warning' }],
  ['2026-03-02T09:00:00Z', 'delivered'],
  ['', 'in_transit'],
];

const numbers = ['A', 'B', 'C', 'D'] as const;

const seenArbitrary: fc.Arbitrary<Seen> = fc
  .record({
    number: fc.constantFrom(...numbers),
    hour: fc.integer({ min: 0, max: 5 }),
    events: fc.subarray([...pool]),
    promise: fc.constantFrom('2026-03-04', '2026-03-05', null),
    carrier: fc.constantFrom('postnl', 'dhl'),
    also: fc.subarray(['A', 'B', 'X', 'Y']),
  })
  .map(({ number, hour, events, promise, carrier, also }) => ({
    at: iso(hour),
    body: makeTimeline([number], events, {
      details: { expected_delivery_date: promise },
      tracking_numbers: [number, ...also].map((tracking_number) => ({
        carrier_code: carrier,
        tracking_number,
      })),
    }),
  }));

interface Read {
  number: string;
  at: string;
  timeline: Timeline;
}

function readSeen({ at, body }: Seen): Read {
  const read = readTimeline(body, { keepSourceId: false });
  if (!read.ok) throw new Error(read.refusal.path);
  return { number: read.timeline.trackingNumbers[0]?.trackingNumber ?? '', at, timeline: read.timeline };
}

const eventKey = (event: Timeline['events'][number]) =>
  [event.eventAt, event.eventType, event.statusCode, event.subStatusCode, event.statusType].join('|');

/** Of registered numbers that share a listed number, directly or through others, the oldest. */
function findOwners(reads: Read[]): Map<string, string> {
  const registeredAt = new Map<string, string>();
  const holders = new Map<string, Set<string>>();
  for (const { number, at, timeline } of reads) {
    if (at < (registeredAt.get(number) ?? '~')) registeredAt.set(number, at);
    for (const listed of [number, ...timeline.trackingNumbers.map((entry) => entry.trackingNumber)]) {
      holders.set(listed, (holders.get(listed) ?? new Set()).add(number));
    }
  }
  const age = (number: string) => `${registeredAt.get(number)} ${number}`;
  const owners = new Map([...registeredAt.keys()].map((number) => [number, number]));
  for (let isStable = false; !isStable; ) {
    isStable = true;
    for (const group of holders.values()) {
      const oldest = [...group]
        .map((number) => owners.get(number) ?? number)
        .sort((a, b) => (age(a) < age(b) ? -1 : 1))[0];
      for (const number of group) {
        if (oldest === undefined || owners.get(number) === oldest) continue;
        owners.set(number, oldest);
        isStable = false;
      }
    }
  }
  return owners;
}

function describe(seen: readonly Seen[]) {
  const reads = seen.map(readSeen);
  const owners = findOwners(reads);
  const polls = [
    ...new Set(reads.map(({ number, at, timeline }) => `${number} ${sqlTime(at)} ${timeline.bodyHash}`)),
  ].sort();
  const responses = new Map<string, string>();
  const events: string[] = [];
  const registry: string[] = [];
  for (const number of new Set(reads.map((read) => read.number))) {
    const own = reads.filter((read) => read.number === number);
    const newestAt =
      own
        .map(({ at }) => at)
        .sort()
        .at(-1) ?? '';
    const oldestAt = own.map(({ at }) => at).sort()[0] ?? '';
    const newest = own
      .filter(({ at }) => at === newestAt)
      .reduce((a, b) => (a.timeline.bodyHash > b.timeline.bodyHash ? a : b)).timeline;
    for (const { at, timeline } of own) {
      const key = `${number} ${timeline.bodyHash}`;
      if (sqlTime(at) < (responses.get(key) ?? '~')) responses.set(key, sqlTime(at));
    }
    for (const key of new Set(own.flatMap(({ timeline }) => timeline.events.map(eventKey)))) {
      const shownAt = own
        .filter(({ timeline }) => timeline.events.some((event) => eventKey(event) === key))
        .map(({ at }) => at)
        .sort();
      const lastAt = shownAt.at(-1) ?? '';
      events.push(
        `${number} ${key} ${sqlTime(shownAt[0] ?? '')} ${lastAt === newestAt ? null : sqlTime(lastAt)}`,
      );
    }
    const owner = owners.get(number);
    registry.push(
      [
        number,
        newest.trackingNumbers[0]?.carrierCode,
        sqlTime(oldestAt),
        owner === number ? 'active' : 'alias',
        owner === number ? null : owner,
        sqlTime(newestAt),
        newest.bodyHash,
      ].join(' '),
    );
  }
  return {
    polls,
    responses: [...responses].map(([key, at]) => `${key} ${at}`).sort(),
    events: events.sort(),
    registry: registry.sort(),
  };
}

async function readLanded(connection: DuckDBConnection) {
  const lines = async (sql: string) => {
    const rows = await readRows(connection, sql);
    return rows.map((row) => Object.values(row).join(' ')).sort();
  };
  return {
    polls: await lines('select tracking_number, observed_at, body_hash from landed_polls'),
    responses: await lines('select tracking_number, body_hash, observed_at from landed_responses'),
    events: await lines(
      `select tracking_number, concat_ws('|', coalesce(epoch_us(event_at)::varchar, ''), event_type, status_code, sub_status_code,
         status_type), first_seen_at, coalesce(last_seen_at::varchar, 'null') from landed_events`,
    ),
    registry: await lines(
      `select tracking_number, carrier_code, registered_at, state, coalesce(alias_of, ''), last_success_at, last_body_hash
       from registry where last_polled_at = last_success_at`,
    ),
  };
}

const landedTables = ['registry', 'listed_numbers', 'landed_polls', 'landed_responses', 'landed_events'];

it('lands the same tables in any order and any split into batches, twice or once', async () => {
  const connection = await openLanding();
  const arbitrary = fc.array(seenArbitrary, { minLength: 1, maxLength: 9 }).chain((seen) =>
    fc.record({
      seen: fc.constant(seen),
      arrivals: fc.shuffledSubarray([...seen, ...seen.slice(0, 3)], { minLength: seen.length }),
      sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(arbitrary, async ({ seen, arrivals, sizes }) => {
      for (const table of landedTables) await connection.run(`delete from ${table}`);
      // Each at least once, in an order of its own.
      const all = [...arrivals, ...seen.filter((one) => !arrivals.includes(one))];
      for (let start = 0, turn = 0; start < all.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        await land(connection, all.slice(start, start + size));
        start += size;
      }
      expect(await readLanded(connection)).toEqual(describe(seen));
      await land(connection, all);
      expect(await readLanded(connection)).toEqual(describe(seen));
    }),
    { numRuns: 20, seed: 20260301 },
  );
});
