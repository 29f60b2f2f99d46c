import { describe, expect, test } from 'vitest';
import type { PageContext } from '../../../reports/parts/context.js';
import { subtractCarrier } from '../../../reports/parts/others.js';
import { findAgainstMix, findLane, sureFrom } from '../../../reports/parts/standouts.js';
import type { CarrierPerformanceRow, LaneRow, Snapshot } from '../../../reports/snapshot.js';
import { rateColumns } from '../pages/fixture.js';
import { makeRandom } from '../pages/made.js';

function makeContext(snapshot: Partial<Snapshot>): PageContext {
  return {
    snapshot: { carrierPerformance: [], lanes: [], ...snapshot },
    thresholds: { withheldBelow: 10, rankedFrom: 30, adjustedSupportFrom: 0.5 },
    forCarrier: null,
  } as unknown as PageContext;
}

function draw(random: () => number, n: number, rate: number): number {
  let x = 0;
  for (let index = 0; index < n; index += 1) x += random() < rate ? 1 : 0;
  return x;
}

/** Lanes on which every carrier is equally good, but for the ones named in `rates`. */
function makeLanes(seed: number, rates: Record<string, number> = {}): Partial<Snapshot> {
  const random = makeRandom(seed);
  const lanes = Array.from({ length: 60 }, (_, lane) => {
    const place = { period: 'current', from_country: 'NL', to_country: `L${lane}`, delivery_type: 'home' };
    const counts = ['a', 'b', 'c', 'd'].map((code) => {
      const n = 40 + Math.floor(random() * 200);
      return { code, n, x: draw(random, n, rates[`${code} ${lane}`] ?? 0.9) };
    });
    const all = {
      code: '*',
      n: counts.reduce((sum, { n }) => sum + n, 0),
      x: counts.reduce((sum, { x }) => sum + x, 0),
    };
    return [...counts, all].map(({ code, n, x }) => ({
      ...place,
      carrier_code: code,
      scanned: n,
      ...rateColumns('on_time_rate', x / n, n),
    }));
  }).flat() as unknown as LaneRow[];
  return {
    lanes,
    carrierPerformance: [{ period: 'current', due: 1, carrier_code: '*' } as CarrierPerformanceRow],
  };
}

describe('where to look first', () => {
  test('noise alone names a lane in fewer than one report of twenty', () => {
    const named = Array.from({ length: 60 }, (_, seed) => findLane(makeContext(makeLanes(seed)))).filter(
      Boolean,
    );
    expect(named.length).toBeLessThanOrEqual(3);
  });

  test('a carrier that is truly worse on a lane is found', () => {
    const found = findLane(makeContext(makeLanes(3, { 'c 17': 0.6 })));
    expect(found?.lane).toMatchObject({ carrier_code: 'c', to_country: 'L17' });
    expect(found?.parcels).toBeGreaterThan(5);
  });

  test('a carrier that is alone on its lane is not compared with itself', () => {
    const snapshot = makeLanes(3, { 'c 17': 0.6 });
    const lanes = (snapshot.lanes ?? []).filter(
      (row) => row.to_country !== 'L17' || row.carrier_code === 'c' || row.carrier_code === '*',
    );
    const own = lanes.find((row) => row.to_country === 'L17' && row.carrier_code === 'c');
    const alone = lanes.map((row) =>
      row.to_country === 'L17' && own ? { ...own, carrier_code: row.carrier_code } : row,
    );
    expect(findLane(makeContext({ ...snapshot, lanes: alone }))?.lane.to_country).not.toBe('L17');
  });

  test('the mix is judged by enough other parcels only', () => {
    const row = (code: string, x: number, n: number, expected: number | null) =>
      ({
        period: 'current',
        carrier_code: code,
        ...rateColumns('on_time_rate', x / n, n),
        on_time_rate_expected: expected,
        on_time_rate_adj_support: 0.99,
      }) as unknown as CarrierPerformanceRow;
    const few = [row('a', 571, 597, 1), row('b', 5, 5, 0.95), row('*', 576, 602, null)];
    expect(findAgainstMix(makeContext({ carrierPerformance: few }))).toBeNull();
    const many = [row('a', 480, 600, 0.95), row('b', 570, 600, 0.8), row('*', 1050, 1200, null)];
    expect(findAgainstMix(makeContext({ carrierPerformance: many }))).toMatchObject({
      row: { carrier_code: 'a' },
    });
    expect(findAgainstMix(makeContext({ carrierPerformance: many }))?.parcels).toBeCloseTo(90, 6);
  });

  test('more looks ask for more', () => {
    expect(sureFrom(1)).toBeCloseTo(2.4477, 3);
    expect(sureFrom(2000)).toBeGreaterThan(sureFrom(20));
  });
});

describe('all carriers less one', () => {
  test('takes counts and rates apart, and percentiles not at all', () => {
    const all = {
      period: 'current',
      carrier_code: '*',
      labelled: 300,
      scanned: 200,
      due: 100,
      open_now: 9,
      stalled_now: null,
      transit_n: 200,
      transit_p50_hours: 30,
      on_time_rate_expected: 0.5,
      ...rateColumns('on_time_rate', 0.8, 100),
    } as unknown as CarrierPerformanceRow;
    const own = {
      ...all,
      carrier_code: 'a',
      labelled: 100,
      scanned: 50,
      due: 40,
      open_now: 4,
      ...rateColumns('on_time_rate', 0.5, 40),
    };
    expect(subtractCarrier(all, own as CarrierPerformanceRow)).toMatchObject({
      labelled: 200,
      scanned: 150,
      due: 60,
      open_now: 5,
      stalled_now: null,
      transit_n: null,
      transit_p50_hours: null,
      on_time_rate_expected: null,
      on_time_rate: 1,
      on_time_rate_hi: 1,
      on_time_rate_n: 60,
    });
  });
});
