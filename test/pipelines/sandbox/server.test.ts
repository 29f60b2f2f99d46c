import { expect, it } from 'vitest';
import { at, call, makeBody, makeSource, noon, start } from './harness.js';

/** The least that a registration needs. */
function makeRegistration(trackingNumber: string) {
  return {
    announced_at: '2026-11-03T10:00:00Z',
    from_address: { country_code: 'NL', postal_code: '1013 AB' },
    to_address: { country_code: 'DE', postal_code: '50667', name: 'Erika Mustermann' },
    ship_with: {
      type: 'shipping_option_code',
      properties: { contract_id: 517, shipping_option_code: 'postnl:standard' },
    },
    shipment: { source_id: 'shipment-1' },
    source_id: 'order-1',
    tracking_number: { carrier_code: 'postnl', tracking_number: trackingNumber },
  };
}

function post(body: unknown) {
  return { method: 'POST', body } as const;
}

it('serves a timeline, with the real time as its date', async () => {
  const sandbox = await start();
  const reply = await call(sandbox, '/parcels/tracking/A1');
  expect(reply.json).toEqual(makeBody('A1'));
  const date = Date.parse(String(reply.headers.date));
  expect(Math.abs(date - Date.now())).toBeLessThan(60_000);
});

it('answers 404 for a parcel that does not exist', async () => {
  const sandbox = await start();
  const reply = await call(sandbox, '/parcels/tracking/B2');
  expect(reply.status).toBe(404);
  expect(reply.json).toEqual({ detail: 'Parcel does not exist' });
});

