import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import {
  readNextCursor,
  readShipments,
  type ShipmentsQuery,
} from '../../../pipelines/sendcloud/shipments.js';
import { EXAMPLE } from './example.js';
import { type Reaction, reply, type Seen, startServer } from './faulty-server.js';

/** A shipment as the API's reference publishes one, in short. */
const SHIPMENT = {
  id: 'XXX-Shipment-id',
  order_number: 'ORDER-SECRET',
  total_order_price: { currency: 'EUR', value: '11.11' },
  brand_id: 42,
  carrier: { code: 'PostNL', name: 'CARRIER-SECRET' },
  delivery_dates: { handover_at: '2025-02-27T10:00:00.555309+00:00', deliver_at: null },
  from_address: EXAMPLE.from_address,
  to_address: EXAMPLE.to_address,
  ship_with: {
    type: 'shipping_option_code',
    properties: { shipping_option_code: 'postnl:standard', contract_id: 517 },
  },
  parcels: [
    {
      id: 383707309,
      status: { code: 'READY_TO_SEND', message: 'MESSAGE-SECRET' },
      label_notes: ['NOTE-SECRET'],
      tracking_url: 'https://tracking.example.com/URL-SECRET',
      tracking_number: '3SYZXG5051720',
      created_at: '2024-06-07T09:02:18.864105Z',
      updated_at: '2024-06-07T09:32:22.804278Z',
      announced_at: '2024-06-07T09:02:19.480225Z',
      parcel_items: [{ description: 'ITEM-SECRET' }],
    },
    { status: null, tracking_number: '', created_at: '2024-06-07T09:02:18.864106Z', announced_at: null },
  ],
};

const running: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function serve(choose: (seen: Seen, nth: number) => Reaction) {
  const server = await startServer(choose, { maxAttempts: 2 });
  running.push(server);
  return server;
}

const query: ShipmentsQuery = {
  after: { by: 'updated_after', at: new Date('2024-06-01T04:00:00Z') },
  integrationId: 7,
  cursor: null,
};

describe('a page of the list', () => {
  it('keeps the allow-list, a row a parcel, and nothing else', () => {
    const read = readShipments({ data: [SHIPMENT], meta: 'SECRET' });
    if (!read.ok) throw new Error('refused');
    const [labelled, unlabelled] = read.page.parcels;
    expect(labelled).toEqual({
      trackingNumber: '3SYZXG5051720',
      carrierCode: 'postnl',
      statusCode: 'READY_TO_SEND',
      createdAt: 1717750938864105n,
      updatedAt: 1717752742804278n,
      announcedAt: 1717750939480225n,
      handoverAt: 1740650400555309n,
      deliverAt: null,
      shippingOptionCode: 'postnl:standard',
      contractId: 517,
      brandId: 42,
      integrationId: null,
      fromCountry: 'IT',
      fromPostalArea: '78',
      toCountry: 'IT',
      toPostalArea: '78',
      isReturn: null,
    });
    expect(unlabelled).toMatchObject({ trackingNumber: null, statusCode: null, updatedAt: null });
    expect(read.page.unreadableFields).toEqual([]);
  });

  it('loses no parcel for a field of another type, and names the field by its path alone', () => {
    const odd = {
      ...SHIPMENT,
      carrier: 'SECRET',
      delivery_dates: { handover_at: 12 },
      ship_with: null,
      parcels: [
        { ...SHIPMENT.parcels[0], updated_at: 'yesterday SECRET', tracking_number: 123456 },
        'SECRET',
      ],
    };
    const read = readShipments({ data: [odd, 'SECRET', { ...SHIPMENT, parcels: 'SECRET' }] });
    if (!read.ok) throw new Error('refused');
    expect(read.page.parcels[0]).toMatchObject({
      trackingNumber: '123456',
      carrierCode: null,
      updatedAt: null,
    });
    expect(read.page.unreadableFields).toEqual([
      'data',
      'data.carrier',
      'data.delivery_dates.handover_at',
      'data.parcels',
      'data.parcels.updated_at',
    ]);
  });

  it('reads the dates that the reference writes with a dash', () => {
    const { delivery_dates: dates, ...rest } = SHIPMENT;
    const read = readShipments({ data: [{ ...rest, 'delivery-dates': dates }] });
    expect(read.ok && read.page.parcels[0]?.handoverAt).toBe(1740650400555309n);
  });

  it.each([
    ['no object', [SHIPMENT], { path: '$', expected: 'object', found: 'array' }],
    ['no list', { data: { SECRET: 1 } }, { path: '$.data', expected: 'array', found: 'object' }],
    ['an error', { errors: [] }, { path: '$.data', expected: 'array', found: 'missing' }],
  ])('that is %s is refused by path and types', (_name, body, refusal) => {
    expect(readShipments(body)).toEqual({ ok: false, refusal });
  });
});

