import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLimiter, type Lane } from '../../../pipelines/sendcloud/limiter.js';
import { createVirtualClock } from './virtual-clock.js';

interface Departure {
  at: number;
  lane: Lane;
  arrival: number;
}

/** The most instants that any window of that length holds, its two ends included. */
function countMost(instants: number[], windowMs: number): number {
  const sorted = [...instants].sort((a, b) => a - b);
  let most = 0;
  let first = 0;
  for (const [last, instant] of sorted.entries()) {
    while (instant - (sorted[first] ?? 0) > windowMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

const START = 1_700_000_000_000;

async function simulate(options: {
  perMinute: number;
  writes?: { perMinute: number; perSecond?: number };
  arrivals: { at: number; lane: Lane }[];
  pauses?: { at: number; forMs: number }[];
  lateness?: () => number;
}): Promise<Departure[]> {
  const clock = createVirtualClock(START, options.lateness);
  const { now, sleep } = clock;
  const limiter = createLimiter({ perMinute: options.perMinute, writes: options.writes, now, sleep });
  const departures: Departure[] = [];
  for (const [arrival, { at, lane }] of [...options.arrivals].sort((a, b) => a.at - b.at).entries()) {
    clock.at(START + at, () => {
      void limiter.acquire(undefined, lane).then(() => departures.push({ at: now() - START, lane, arrival }));
    });
  }
  for (const { at, forMs } of options.pauses ?? []) {
    clock.at(START + at, () => limiter.pauseUntil(now() + forMs));
  }
  await clock.run();
  return departures;
}

describe('createLimiter', () => {
  it('keeps every window, pause and turn, however requests arrive and travel', async () => {
    const lane = fc.constantFrom<Lane>('read', 'read', 'write');
    const arrivals = fc
      .array(fc.record({ at: fc.nat(200_000), lane, burst: fc.nat(20) }), { maxLength: 20 })
      .map((items) =>
        items.flatMap(({ at, lane, burst }) => Array.from({ length: burst }, () => ({ at, lane }))),
      );
    const pauses = fc.array(fc.record({ at: fc.nat(200_000), forMs: fc.nat(90_000) }), { maxLength: 3 });
    const scenario = fc.record({
      perMinute: fc.integer({ min: 1, max: 150 }),
      writes: fc.record({
        perMinute: fc.integer({ min: 1, max: 40 }),
        perSecond: fc.integer({ min: 1, max: 3 }),
      }),
      arrivals,
      pauses,
      lags: fc.infiniteStream(fc.nat(120)),
      travels: fc.infiniteStream(fc.nat(1_000)),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ lags, travels, ...options }) => {
        const departures = await simulate({ ...options, lateness: () => lags.next().value ?? 0 });
        expect(departures.length).toBe(options.arrivals.length);
        const arriveAt = ({ at }: Departure) => at + (travels.next().value ?? 0);
        const writes = departures.filter((departure) => departure.lane === 'write');
        expect(countMost(departures.map(arriveAt), 59_999)).toBeLessThanOrEqual(options.perMinute);
        expect(countMost(writes.map(arriveAt), 59_999)).toBeLessThanOrEqual(options.writes.perMinute);
        expect(countMost(writes.map(arriveAt), 999)).toBeLessThanOrEqual(options.writes.perSecond);
        for (const { at } of departures) {
          const isPaused = options.pauses.some((pause) => at > pause.at && at < pause.at + pause.forMs);
          expect(isPaused).toBe(false);
        }
        for (const kind of ['read', 'write']) {
          const order = departures.filter(({ lane }) => lane === kind).map(({ arrival }) => arrival);
          expect(order).toEqual([...order].sort((a, b) => a - b));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('uses the rate: spaced evenly, and catching up with late timers', async () => {
    const arrivals = Array.from({ length: 1_800 }, () => ({ at: 0, lane: 'read' as const }));
    const departures = await simulate({ perMinute: 600, arrivals, lateness: () => 12 });
    const instants = departures.map(({ at }) => at);
    expect(countMost(instants, 60_000)).toBeGreaterThan(585);
    expect(countMost(instants, 60_000)).toBeLessThanOrEqual(600);
    expect(countMost(instants, 1_000)).toBeLessThanOrEqual(11);
    expect(instants.at(-1)).toBeLessThan(3 * 61_500);
  });

  it('starts empty, so that two runs in a row keep the rate as one', async () => {
    const arrivals = Array.from({ length: 50 }, () => ({ at: 0, lane: 'read' as const }));
    const one = await simulate({ perMinute: 100, arrivals });
    const end = one.at(-1)?.at ?? 0;
    const both = [...one, ...one].map(({ at }, index) => (index < one.length ? at : end + at + 1));
    expect(countMost(both, 60_000)).toBeLessThanOrEqual(100);
  });

  it('lets reads pass writes that must wait, and writes have their turn', async () => {
    const arrivals = Array.from({ length: 40 }, (_, index) => ({
      at: index,
      lane: index % 2 ? ('write' as const) : ('read' as const),
    }));
    const departures = await simulate({ perMinute: 6_000, writes: { perMinute: 60 }, arrivals });
    const lastRead = departures.filter(({ lane }) => lane === 'read').at(-1);
    expect(lastRead?.at).toBeLessThan(1_000);
    expect(departures.at(-1)?.at).toBeGreaterThan(19_000);
    const fair = await simulate({ perMinute: 60, writes: { perMinute: 60 }, arrivals });
    expect(fair.map(({ arrival }) => arrival)).toEqual(arrivals.map((_, index) => index));
  });

  it('lets a waiter leave the queue, and the others move up', async () => {
    const { now, sleep, run } = createVirtualClock();
    const limiter = createLimiter({ perMinute: 60, now, sleep });
    const controller = new AbortController();
    const times: number[] = [];
    const note = () => times.push(now());
    const first = limiter.acquire().then(note);
    const second = limiter.acquire(controller.signal).then(note);
    const third = limiter.acquire().then(note);
    controller.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    await expect(limiter.acquire(controller.signal)).rejects.toThrow('enough');
    await run();
    await Promise.all([first, third]);
    expect(times).toEqual([0, 1017]);
  });

  it('takes the latest of several pauses', async () => {
    const { now, sleep, run } = createVirtualClock(5_000);
    const limiter = createLimiter({ perMinute: 600, now, sleep });
    expect(limiter.pausedUntil).toBeNull();
    limiter.pauseUntil(9_000);
    limiter.pauseUntil(7_000);
    expect(limiter.pausedUntil).toBe(9_000);
    const departure = limiter.acquire().then(now);
    await run();
    expect(await departure).toBe(9_000);
    expect(limiter.pausedUntil).toBeNull();
  });

  it.each([0, -1, 1.5, Number.NaN])('has no rate of %d', (perMinute) => {
    expect(() => createLimiter({ perMinute })).toThrow(RangeError);
  });
});
