import { afterEach, describe, expect, it } from 'vitest';
import type { ClientOptions } from '../../../pipelines/sendcloud/client.js';
import {
  buildRegisterBody,
  type RegisterRequest,
  readReasons,
} from '../../../pipelines/sendcloud/register.js';
import { FAULTS, type Reaction, reply, runAll, type Seen, startServer, timeline } from './faulty-server.js';

const REQUEST: RegisterRequest = {
  trackingNumber: 'TRACK/1',
  carrierCode: 'dhl',
  announcedAt: '2024-01-01T00:00:00Z',
  ...{ fromCountry: 'IT', fromPostalCode: '78500', toCountry: 'NL', toPostalCode: '1013 AB' },
  contractId: 517,
  sourceId: 's1',
};

describe('buildRegisterBody', () => {
  it('has all that the schema requires', () => {
    expect(buildRegisterBody(REQUEST)).toEqual({
      announced_at: '2024-01-01T00:00:00Z',
      from_address: { country_code: 'IT', postal_code: '78500' },
      to_address: { country_code: 'NL', postal_code: '1013 AB' },
      ship_with: { type: 'contract', properties: { contract_id: 517 } },
      shipment: { source_id: 's1' },
      source_id: 's1',
      details: {},
      tracking_number: { carrier_code: 'dhl', tracking_number: 'TRACK/1' },
    });
  });

  it('adds what is known', () => {
    const more = {
      ...{ shippingOptionCode: 'postnl:standard', shipmentSourceId: 's2', orderNumber: 'o1' },
      ...{ isReturn: false, brandId: 1, integrationId: 2 },
    };
    expect(buildRegisterBody({ ...REQUEST, ...more })).toMatchObject({
      ship_with: {
        type: 'shipping_option_code',
        properties: { contract_id: 517, shipping_option_code: 'postnl:standard' },
      },
      shipment: { source_id: 's2', order: { order_number: 'o1', source_id: 's1' } },
      details: { is_return: false, brand_id: 1, integration_id: 2 },
    });
  });

  it('needs a contract or a shipping option', () => {
    expect(() => buildRegisterBody({ ...REQUEST, contractId: null })).toThrow(RangeError);
    const { ship_with } = buildRegisterBody({ ...REQUEST, contractId: null, shippingOptionCode: 'x' });
    expect(ship_with).toEqual({ type: 'shipping_option_code', properties: { shipping_option_code: 'x' } });
  });
});

describe('readReasons', () => {
  it.each([null, 'text', {}, { detail: 'text' }, { detail: [] }, { errors: {} }])(
    'finds none in %j',
    (body) => {
      expect(readReasons(body)).toEqual([]);
    },
  );

  it('has an end', () => {
    expect(readReasons({ detail: Array.from({ length: 1_000 }, () => null) }).length).toBe(20);
  });
});

type Server = Awaited<ReturnType<typeof startServer>>;
const running: Server[] = [];

async function serve(choose: (seen: Seen, nth: number) => Reaction, options?: Partial<ClientOptions>) {
  const server = await startServer(choose, options);
  running.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

const methods = ({ seen }: Server) => seen.map(({ method }) => method).join(' ');
const created = reply(200, { tracking_numbers: [] });
const missing = reply(404, { detail: 'Parcel does not exist' });

describe('registerParcel', () => {
  it('posts once, signed in', async () => {
    const server = await serve(() => created);
    expect(await server.client.registerParcel(REQUEST)).toEqual({ kind: 'registered' });
    const [{ path, body, headers }] = server.seen as [Seen];
    expect(path).toBe('/api/v3/parcels/tracking');
    expect(JSON.parse(body)).toEqual(buildRegisterBody(REQUEST));
    expect(headers).toMatchObject({ 'content-type': 'application/json', authorization: /^Basic / });
    expect(server.seen.length).toBe(1);
  });

  it('takes a 409 for success and a 422 for the end of it', async () => {
    const detail = [
      { loc: ['body', 'to_address', 'postal_code'], msg: 'bad value 1013', type: 'value_error' },
    ];
    const server = await serve((_seen, nth) =>
      nth ? reply(422, { detail }) : reply(409, { detail: 'exists' }),
    );
    expect(await server.client.registerParcel(REQUEST)).toEqual({ kind: 'known' });
    expect(await server.client.registerParcel(REQUEST)).toEqual({
      kind: 'rejected',
      status: 422,
      reasons: [{ loc: 'body.to_address.postal_code', type: 'value_error' }],
    });
    expect(server.seen.length).toBe(2);
  });

  const lost = Object.entries(FAULTS).filter(([, { reason }]) => !reason.startsWith('timeout_b'));
  it.each(lost)('after %s finds the parcel by GET and does not post again', async (_name, { react }) => {
    const server = await serve(({ method }) => (method === 'POST' ? react : timeline), {
      attemptTimeoutMs: 300,
    });
    expect(await server.client.registerParcel(REQUEST)).toEqual({ kind: 'registered' });
    expect(methods(server)).toBe('POST GET');
    expect(server.seen[1]?.path).toBe('/api/v3/parcels/tracking/TRACK%2F1');
  });

  it('posts again when the GET shows that nothing was done', async () => {
    const server = await serve(({ method }, nth) => {
      if (method === 'GET') return missing;
      return nth ? created : reply(502, '<html>');
    });
    expect(await server.client.registerParcel(REQUEST)).toEqual({ kind: 'registered' });
    expect(methods(server)).toBe('POST GET POST');
  });

  it('does not look after a 429, which was not done', async () => {
    const server = await serve((_seen, nth) => (nth ? created : reply(429, '', { 'retry-after': '4' })));
    expect(await server.client.registerParcel(REQUEST)).toEqual({ kind: 'registered' });
    expect(methods(server)).toBe('POST POST');
    expect((server.seen[1]?.at ?? 0) - (server.seen[0]?.at ?? 0)).toBeGreaterThanOrEqual(4_000);
  });

  it('fails, and posts no more, when the GET gets no answer', async () => {
    const server = await serve(() => reply(500));
    expect(await server.client.registerParcel(REQUEST)).toEqual({ kind: 'failed', reason: 'http_500' });
    expect(methods(server)).toBe('POST GET GET GET GET GET');
  });

  it('fails after its attempts when nothing ever comes of them', async () => {
    const server = await serve(({ method }) => (method === 'GET' ? missing : reply(500)));
    expect(await server.client.registerParcel(REQUEST)).toEqual({ kind: 'failed', reason: 'http_500' });
    expect(methods(server)).toBe('POST GET POST GET POST GET POST GET POST');
  });

  it('asks nothing for what is no tracking number', async () => {
    const server = await serve(() => created);
    const answer = await server.client.registerParcel({ ...REQUEST, trackingNumber: '' });
    expect(answer).toEqual({ kind: 'failed', reason: 'invalid_tracking_number' });
    expect(server.seen.length).toBe(0);
  });

  it('keeps the rate of writes', async () => {
    const server = await serve(() => created);
    const startMs = server.clock.now();
    const trackingNumbers = Array.from({ length: 30 }, (_, index) => `N${index}`);
    await runAll(trackingNumbers, (trackingNumber) =>
      server.client.registerParcel({ ...REQUEST, trackingNumber }),
    );
    expect(server.seen.length).toBe(30);
    expect(server.clock.now() - startMs).toBeGreaterThanOrEqual(29 * 610);
  });
});