describe('the cursor of the next page', () => {
  const page = 'https://panel.sendcloud.sc/api/v3/shipments/?cursor=';
  it.each([
    [`<${page}cj0xJnA9Mg>; rel="prev", <${page}cD0yNTM1NDIyODI%3D>; rel="next"`, 'cD0yNTM1NDIyODI='],
    [`<${page}abc>; title="a, b; c"; rel="last next"`, 'abc'],
    ['</v3/shipments?page_size=1&cursor=x%26y>;rel=next', 'x&y'],
    ['<https://elsewhere.example/?cursor=abc>; rel="next"', 'abc'],
    [`<${page}abc>; rel="prev"`, null],
    ['', null],
    [null, null],
    ['<https://panel.sendcloud.sc/api/v3/shipments/>; rel="next"', undefined],
    [`<${page}${'a'.repeat(3000)}>; rel="next"`, undefined],
  ])('of %s', (header, cursor) => {
    expect(readNextCursor(header)).toBe(cursor);
  });
});

describe('listShipments', () => {
  it('asks the base URL with our own filters for each page, whatever host and path the link names', async () => {
    const link = '<https://elsewhere.example/v9/other?cursor=p%3D2&page_size=5>; rel="next"';
    const { client, seen } = await serve((_, nth) =>
      reply(200, { data: [SHIPMENT] }, nth === 0 ? { link } : {}),
    );
    const first = await client.listShipments(query);
    expect(first).toMatchObject({ kind: 'page', next: 'p=2', page: { parcels: [{}, {}] } });
    const second = await client.listShipments({ ...query, cursor: 'p=2' });
    expect(second).toMatchObject({ kind: 'page' });
    const filters = 'page_size=100&updated_after=2024-06-01T04%3A00%3A00.000Z&integration_id=7';
    expect(seen.map(({ path }) => path)).toEqual([
      `/api/v3/shipments?${filters}`,
      `/api/v3/shipments?${filters}&cursor=p%3D2`,
    ]);
    expect(inspect([first, second], { depth: 9 })).not.toContain('SECRET');
  });

  it('takes a 403 as an answer: everything else may still be asked for', async () => {
    const { client } = await serve(({ path }) =>
      path.includes('/shipments')
        ? reply(403, { errors: [{ detail: 'SECRET' }] })
        : reply(404, { detail: 'x' }),
    );
    expect(await client.listShipments(query)).toEqual({ kind: 'no_right', status: 403 });
    expect(await client.getTimeline('A')).toEqual({ kind: 'not_found' });
  });

  it('tells a list that is not there from a cursor that is lost', async () => {
    const { client } = await serve(() => reply(404, { errors: [{ detail: 'Invalid cursor' }] }));
    expect(await client.listShipments(query)).toEqual({ kind: 'no_right', status: 404 });
    expect(await client.listShipments({ ...query, cursor: 'x' })).toEqual({ kind: 'lost_cursor' });
  });

  it('waits for a 429 and asks again; what else it gets it names', async () => {
    const answers: Record<string, Reaction> = {
      429: reply(429, '', { 'retry-after': '2' }),
      body: reply(200, { data: null }),
      link: reply(200, { data: [] }, { link: '</x>; rel="next"' }),
      filter: reply(400, { errors: [{ code: 'validation_error', detail: 'SECRET' }] }),
    };
    const { client, seen } = await serve(({ path }, nth) => {
      const cursor = new URL(path, 'http://x').searchParams.get('cursor') ?? '';
      return cursor === '429' && nth > 0 ? reply(200, { data: [] }) : (answers[cursor] ?? reply(500));
    });
    const ask = (cursor: string) => client.listShipments({ ...query, cursor });
    expect(await ask('429')).toMatchObject({ kind: 'page', next: null });
    expect(seen[1]?.at).toBeGreaterThanOrEqual((seen[0]?.at ?? 0) + 2000);
    expect(await ask('body')).toMatchObject({ kind: 'refused', refusal: { path: '$.data', found: 'null' } });
    expect(await ask('link')).toEqual({ kind: 'failed', reason: 'next_page_without_cursor' });
    expect(await ask('filter')).toMatchObject({ kind: 'rejected', status: 400 });
    expect(await ask('other')).toEqual({ kind: 'failed', reason: 'http_500' });
  });
});
