import { afterEach, expect, it } from 'vitest';
import { reply, startServer } from './faulty-server.js';

const running: Awaited<ReturnType<typeof startServer>>[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

const query = { carrierCodes: ['dpd', 'a&b'], fromDate: '2026-08-05', toDate: '2026-11-02' };

async function ask(status: number, body: unknown) {
  const server = await startServer(() => reply(status, body));
  running.push(server);
  return {
    answer: await server.client.getTransitTimes(query).catch((error: unknown) => error),
    seen: server.seen,
  };
}

it('asks once for all carriers and both dates, signed in, and keeps the five fields it needs', async () => {
  const lane = {
    carrier_code: 'dpd',
    from_country_code: 'nl',
    to_country_code: null,
    start_date: '2026-08-05T00:00:00Z',
    end_date: '2026-11-02T23:59:59Z',
    total_parcels: 12,
    transit_time_hours: 36.2,
    transit_time_days: 2,
    customer: 'SECRET',
  };
  const { answer, seen } = await ask(200, { transit_times: [lane], note: 'SECRET' });
  expect(answer).toEqual({
    kind: 'transit_times',
    lanes: [{ carrierCode: 'dpd', fromCountry: 'NL', toCountry: null, totalParcels: 12, medianHours: 36.2 }],
  });
  expect(seen.map(({ path }) => path)).toEqual([
    '/api/v3/analytics/transit-times/carriers?carrier_code=dpd&carrier_code=a%26b&start_date=2026-08-05&end_date=2026-11-02',
  ]);
  expect(seen[0]?.headers.authorization).toMatch(/^Basic /);
});

it.each([
  [404, {}, { kind: 'unavailable' }],
  [404, '<html>', { kind: 'unavailable' }],
  [
    200,
    { transit_times: [{ carrier_code: 'dpd', transit_time_hours: 'SECRET' }] },
    { kind: 'failed', reason: 'unexpected_shape' },
  ],
  [200, [], { kind: 'failed', reason: 'unexpected_shape' }],
  [
    400,
    { errors: [{ status: '400', code: 'missing', detail: 'SECRET' }] },
    { kind: 'rejected', status: 400 },
  ],
])('answers %i %j as %j', async (status, body, expected) => {
  const { answer } = await ask(status, body);
  expect(answer).toMatchObject(expected);
  expect(JSON.stringify(answer)).not.toContain('SECRET');
});

it('stops at 403, as everywhere', async () => {
  const { answer } = await ask(403, {});
  expect(answer).toMatchObject({ code: 'forbidden', exitCode: 4 });
});
