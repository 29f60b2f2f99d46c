import type { DuckDBConnection } from '@duckdb/node-api';
import { beforeEach, describe, expect, it } from 'vitest';
import { noteDropped } from '../../../pipelines/extract/dropped.js';
import { digestOf, readDigestKey } from '../../../pipelines/extract/landing.js';
import {
  type Synced,
  type SyncOptions,
  syncShipments,
} from '../../../pipelines/extract/list-of-shipments.js';
import type { Client, ShipmentsAnswer } from '../../../pipelines/sendcloud/client.js';
import { readShipments, type ShipmentsQuery } from '../../../pipelines/sendcloud/shipments.js';
import {
  dayMs,
  failAfterCommits,
  hourMs,
  land,
  makeTimeline,
  openLanding,
  readRows,
  readValue,
} from './harness.js';

const night = Date.parse('2026-03-10T04:00:00Z');
const iso = (ms: number) => new Date(ms).toISOString();

interface Shown {
  number?: string;
  status?: string;
  created?: number;
  updated?: number;
  announced?: number | null;
  isReturn?: boolean;
  brand?: number;
}

/** A shipment of one parcel as the list shows it. */
function shipment({ number = '', status = 'READY_TO_SEND', brand = 1, isReturn, ...times }: Shown) {
  const { created = night - 3 * dayMs, updated = created, announced = created } = times;
  return {
    brand_id: brand,
    is_return: isReturn ?? null,
    carrier: { code: 'postnl' },
    delivery_dates: { handover_at: iso(created + hourMs) },
    parcels: [
      {
        tracking_number: number,
        status: { code: status },
        created_at: iso(created),
        updated_at: iso(updated),
        announced_at: announced === null ? null : iso(announced),
      },
    ],
  };
}

type Page = Shown[] | ShipmentsAnswer;

/** A client that shows the given pages one after the other, and remembers what it was asked. */
function showPages(pages: (Page | Page[])[]) {
  const asked: ShipmentsQuery[] = [];
  // One list of pages a pass; a plain list of parcels is a pass of one page.
  const passes = pages.map((pass) =>
    Array.isArray(pass) && Array.isArray(pass[0]) ? (pass as Page[]) : [pass as Page],
  );
  const counters = { requests: 0, retries: 0, rateLimited: 0, byStatus: {} };
  let pass = -1;
  const client = {
    counters,
    listShipments: async (query: ShipmentsQuery): Promise<ShipmentsAnswer> => {
      asked.push(query);
      counters.requests += 1;
      if (query.cursor === null) pass += 1;
      const place = query.cursor === null ? 0 : Number(query.cursor.slice(1));
      const page = passes[Math.max(pass, 0)]?.[place] ?? [];
      if (!Array.isArray(page)) return page;
      const read = readShipments({ data: page.map(shipment) });
      if (!read.ok) throw new Error('a page of the test is no page');
      const isLast = place + 1 >= (passes[Math.max(pass, 0)]?.length ?? 0);
      return { kind: 'page', page: read.page, next: isLast ? null : `p${place + 1}` };
    },
  };
  return { client: client as unknown as Client, asked };
}

let connection: DuckDBConnection;
beforeEach(async () => {
  connection = await openLanding();
});

function sync(client: Client, at = night, options: Partial<SyncOptions> = {}): Promise<Synced> {
  return syncShipments(connection, {
    runId: 'run',
    client,
    clock: () => new Date(at),
    signal: new AbortController().signal,
    since: null,
    integrationId: null,
    brandId: null,
    keepDays: null,
    ...options,
  });
}

const readRegistry = async () =>
  Object.fromEntries(
    (await readRows(connection, 'select tracking_number, state, origin from registry order by 1')).map(
      (row) => [row.tracking_number, `${row.origin} ${row.state}`],
    ),
  );

