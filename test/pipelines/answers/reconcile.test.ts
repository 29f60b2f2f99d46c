import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reconcileLanes } from '../../../pipelines/answers/reconcile.js';
import { type Sandbox, startSandbox } from '../../../pipelines/sandbox/server.js';
import { simulateParcels } from '../../../pipelines/sandbox/simulate.js';
import type { OurLane } from '../../../queries/reconcile.js';
import { type House, openHouse, toEnvelopes } from '../house.js';
import { start } from '../sandbox/harness.js';

const now = new Date('2026-11-03T04:12:00Z');

let house: House;
let sandbox: Sandbox;
function useSandbox(one: Sandbox): void {
  Object.assign(house.environment, {
    SENDCLOUD_BASE_URL: one.url,
    SENDCLOUD_PUBLIC_KEY: one.publicKey,
    SENDCLOUD_SECRET_KEY: one.secretKey,
  });
}

beforeAll(async () => {
  house = openHouse(now);
  const source = simulateParcels({ seed: 3, count: 900, now });
  sandbox = await startSandbox({ source, now });
  useSandbox(sandbox);
  const observations = [...source.list(now)].flatMap(({ trackingNumber }) => {
    const response = source.find(trackingNumber, now);
    return response === null ? [] : [{ observedAt: now, response }];
  });
  await house.run('import', house.write('archive.ndjson', toEnvelopes(observations)));
  await house.run('build');
  await house.run('publish');
});
afterAll(async () => {
  await sandbox.close();
  house.remove();
});

describe('reconcile', () => {
  it('agrees with the sandbox on every lane without a way back, when both count alike', async () => {
    const { lanes, from, to } = JSON.parse(await house.run('reconcile', '--json'));
    expect([from, to]).toEqual(['2026-08-05', '2026-11-02']);
    const compared = lanes.filter((lane: { theirs: unknown }) => lane.theirs !== null);
    expect(compared.length).toBeGreaterThan(10);
    let alike = 0;
    for (const lane of compared) {
      const more = lane.theirs.parcels - lane.ours.finished;
      expect(more >= 0 && more <= lane.ours.went_back, JSON.stringify(lane)).toBe(true);
      if (more > 0) continue;
      alike += 1;
      expect(Math.abs(lane.difference_hours), JSON.stringify(lane)).toBeLessThanOrEqual(0.051);
      expect(lane.is_apart).toBe(false);
    }
    expect(alike).toBeGreaterThan(10);
    // What is published counts otherwise, and says so.
    const reasons = compared.flatMap((lane: { reasons: string[] }) => lane.reasons).join('\n');
    expect(reasons).toMatch(/still open/);
    expect(reasons).toMatch(/attempted before they were delivered/);
  });

  it('reads as a table', async () => {
    const text = await house.run('reconcile');
    expect(text).toMatch(/^Median transit times, Sendcloud's beside ours, 2026-08-05 to 2026-11-02\n/);
    expect(text).toMatch(/\n {2}carrier +lane +theirs +n +ours, alike +n +apart +ours, published +why/);
    expect(text).toMatch(/ NL-NL +\d+\.\d h +\d+ +\d+\.\d h +\d+ +[+-]?0\.[01] h +\d+\.\d h \(home, n \d+\)/);
  });

  it.each([
    [403, 4, /does not give its transit times to this account \(HTTP 403\)\n.*depends on the plan/],
    [404, 4, /does not give its transit times to this account \(HTTP 404\)/],
    [400, 4, /the API rejected the request: HTTP 400/],
  ])('says what HTTP %i means, and ends with %i', async (status, exitCode, message) => {
    useSandbox(await start({ now, faults: () => ({ kind: 'status', status, body: {} }) }));
    expect(await house.call('reconcile')).toMatchObject({
      exitCode,
      out: '',
      err: expect.stringMatching(message),
    });
    useSandbox(sandbox);
  });
});

describe('lanes beside each other', () => {
  const ours: OurLane = {
    carrier_code: 'dpd',
    from_country: 'NL',
    to_country: 'DE',
    finished: 40,
    finished_median_hours: 50,
    unmeasurable: 4,
    date_only: 0,
    attempted_before: 3,
    still_open: 2,
    went_back: 1,
    delivery_type: 'home',
    transit_p50_hours: 44,
    transit_n: 38,
  };
  const theirs = {
    carrierCode: 'dpd',
    fromCountry: 'NL',
    toCountry: 'DE',
    totalParcels: 55,
    medianHours: 44,
  };

  it('are apart beyond an hour and a tenth, with ten parcels or more', () => {
    const isApart = (our: Partial<OurLane>, medianHours: number) =>
      reconcileLanes([{ ...ours, ...our }], [{ ...theirs, medianHours }])[0]?.is_apart;
    expect(isApart({}, 44)).toBe(true);
    expect(isApart({}, 46)).toBe(false);
    expect(isApart({ finished: 9 }, 10)).toBe(false);
    expect(isApart({ finished_median_hours: 5 }, 4.1)).toBe(false);
  });

  it('come with every reason that applies', () => {
    expect(reconcileLanes([ours], [theirs])[0]?.reasons).toEqual([
      '15 of their parcels are not registered here, or not polled since',
      '2 still open: they lengthen ours',
      '1 went back to the sender: theirs may count how the way back ended',
      '4 first seen late on their way: left out of ours',
      '3 attempted before they were delivered: ours ends there',
    ]);
  });

  it('are named where only one side knows them', () => {
    const lanes = reconcileLanes([ours], [{ ...theirs, toCountry: null }]);
    expect(
      lanes.map(({ to_country, theirs: their, ours: our, reasons }) => [
        to_country,
        their !== null,
        our !== null,
        reasons[0],
      ]),
    ).toEqual([
      ['DE', false, true, 'Sendcloud has no figure for it'],
      [null, true, false, expect.stringContaining('no parcel of this lane is registered here')],
    ]);
    expect(reconcileLanes([{ ...ours, finished: 0, finished_median_hours: null }], [])).toEqual([]);
  });
});
