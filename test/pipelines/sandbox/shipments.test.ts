import { describe, expect, it } from 'vitest';
import type { Sandbox, ShipmentsOptions } from '../../../pipelines/sandbox/server.js';
import { simulateParcels } from '../../../pipelines/sandbox/simulate.js';
import { type Json, listObjects } from '../../../pipelines/sandbox/source.js';
import { at, call, start } from './harness.js';

const now = new Date('2026-11-02T12:00:00Z');
const source = simulateParcels({ seed: 11, count: 400, now: new Date('2026-11-04T00:00:00Z'), days: 20 });
const startList = (shipments: ShipmentsOptions, more = {}) => start({ source, now, shipments, ...more });

/** All pages, each shipment with its only parcel. */
async function list(sandbox: Sandbox, filters = 'announced_after=2026-01-01T00:00:00Z', size = 30) {
  const rows: { shipment: Json; parcel: Json }[] = [];
  const links: string[] = [];
  for (let cursor = ''; ; ) {
    const reply = await call(sandbox, `/shipments?${filters}&page_size=${size}${cursor}`);
    expect(reply.status).toBe(200);
    for (const shipment of listObjects(at(reply.json, 'data'))) {
      rows.push({ shipment, parcel: listObjects(shipment.parcels)[0] ?? {} });
    }
    const link = String(reply.headers.link ?? '');
    if (link === '') return { rows, links };
    links.push(link);
    cursor = `&cursor=${/cursor=([^>]*)>; rel="next"$/.exec(link)?.[1]}`;
  }
}

const numbers = (rows: { parcel: Json }[]) => rows.map(({ parcel }) => String(parcel.tracking_number));

describe('the list of shipments', () => {
  it('is refused without the option, as keys without the right are', async () => {
    const sandbox = await start({ source, now });
    expect((await call(sandbox, '/shipments')).status).toBe(403);
    expect((await call(sandbox, '/shipments', { authorization: null })).status).toBe(401);
  });

  it('shows every parcel once, page by page, through links that lack the filters and name another path', async () => {
    const { rows, links } = await list(await startList({ updatedAt: 'events' }));
    const labelled = [...source.list(now)].map(({ trackingNumber }) => trackingNumber);
    expect(numbers(rows).sort()).toEqual(labelled.sort());
    expect(links.length).toBe(Math.ceil(labelled.length / 30) - 1);
    expect(links[0]).toMatch(/^<http:\/\/127\.0\.0\.1:\d+\/v3\/shipments\/\?cursor=[^&>]+>; rel="next"$/);
    // What nobody may keep is there to be left out.
    expect(rows[0]?.shipment).toMatchObject({
      order_number: expect.any(String),
      to_address: { name: expect.any(String) },
    });
  });

  it.each(['events', 'some', 'label'] as const)('moves updated_at with %s', async (updatedAt) => {
    const { rows } = await list(await startList({ updatedAt }));
    const late = rows.filter(({ parcel }) => {
      const body = source.find(String(parcel.tracking_number), now);
      const events = listObjects(at(body, 'events')).map(({ event_at }) => String(event_at));
      return String(parcel.updated_at).slice(0, 19) < (events.sort().at(-1) ?? '').slice(0, 19);
    });
    const share = late.length / rows.length;
    if (updatedAt === 'events') expect(share).toBe(0);
    if (updatedAt === 'some') expect(share).toBeGreaterThan(0.2);
    if (updatedAt === 'some') expect(share).toBeLessThan(0.5);
    if (updatedAt === 'label') expect(share).toBeGreaterThan(0.9);
  });

  it('answers the filters, and shows what has no label yet without a number', async () => {
    const sandbox = await startList({ updatedAt: 'events' });
    const { rows } = await list(sandbox, 'updated_after=2026-11-02T06:00:00Z');
    const drafts = rows.filter(({ parcel }) => parcel.tracking_number === '');
    expect(drafts.length).toBeGreaterThan(0);
    expect(drafts.every(({ parcel }) => parcel.announced_at === null)).toBe(true);
    expect(rows.every(({ parcel }) => String(parcel.updated_at) > '2026-11-02T06')).toBe(true);
    expect(rows.length).toBeLessThan(200);
    const all = await list(sandbox);
    const some = await list(sandbox, 'announced_after=2026-01-01T00:00:00Z&integration_id=4560');
    expect(some.rows.length).toBeGreaterThan(all.rows.length / 5);
    expect(some.rows.length).toBeLessThan(all.rows.length / 2);
  });

  it('refuses a date that is none (400), a page of 101 (400) and a cursor that is none (404)', async () => {
    const sandbox = await startList({ updatedAt: 'events' });
    for (const [query, status] of [
      ['updated_after=monday', 400],
      ['page_size=101', 400],
      ['cursor=abc', 404],
    ] as const) {
      const reply = await call(sandbox, `/shipments?${query}`);
      expect(reply.status, query).toBe(status);
      expect(at(reply.json, 'errors', 0, 'detail')).toEqual(expect.any(String));
    }
  });

  it('can move its rows between pages, and lead to another host; none is lost', async () => {
    const sandbox = await startList({ updatedAt: 'events', movesPages: true, linksElsewhere: true });
    const { rows, links } = await list(sandbox);
    const labelled = [...source.list(now)].map(({ trackingNumber }) => trackingNumber);
    expect(rows.length).toBeGreaterThan(labelled.length);
    expect([...new Set(numbers(rows))].sort()).toEqual(labelled.sort());
    expect(links.every((link) => link.startsWith('<https://elsewhere.example/'))).toBe(true);
  });
});