describe('what is asked for', () => {
  it('is all of 90 days the first time, then what was updated since the last start less a quarter of an hour', async () => {
    const { client, asked } = showPages([[[{ number: 'A' }], [{ number: 'B' }]], [{ number: 'C' }]]);
    const first: Date[] = [];
    expect(await sync(client, night, { onFirst: (after) => first.push(after) })).toMatchObject({
      isFirst: true,
      pages: 2,
      added: 2,
      stoppedBy: null,
    });
    expect(first).toEqual([new Date(night - 90 * dayMs)]);
    expect(await sync(client, night + dayMs)).toMatchObject({ isFirst: false, pages: 1, added: 1 });
    expect(asked.map(({ after, cursor }) => [after.by, iso(after.at.getTime()), cursor])).toEqual([
      ['announced_after', '2025-12-10T04:00:00.000Z', null],
      ['announced_after', '2025-12-10T04:00:00.000Z', 'p1'],
      ['updated_after', '2026-03-10T03:45:00.000Z', null],
    ]);
    expect(await readRegistry()).toEqual({ A: 'known active', B: 'known active', C: 'known active' });
  });

  it('goes further back with --since, and afterwards what moved', async () => {
    const { client, asked } = showPages([[], [{ number: 'OLD' }], []]);
    await sync(client);
    const since = new Date('2025-01-01T00:00:00Z');
    expect(await sync(client, night + hourMs, { since })).toMatchObject({ added: 1, stoppedBy: null });
    expect(asked.slice(1).map(({ after }) => [after.by, iso(after.at.getTime())])).toEqual([
      ['announced_after', '2025-01-01T00:00:00.000Z'],
      ['updated_after', '2026-03-10T03:45:00.000Z'],
    ]);
  });

  it('begins anew for another integration or brand: what is known of one says nothing of the other', async () => {
    const { client, asked } = showPages([
      [{ number: 'A', brand: 1 }],
      [{ number: 'A' }, { number: 'B', brand: 2 }],
    ]);
    await sync(client);
    expect(await sync(client, night, { integrationId: 7, brandId: 2 })).toMatchObject({
      isFirst: true,
      added: 1,
    });
    expect(asked[1]).toMatchObject({ after: { by: 'announced_after' }, integrationId: 7 });
    expect(Object.keys(await readRegistry())).toEqual(['A', 'B']);
  });
});

describe('a sync that ends early', () => {
  const pages = [[{ number: 'A' }], [{ number: 'B' }], [{ number: 'C' }]];

  it('goes on from its page, with the filters that it had', async () => {
    const stop = new AbortController();
    const { client, asked } = showPages([pages]);
    const ended = await sync(client, night, { signal: stop.signal, onPage: () => stop.abort() });
    expect(ended).toMatchObject({ pages: 1, stoppedBy: 'signal' });
    expect(await readRegistry()).toEqual({ A: 'known active' });
    expect(await sync(client, night + dayMs)).toMatchObject({ added: 2, stoppedBy: null });
    expect(asked.map(({ after, cursor }) => `${after.by} ${cursor}`)).toEqual([
      'announced_after null',
      'announced_after p1',
      'announced_after p2',
      'updated_after null',
    ]);
    expect(asked[1]?.after.at).toEqual(asked[0]?.after.at);
  });

  it('keeps a page and what it taught, or neither, when the disk is full', async () => {
    const { client } = showPages([pages]);
    const real = connection;
    connection = failAfterCommits(real, 1);
    await expect(sync(client)).rejects.toThrow('the disk is full');
    connection = real;
    expect(await readRegistry()).toEqual({ A: 'known active' });
    expect(await readValue(connection, 'select count(*) from landed_shipments')).toBe('1');
    expect(await readValue(connection, 'select cursor from list_passes')).toBe('p1');
    expect(await sync(client)).toMatchObject({ stoppedBy: null });
    expect(Object.keys(await readRegistry())).toEqual(['A', 'B', 'C']);
  });

  it('begins anew where its cursor is lost, and gives up where the list makes no sense', async () => {
    const stop = new AbortController();
    const { client } = showPages([pages]);
    await sync(client, night, { signal: stop.signal, onPage: () => stop.abort() });
    const lost = showPages([[[], { kind: 'lost_cursor' }], pages]);
    expect(await sync(lost.client)).toMatchObject({ added: 2, stoppedBy: null });
    const again = showPages([
      [[], { kind: 'lost_cursor' }],
      [[], { kind: 'lost_cursor' }],
      [[], { kind: 'lost_cursor' }],
    ]);
    expect(await sync(again.client, night + dayMs)).toMatchObject({ stoppedBy: { code: 'answers_changed' } });
    const refused = showPages([
      { kind: 'refused', refusal: { path: '$.data', expected: 'array', found: 'null' } },
    ]);
    expect(await sync(refused.client, night + dayMs)).toMatchObject({
      stoppedBy: { message: 'the list of shipments: $.data: expected array, found null' },
    });
  });

  it('without the right to list leaves everything as it is', async () => {
    const { client } = showPages([{ kind: 'no_right', status: 403 }]);
    expect(await sync(client)).toMatchObject({ pages: 0, stoppedBy: 'no_right' });
    expect(await readRegistry()).toEqual({});
  });
});

