import { describe, expect, it } from 'vitest';
import { simulateParcels } from '../../../pipelines/sandbox/simulate.js';
import { listObjects } from '../../../pipelines/sandbox/source.js';
import { at, call, start } from './harness.js';
import { dayMs, end, hourMs, parcels, share, source } from './world.js';

describe('the same seed', () => {
  it('gives the same parcels, whichever is asked for first and alone', () => {
    const fresh = simulateParcels({ seed: 7, count: 20_000, now: end });
    for (const parcel of [parcels[19_999], parcels[3], parcels[11_000]]) {
      expect(fresh.find(parcel?.number ?? '', end)).toEqual(parcel?.body);
    }
  });

  it('does not depend on how much of the world has been looked at before', () => {
    const [first, second] = [1, 2].map(() => simulateParcels({ seed: 3, count: 500, now: end }));
    const numbers = [...(first?.list(end) ?? [])].map(({ trackingNumber }) => trackingNumber);
    const forwards = numbers.map((number) => first?.find(number, end));
    const backwards = numbers.toReversed().map((number) => second?.find(number, end));
    expect(backwards.reverse()).toEqual(forwards);
  });

  it('is another world than another seed', () => {
    const other = simulateParcels({ seed: 8, count: 20_000, now: end });
    expect(share(parcels.slice(0, 2000), ({ number }) => other.find(number, end) !== null)).toBeLessThan(
      0.01,
    );
  });
});

it('makes any of a hundred million parcels alone', () => {
  const source = simulateParcels({ seed: 1, count: 100_000_000, now: end });
  const [first] = source.list(end);
  expect(source.find(first?.trackingNumber ?? '', end)).toMatchObject({ source_id: 'order-100000' });
});

it.each(['', 'A1', '3SPMD000000010000', '3SPMD99999999', '00000001'])(
  'rejects the foreign number "%s"',
  (number) => {
    expect(source.find(number, end)).toBeNull();
  },
);

it('rejects its own numbers with a digit changed', () => {
  const changed = parcels.slice(0, 500).map(({ number }) => {
    const digit = (Number(number.slice(-6, -5)) + 1) % 10;
    return number.slice(0, -6) + digit + number.slice(-5);
  });
  expect(changed.filter((number) => source.find(number, end) !== null)).toEqual([]);
});

it.each([{ count: 0 }, { count: 1.5 }, { count: 2e8 }, { count: 10, days: 0 }])(
  'refuses the options %j',
  (options) => {
    expect(() => simulateParcels({ seed: 1, now: end, ...options })).toThrow(RangeError);
  },
);

it('lists as many parcels as asked for, all announced in the days before', () => {
  expect(parcels).toHaveLength(20_000);
  expect(new Set(parcels.map(({ number }) => number)).size).toBe(20_000);
  const times = parcels.map(({ announcedAt }) => announcedAt);
  expect(Math.max(...times)).toBeLessThan(Date.parse('2026-11-24T00:00:00Z'));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(Date.parse('2026-11-24T00:00:00Z') - 200 * dayMs);
});

it('lists at an earlier time what was announced by then, and finds only that', () => {
  const earlier = new Date('2026-08-19T10:30:00Z');
  const listed = new Set([...source.list(earlier)].map(({ trackingNumber }) => trackingNumber));
  for (const { number, announcedAt } of parcels) {
    const isAnnounced = announcedAt <= earlier.getTime();
    expect(listed.has(number)).toBe(isAnnounced);
    expect(source.find(number, earlier) !== null).toBe(isAnnounced);
  }
});

it('shows a growing timeline: at each time the events up to then, and no other', () => {
  for (const { number, announcedAt, body } of parcels.slice(5000, 5300)) {
    const whole = listObjects(at(body, 'events'));
    let before = 0;
    for (let now = announcedAt; now < announcedAt + 12 * dayMs; now += 17 * hourMs) {
      const shown = listObjects(at(source.find(number, new Date(now)), 'events'));
      expect(shown.every((event) => Date.parse(String(event.event_at)) <= now)).toBe(true);
      expect(
        shown.every((event) =>
          whole.some((other) => Object.is(JSON.stringify(other), JSON.stringify(event))),
        ),
      ).toBe(true);
      expect(shown.length).toBeGreaterThanOrEqual(before);
      before = shown.length;
    }
  }
});

it('is served over HTTP as it is', async () => {
  const sandbox = await start({ source, now: end });
  const parcel = parcels[10];
  const path = `/parcels/tracking/${parcel?.number}`;
  expect((await call(sandbox, path)).json).toEqual(JSON.parse(JSON.stringify(parcel?.body)));
  sandbox.setNow(new Date((parcel?.announcedAt ?? 0) - 1));
  expect((await call(sandbox, path)).status).toBe(404);
});
