import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { ClientOptions } from '../../../pipelines/sendcloud/client.js';
import { drip, type Reaction, reply, runAll, type Seen, startServer, timeline } from './faulty-server.js';

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

const ask = ({ client }: Server, count: number, workers?: number) =>
  runAll(
    Array.from({ length: count }, (_, index) => `N${index}`),
    (number) => client.getTimeline(number),
    workers,
  );

const count = (values: string[], value: string) => values.filter((other) => other === value).length;
const gaps = (seen: Seen[]) => seen.slice(1).map(({ at }, index) => at - (seen[index]?.at ?? 0));

describe('the rate', () => {
  it('holds for everything that reaches the server, retries included', async () => {
    const server = await serve((_seen, nth) => (nth ? timeline : reply(500)), { ratePerMinute: 120 });
    expect(count(await ask(server, 150), 'timeline')).toBe(150);
    const times = server.seen.map(({ at }) => at).sort((a, b) => a - b);
    expect(times.length).toBe(300);
    for (const [index, at] of times.entries()) {
      expect((times[index + 120] ?? Number.POSITIVE_INFINITY) - at).toBeGreaterThan(60_000);
    }
  });

  it('keeps no more requests under way than there are connections', async () => {
    let open = 0;
    let most = 0;
    const server = await serve(
      () => (response, seen) => {
        open += 1;
        most = Math.max(most, open);
        setImmediate(() => {
          open -= 1;
          timeline(response, seen);
        });
      },
      { concurrency: 3, ratePerMinute: 60_000 },
    );
    await ask(server, 50, 20);
    expect(most).toBeLessThanOrEqual(3);
  });
});

describe('429', () => {
  it.each([
    ['30 seconds', { 'retry-after': '30' }],
    [
      'a date, by the clock of the server',
      { 'retry-after': 'Sun, 01 Jan 2023 00:00:30 GMT', date: 'Sun, 01 Jan 2023 00:00:00 GMT' },
    ],
  ])('pauses everything for %s', async (_name, headers: Record<string, string>) => {
    const server = await serve((_seen, nth) =>
      nth === 0 && server.seen.length === 3 ? reply(429, '', headers) : timeline,
    );
    expect(count(await ask(server, 30), 'timeline')).toBe(30);
    expect(server.seen.length).toBe(31);
    const waits = gaps(server.seen);
    expect(Math.max(...waits)).toBeGreaterThanOrEqual(30_000);
    // Those under way when it came are answered; nothing leaves after it.
    expect(waits.findIndex((wait) => wait >= 30_000)).toBeLessThan(3 + 8);
    expect(server.client.counters.rateLimited).toBe(1);
  });

  it('backs off for everything when it does not say how long', async () => {
    const server = await serve(() => (server.seen.length <= 4 ? reply(429) : timeline));
    expect(count(await ask(server, 3, 1), 'timeline')).toBe(3);
    expect(gaps(server.seen).slice(0, 4)).toEqual([250, 500, 1_000, 2_000]);
  });

  it('counts once, however many are under way when it comes', async () => {
    const held: (() => void)[] = [];
    const server = await serve((_seen, nth) =>
      nth
        ? timeline
        : (response, seen) => {
            held.push(() => reply(429)(response, seen));
            if (held.length === 8) for (const release of held) release();
          },
    );
    expect(count(await ask(server, 8), 'timeline')).toBe(8);
    expect(server.client.counters.rateLimited).toBe(8);
    const [last, next] = server.seen.slice(7, 9) as [Seen, Seen];
    expect(next.at - last.at).toBeLessThan(1_000);
  });

  it('counts at once, though its body never ends', async () => {
    const endless = drip(429, { 'retry-after': '7' });
    const server = await serve((_seen, nth) => (nth ? timeline : endless), { attemptTimeoutMs: 120_000 });
    expect(await ask(server, 1)).toEqual(['timeline']);
    expect(gaps(server.seen)).toEqual([7_000]);
    expect(server.client.counters.byStatus).toEqual({ 200: 1, 429: 1 });
  });

  it.each([
    ['beyond 15 minutes', '901', {}],
    ['beyond the end of the run', '90', { endAtMs: Date.parse('2024-05-01T00:01:00Z') }],
  ])('ends the run when the wait reaches %s', async (_name, seconds, options) => {
    const server = await serve(() => reply(429, '', { 'retry-after': seconds }), options);
    const startMs = server.clock.now();
    expect(new Set(await ask(server, 30))).toEqual(new Set(['rate_limited']));
    expect(server.seen.length).toBeLessThanOrEqual(8);
    const error = await server.client.getTimeline('A').catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'SendcloudError', exitCode: 3 });
    expect(error.retryAtMs).toBeGreaterThanOrEqual(startMs + Number(seconds) * 1000);
    expect(server.seen.length).toBeLessThanOrEqual(8);
  });

  it('ends the run when there is nothing else', async () => {
    const server = await serve(() => reply(429), { maxAttempts: 99 });
    expect(new Set(await ask(server, 20))).toEqual(new Set(['rate_limited']));
    expect(server.seen.length).toBeLessThanOrEqual(10 * 8);
  });
});

describe('an outage', () => {
  it('opens the circuit, and ends the run', async () => {
    const server = await serve(() => reply(500, 'SECRET'));
    const answers = await ask(server, 500);
    expect(count(answers, 'failed')).toBe(19);
    expect(count(answers, 'circuit_open')).toBe(481);
    expect(server.seen.length).toBeLessThanOrEqual(20 * 5 + 8 * 5);
    const error = await server.client.getTimeline('A').catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'circuit_open', exitCode: 4 });
    expect(inspect(error) + JSON.stringify(error)).not.toMatch(/SECRET|PUBLIC/);
  });

  it.each([400, 404])(
    "is a gateway's %i on every request too: no parcel is taken for rejected",
    async (status) => {
      const server = await serve(() => reply(status, '<html>SECRET</html>', { 'content-type': 'text/html' }));
      const answers = await ask(server, 100);
      expect([count(answers, 'failed'), count(answers, 'circuit_open')]).toEqual([19, 81]);
      expect(server.seen.length).toBeLessThanOrEqual(20 + 8);
    },
  );

  it('is none while some parcels get their answer', async () => {
    const server = await serve(({ path }) => (path.endsWith('0') ? timeline : reply(500)));
    const answers = await ask(server, 60, 1);
    expect([count(answers, 'timeline'), count(answers, 'failed')]).toEqual([6, 54]);
  });

  it('costs no more retries than the quota, which answers refill', async () => {
    const options = { retryQuota: { perSuccess: 0.5, reserve: 3 }, circuitAfter: 99 };
    const server = await serve(({ path }) => (/N[1-4]$/.test(path) ? timeline : reply(500)), options);
    const answers = await ask(server, 7, 1);
    expect([count(answers, 'timeline'), count(answers, 'failed')]).toEqual([4, 3]);
    // N0 takes three; the four answers earn two, for N5.
    expect(server.client.counters).toMatchObject({ requests: 7 + 3 + 2, retries: 5 });
  });
});