describe('what a page teaches', () => {
  it('is the same whether rows come twice, move between pages, or come in an older form', async () => {
    const { client } = showPages([
      [
        [{ number: 'A', updated: night - hourMs }, { number: 'B' }],
        [{ number: 'B', updated: night }, { number: 'A', updated: night - 2 * hourMs }, { number: 'B' }],
      ],
    ]);
    expect(await sync(client)).toMatchObject({ listed: 5, added: 2 });
    expect(
      await readRows(connection, 'select tracking_number, updated_at from landed_shipments order by 1'),
    ).toEqual([
      { tracking_number: 'A', updated_at: '2026-03-10 03:00:00' },
      { tracking_number: 'B', updated_at: '2026-03-10 04:00:00' },
    ]);
  });

  it('is nothing about parcels that are forgotten', async () => {
    const key = await readDigestKey(connection);
    await connection.run('insert into forgotten_numbers values ($1, now()::timestamp)', [
      digestOf(key, 'GONE'),
    ]);
    const { client } = showPages([
      [{ number: 'GONE' }, { number: 'A' }],
      [{ number: 'GONE', updated: night }],
    ]);
    expect(await sync(client)).toMatchObject({ forgotten: 1, added: 1 });
    expect(await sync(client, night, { since: new Date('2020-01-01') })).toMatchObject({ forgotten: 1 });
    expect(Object.keys(await readRegistry())).toEqual(['A']);
    expect(await readValue(connection, 'select count(*) from landed_shipments')).toBe('1');
  });

  it('registers nothing that is beyond retention: dropped before, or labelled longer ago; but a number that is used again', async () => {
    const key = await readDigestKey(connection);
    await noteDropped(connection, key, ['DROPPED', 'REUSED'], new Date(night - 10 * dayMs));
    const { client } = showPages([
      [
        { number: 'DROPPED', created: night - 20 * dayMs },
        { number: 'REUSED', created: night - dayMs },
        { number: 'ANCIENT', created: night - 500 * dayMs },
        { number: 'A', created: night - 300 * dayMs },
      ],
    ]);
    expect(await sync(client, night, { keepDays: 400 })).toMatchObject({ added: 2, tooOld: 2 });
    expect(Object.keys(await readRegistry())).toEqual(['A', 'REUSED']);
  });

  it('looks again for those without a number, among what was announced since', async () => {
    const { client, asked } = showPages([
      [{ number: 'A' }],
      [
        { created: night, announced: null },
        { created: night + 1, announced: null, status: 'CANCELLED' },
      ],
      [],
      [],
      [{ number: 'LATE', created: night, announced: night + dayMs }],
      [],
    ]);
    await sync(client);
    expect(await sync(client, night + dayMs)).toMatchObject({ unnumbered: 1, added: 0 });
    // The second pass of that sync found nothing; the next sync's second pass finds the label.
    expect(await sync(client, night + 2 * dayMs)).toMatchObject({ added: 1 });
    expect(asked.map(({ after }) => after.by)).toEqual([
      'announced_after',
      'updated_after',
      'announced_after',
      'updated_after',
      'announced_after',
    ]);
    expect(await readValue(connection, 'select count(*) from unnumbered_parcels')).toBe('0');
    await sync(client, night + 3 * dayMs);
    expect(asked).toHaveLength(6);
  });

  it('polls nothing that was cancelled before anybody asked, unless it is not cancelled after all', async () => {
    const { client } = showPages([
      [{ number: 'A', status: 'CANCELLED' }, { number: 'B' }, { number: 'C' }],
      [
        { number: 'A', status: 'READY_TO_SEND', updated: night },
        { number: 'B', status: 'CANCELLATION_REQUESTED', updated: night },
        { number: 'C', status: 'CANCELLED', updated: night },
      ],
    ]);
    await sync(client);
    expect(await readRegistry()).toEqual({ A: 'known closed', B: 'known active', C: 'known active' });
    // C was polled: its timeline has to say that it was cancelled.
    await land(connection, [{ at: iso(night), body: makeTimeline('C', []) }]);
    await sync(client, night + dayMs);
    expect(await readRegistry()).toEqual({ A: 'known active', B: 'known closed', C: 'known active' });
  });

  it('keeps that a parcel is a return, and when it is to be handed over', async () => {
    const { client } = showPages([
      [
        { number: 'R', isReturn: true },
        { number: 'A', isReturn: false },
      ],
    ]);
    await sync(client);
    expect(
      await readRows(
        connection,
        'select tracking_number, is_return, handover_at from landed_shipments order by 1',
      ),
    ).toEqual([
      { tracking_number: 'A', is_return: 'false', handover_at: '2026-03-07 05:00:00' },
      { tracking_number: 'R', is_return: 'true', handover_at: '2026-03-07 05:00:00' },
    ]);
  });
});
