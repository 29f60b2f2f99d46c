import { expect, it } from 'vitest';
import { at, call, makeSource, noon, start } from './harness.js';

/** A parcel accepted at an instant and delivered some hours later. */
function makeDelivered(acceptedAt: string, hours: number, to = 'BE', isReturn = false) {
  const deliveredAt = new Date(Date.parse(acceptedAt) + hours * 3_600_000).toISOString();
  const event = { event_type: 'carrier' };
  return {
    announced_at: '2026-09-30T09:00:00Z',
    details: { is_return: isReturn },
    from_address: { country_code: 'NL' },
    to_address: { country_code: to },
    events: [
      { ...event, event_at: deliveredAt, status_code: 'delivered' },
      { ...event, event_at: acceptedAt, status_code: 'accepted' },
      { event_at: '2026-01-01T00:00:00Z', event_type: 'internal', status_code: 'announced' },
    ],
  };
}

const source = makeSource({
  a: makeDelivered('2026-10-01T10:00:00Z', 20),
  b: makeDelivered('2026-10-02T10:00:00Z', 30),
  c: makeDelivered('2026-10-02T10:00:00Z', 61, 'DE'),
  returned: makeDelivered('2026-10-02T10:00:00Z', 500, 'BE', true),
  old: makeDelivered('2026-07-02T10:00:00Z', 500),
  backwards: makeDelivered('2026-10-02T10:00:00Z', -4),
});
const path = '/analytics/transit-times/carriers';

it('gives the median of each carrier and lane over the last 90 days', async () => {
  const sandbox = await start({ source });
  const reply = await call(sandbox, `${path}?carrier_code=postnl&carrier_code=dpd`);
  const dates = { start_date: '2026-08-05T00:00:00Z', end_date: '2026-11-03T23:59:59Z' };
  const lane = { carrier_code: 'postnl', from_country_code: 'NL', ...dates };
  expect(reply.json).toEqual({
    transit_times: [
      { ...lane, to_country_code: 'BE', total_parcels: 2, transit_time_hours: 25, transit_time_days: 1 },
      { ...lane, to_country_code: 'DE', total_parcels: 1, transit_time_hours: 61, transit_time_days: 3 },
    ],
  });
});

it('keeps to the carriers, countries and dates asked for', async () => {
  const sandbox = await start({ source });
  const count = async (query: string) =>
    (at((await call(sandbox, `${path}?${query}`)).json, 'transit_times') as unknown[]).length;
  expect(await count('carrier_code=dpd')).toBe(0);
  expect(await count('carrier_code=postnl&to_country_code=DE')).toBe(1);
  expect(await count('carrier_code=postnl&from_country_code=DE')).toBe(0);
  expect(await count('carrier_code=postnl&start_date=2026-10-03&end_date=2026-10-03')).toBe(1);
  expect(await count('carrier_code=postnl&start_date=2026-10-10&end_date=2026-10-11')).toBe(0);
});

it.each([
  ['', 'missing', 'carrier_code'],
  ['carrier_code=', 'string_too_short', 'carrier_code'],
  ['carrier_code=dpd&from_country_code=NLD', 'string_too_long', 'from_country_code'],
  ['carrier_code=dpd&to_country_code=N', 'string_too_short', 'to_country_code'],
  ['carrier_code=dpd&start_date=1-2-2026', 'invalid', 'start_date'],
  ['carrier_code=dpd&start_date=2026-11-04', 'invalid', undefined],
])('answers 400 for the query "%s"', async (query, code, parameter) => {
  const sandbox = await start({ source, now: noon });
  const reply = await call(sandbox, `${path}?${query}`);
  expect(reply.status).toBe(400);
  expect(at(reply.json, 'errors', 0, 'code')).toBe(code);
  expect(at(reply.json, 'errors', 0, 'source', 'parameter')).toBe(parameter);
});