it.each(['A/B 1', 'Ünï©ode', '100%', 'a?b=c'])('finds the percent-encoded number %s', async (number) => {
  const sandbox = await start({ source: makeSource({ [number]: makeBody(number) }) });
  const encoded = [...Buffer.from(number)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  // A path of dots alone is normalised away by every client, however it is written.
  const path =
    number === '../..' ? '/parcels/tracking/%2e%2e%20'.slice(0, -3) : `/parcels/tracking/${encoded}`;
  const reply = await call(sandbox, path);
  if (number === '../..') expect(reply.status).toBe(404);
  else expect(at(reply.json, 'tracking_numbers', 0, 'tracking_number')).toBe(number);
});

it('takes numbers of 255 characters and no longer', async () => {
  const sandbox = await start();
  const longest = encodeURIComponent('é'.repeat(255));
  expect((await call(sandbox, `/parcels/tracking/${longest}`)).status).toBe(404);
  const reply = await call(sandbox, `/parcels/tracking/${'x'.repeat(256)}`);
  expect(reply.status).toBe(422);
  expect(at(reply.json, 'detail', 0)).toMatchObject({
    loc: ['path', 'tracking_number'],
    type: 'string_too_long',
  });
});

it('answers 422 for a number whose percent signs mean nothing', async () => {
  const sandbox = await start();
  expect((await call(sandbox, '/parcels/tracking/%E0%A4')).status).toBe(422);
});

it('answers 404 and 405 in JSON:API form where there is no such endpoint or method', async () => {
  const sandbox = await start();
  expect(at((await call(sandbox, '/parcels')).json, 'errors', 0, 'code')).toBe('not_found');
  const patched = await call(sandbox, '/parcels/tracking/A1', { method: 'PATCH', body: {} });
  expect(patched.status).toBe(405);
});

it('registers a parcel, which exists from then on', async () => {
  const sandbox = await start();
  expect((await call(sandbox, '/parcels/tracking/NEW1')).status).toBe(404);
  const created = await call(sandbox, '/parcels/tracking', post(makeRegistration('NEW1')));
  expect(created.status).toBe(200);
  expect(created.json).toMatchObject({
    announced_at: '2026-11-03T10:00:00Z',
    created_at: noon.toISOString(),
    tracking_numbers: [{ carrier_code: 'postnl', tracking_number: 'NEW1' }],
  });
  expect(created.json).not.toHaveProperty('events');
  const timeline = await call(sandbox, '/parcels/tracking/NEW1');
  expect(at(timeline.json, 'events')).toMatchObject([
    { event_type: 'internal', status_code: 'announced', event_at: '2026-11-03T10:00:00.000Z' },
  ]);
});

it('answers 409 for a number that exists, in the source or posted before', async () => {
  const sandbox = await start();
  const known = await call(sandbox, '/parcels/tracking', post(makeRegistration('A1')));
  expect(known.status).toBe(409);
  expect(known.json).toEqual({ detail: 'Parcel or tracking number already exists' });
  expect((await call(sandbox, '/parcels/tracking', post(makeRegistration('NEW1')))).status).toBe(200);
  expect((await call(sandbox, '/parcels/tracking', post(makeRegistration('NEW1')))).status).toBe(409);
});

it.each([
  'announced_at',
  'from_address',
  'to_address',
  'ship_with',
  'shipment',
  'source_id',
  'tracking_number',
])('answers 422 for a registration without %s', async (field) => {
  const sandbox = await start();
  const { [field]: _, ...rest } = makeRegistration('NEW1') as Record<string, unknown>;
  const reply = await call(sandbox, '/parcels/tracking', post(rest));
  expect(reply.status).toBe(422);
  expect(reply.json).toEqual({ detail: [{ loc: ['body', field], msg: 'Field required', type: 'missing' }] });
});

it.each([
  [{ source_id: 7 }, ['body', 'source_id'], 'string_type'],
  [{ announced_at: 'yesterday' }, ['body', 'announced_at'], 'datetime_parsing'],
  [{ details: { is_return: 'no' } }, ['body', 'details', 'is_return'], 'boolean_type'],
  [{ to_address: { country_code: 'DE' } }, ['body', 'to_address', 'postal_code'], 'missing'],
  [
    { to_address: { country_code: 'DE', postal_code: '1', planet: 'Earth' } },
    ['body', 'to_address', 'planet'],
    'extra_forbidden',
  ],
  [{ ship_with: { type: 'pigeon', properties: {} } }, ['body', 'ship_with', 'type'], 'value_error'],
  [
    { ship_with: { type: 'contract', properties: {} } },
    ['body', 'ship_with', 'properties', 'contract_id'],
    'missing',
  ],
  [
    { tracking_number: { carrier_code: 'dpd', tracking_number: 'x'.repeat(256) } },
    ['body', 'tracking_number', 'tracking_number'],
    'string_too_long',
  ],
  [
    { tracking_number: { carrier_code: 'dpd', tracking_number: '' } },
    ['body', 'tracking_number', 'tracking_number'],
    'string_too_short',
  ],
])('answers 422 for a registration with %j', async (change, loc, type) => {
  const sandbox = await start();
  const reply = await call(sandbox, '/parcels/tracking', post({ ...makeRegistration('NEW1'), ...change }));
  expect(reply.status).toBe(422);
  expect(at(reply.json, 'detail')).toMatchObject([{ loc, type }]);
});

it('answers 422 for a body that is not JSON, and 413 for one that is too large', async () => {
  const sandbox = await start();
  const huge = { ...makeRegistration('NEW1'), padding: 'x'.repeat(1_100_000) };
  expect((await call(sandbox, '/parcels/tracking', post(huge))).status).toBe(413);
  expect(at((await call(sandbox, '/parcels/tracking', { method: 'POST' })).json, 'detail', 0)).toEqual({
    loc: ['body'],
    msg: 'JSON decode error',
    type: 'json_invalid',
  });
});

it('keeps a registered parcel whose label is still to come, but not its event', async () => {
  const sandbox = await start();
  const later = { ...makeRegistration('NEW1'), announced_at: '2026-11-04T10:00:00+01:00' };
  expect((await call(sandbox, '/parcels/tracking', post(later))).status).toBe(200);
  expect(at((await call(sandbox, '/parcels/tracking/NEW1')).json, 'events')).toEqual([]);
  sandbox.setNow(new Date('2026-11-04T09:00:00Z'));
  expect(at((await call(sandbox, '/parcels/tracking/NEW1')).json, 'events')).toHaveLength(1);
});

it('takes a clock that runs', async () => {
  let now = noon;
  const seen: number[] = [];
  const source = { find: (_: string, date: Date) => ({ seen: seen.push(date.getTime()) }), list: () => [] };
  const sandbox = await start({ source, now: () => now });
  await call(sandbox, '/parcels/tracking/A1');
  now = new Date(noon.getTime() + 5);
  await call(sandbox, '/parcels/tracking/A1');
  expect(seen).toEqual([noon.getTime(), noon.getTime() + 5]);
});

it('answers 500 without a word of the cause when the source fails', async () => {
  const source = {
    find: () => {
      throw new Error('Erika Mustermann');
    },
    list: () => [],
  };
  const sandbox = await start({ source });
  const reply = await call(sandbox, '/parcels/tracking/A1');
  expect(reply.status).toBe(500);
  expect(reply.text).not.toContain('Erika');
});

it('counts what comes in', async () => {
  const sandbox = await start();
  await call(sandbox, '/parcels/tracking/A1');
  await call(sandbox, '/parcels/tracking/A1');
  await call(sandbox, '/parcels/tracking/B%2F2');
  await call(sandbox, '/parcels/tracking', post({}));
  expect(sandbox.stats()).toMatchObject({
    requests: 4,
    byStatus: { 200: 2, 404: 1, 422: 1 },
    byMethod: { GET: 3, POST: 1 },
    largestIn60s: 3,
    largestWritesIn60s: 1,
    perTrackingNumber: { A1: 2, 'B/2': 1 },
  });
});

it('rejects when the port is taken', async () => {
  const sandbox = await start();
  const port = Number(new URL(sandbox.url).port);
  await expect(start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
