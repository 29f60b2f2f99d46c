import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLimiter, SlidingWindow } from '../../../pipelines/sandbox/limits.js';
import { call, start } from './harness.js';

const path = '/parcels/tracking/A1';

it('refuses what is over the limit, and slides: nothing is reset at a full minute', async () => {
  let nowMs = 59_000;
  const sandbox = await start({ limits: { getPerMinute: 2 }, clock: () => nowMs });
  expect((await call(sandbox, path)).status).toBe(200);
  nowMs = 61_000;
  expect((await call(sandbox, path)).status).toBe(200);
  expect((await call(sandbox, path)).status).toBe(429);
  nowMs = 118_999;
  expect((await call(sandbox, path)).status).toBe(429);
  nowMs = 119_000;
  expect((await call(sandbox, path)).status).toBe(200);
  expect(sandbox.stats().byStatus).toEqual({ 200: 3, 429: 2 });
});

it('sends a bare 429 unless told otherwise', async () => {
  const sandbox = await start({ limits: { getPerMinute: 0 }, clock: () => 0 });
  const reply = await call(sandbox, path);
  expect(reply.status).toBe(429);
  expect(reply.text).toBe('');
  expect(reply.headers).not.toHaveProperty('retry-after');
});

it('sends a 429 with a body and the seconds to wait when told to', async () => {
  let nowMs = 0;
  const limits = { getPerMinute: 1, retryAfter: true, body: true };
  const sandbox = await start({ limits, clock: () => nowMs });
  await call(sandbox, path);
  nowMs = 20_500;
  const reply = await call(sandbox, path);
  expect(reply.headers['retry-after']).toBe('40');
  expect(reply.json).toMatchObject({ errors: [{ status: '429', code: 'throttled' }] });
});

it('counts writes apart, by the second and by the minute', async () => {
  let nowMs = 0;
  const limits = { getPerMinute: 1, writePerMinute: 3, writePerSecond: 2 };
  const sandbox = await start({ limits, clock: () => nowMs });
  const write = async () => (await call(sandbox, '/parcels/tracking', { method: 'POST', body: {} })).status;
  expect([await write(), await write(), await write()]).toEqual([422, 422, 429]);
  nowMs = 1000;
  expect([await write(), await write()]).toEqual([422, 429]);
  expect((await call(sandbox, path)).status).toBe(200);
});

it('does not charge the account for a request that was not signed in', async () => {
  const sandbox = await start({ limits: { getPerMinute: 1 }, clock: () => 0 });
  expect((await call(sandbox, path, { authorization: null })).status).toBe(401);
  expect((await call(sandbox, path)).status).toBe(200);
});

const gaps = fc.array(fc.nat({ max: 30_000 }), { minLength: 1, maxLength: 200 });

/** Instants that are some gaps apart. */
function addUp(steps: number[]): number[] {
  let nowMs = 0;
  return steps.map((step) => {
    nowMs += step;
    return nowMs;
  });
}

function countWithin(instants: number[], end: number): number {
  return instants.filter((instant) => instant > end - 60_000 && instant <= end).length;
}

it('lets no 60 s hold more than the limit, and refuses only when they would', () => {
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 8 }), (steps, most) => {
      const limiter = createLimiter({ getPerMinute: most });
      const admitted: number[] = [];
      for (const nowMs of addUp(steps)) {
        const waitMs = limiter.admit('GET', nowMs);
        expect(waitMs === null).toBe(countWithin(admitted, nowMs) < most);
        if (waitMs === null) admitted.push(nowMs);
        else expect(countWithin(admitted, nowMs + waitMs)).toBeLessThan(most);
      }
    }),
  );
});

it('knows the fullest 60 s', () => {
  fc.assert(
    fc.property(gaps, (steps) => {
      const instants = addUp(steps);
      const window = new SlidingWindow(60_000);
      for (const instant of instants) window.add(instant);
      expect(window.largest).toBe(Math.max(...instants.map((instant) => countWithin(instants, instant))));
    }),
  );
});

it('stays right over many more arrivals than it keeps', () => {
  const window = new SlidingWindow(60_000);
  for (let nowMs = 0; nowMs < 600_000; nowMs += 10) window.add(nowMs);
  expect(window.count(599_990)).toBe(6000);
  expect(window.largest).toBe(6000);
});
