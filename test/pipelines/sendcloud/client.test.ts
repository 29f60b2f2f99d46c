import { createHmac } from 'node:crypto';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { type ClientOptions, createClient } from '../../../pipelines/sendcloud/client.js';
import { exampleWith } from './example.js';
import {
  FAULTS,
  KEYS,
  type Reaction,
  reply,
  runAll,
  type Seen,
  startServer,
  timeline,
} from './faulty-server.js';

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

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `N${index}`);
const base = { baseUrl: 'https://example.com', auth: 'basic', ...KEYS } as const;

/** Everything that a log or a crash report could show of a value. */
function expose(value: unknown): string {
  const error = value instanceof Error ? `${value.stack}${String(value.cause)}` : '';
  return `${JSON.stringify(value)}${inspect(value, { depth: 9, showHidden: true })}${error}`;
}

describe('getTimeline', () => {
  it('asks once, signed in, and hands on the allow-list', async () => {
    const { client, seen, clock } = await serve(() => timeline);
    expect(await client.getTimeline('A/1 ?é')).toMatchObject({
      kind: 'timeline',
      timeline: { trackingNumbers: [{ trackingNumber: 'A/1 ?é' }], sourceId: null },
      receivedAtMs: clock.now(),
    });
    const [{ path, headers }] = seen as [Seen];
    expect(path).toBe('/api/v3/parcels/tracking/A%2F1%20%3F%C3%A9');
    expect(headers.authorization).toBe(`Basic ${Buffer.from('PUBLIC-KEY:SECRET-KEY').toString('base64')}`);
    expect(headers).toMatchObject({ accept: 'application/json', 'user-agent': 'parcelmetrics' });
    expect(client.counters).toEqual({ requests: 1, retries: 0, rateLimited: 0, byStatus: { 200: 1 } });
  });

  it('reads compressed bodies, and the source only if asked to', async () => {
    const body = gzipSync(JSON.stringify(exampleWith()));
    const { client } = await serve(() => reply(200, body, { 'content-encoding': 'gzip' }), {
      keepSourceId: true,
    });
    expect(await client.getTimeline('A')).toMatchObject({ kind: 'timeline', timeline: { sourceId: '123' } });
  });

  it.each(Object.entries(FAULTS))('recovers from %s', async (_name, { reason, react }) => {
    const outcomes: string[] = [];
    const { client, seen } = await serve((_seen, nth) => (nth < 2 ? react : timeline), {
      onRequest: ({ outcome }) => outcomes.push(outcome),
      attemptTimeoutMs: reason === 'timeout_attempt' ? 300 : 5_000,
    });
    expect((await client.getTimeline('A1')).kind).toBe('timeline');
    expect(outcomes).toEqual([reason, reason, 'http_200']);
    expect(seen.length).toBe(3);
    expect(client.counters).toMatchObject({ requests: 3, retries: 2 });
    expect(expose(client) + expose(client.counters)).not.toContain('SECRET');
  });

  it('gives a parcel up after its attempts, with growing pauses, and says why', async () => {
    const { client, seen } = await serve(() => reply(503, 'SECRET'));
    expect(await client.getTimeline('A')).toEqual({ kind: 'failed', reason: 'http_503' });
    const times = seen.map(({ at }) => at);
    expect(times.length).toBe(5);
    expect(times.slice(1).map((at, index) => at - (times[index] ?? 0))).toEqual([250, 500, 1_000, 2_000]);
  });

  it('waits longer for the parcel whose 503 asks for it, within a minute', async () => {
    const { client, seen } = await serve((_seen, nth) =>
      nth ? timeline : reply(503, '', { 'retry-after': '3000' }),
    );
    await client.getTimeline('A');
    expect((seen[1]?.at ?? 0) - (seen[0]?.at ?? 0)).toBe(60_000);
  });

  it('loses no parcel and wastes no request when a third of the answers are faults', async () => {
    const kinds = Object.values(FAULTS).filter(({ reason }) => !reason.startsWith('timeout'));
    let faults = 0;
    const { client, seen } = await serve((_seen, nth) => {
      if (nth > 2 || (seen.length * 7919) % 10 > 3) return timeline;
      faults += 1;
      const with429 = [...kinds, { react: reply(429) }, { react: reply(429, '', { 'retry-after': '2' }) }];
      return with429[faults % with429.length]?.react ?? timeline;
    });
    const answers = await runAll(numbers(200), (number) => client.getTimeline(number));
    expect(new Set(answers)).toEqual(new Set(['timeline']));
    expect(faults).toBeGreaterThan(60);
    // A socket that a fault ended can take the next request before its end is noticed: that one is asked again, and nobody can know better.
    // On a busy machine that is noticed later.
    expect(seen.length - 200 - faults).toBeGreaterThanOrEqual(0);
    expect(seen.length - 200 - faults).toBeLessThanOrEqual(12);
  });

  it('follows no redirect', async () => {
    const { client, seen } = await serve(() => reply(302, '', { location: '/elsewhere' }));
    expect(await client.getTimeline('A')).toEqual({ kind: 'failed', reason: 'redirect' });
    expect(seen.length).toBe(1);
  });

  it('tells 404, 422 and other refusals apart, and keeps names of the schema only', async () => {
    const detail = [
      { loc: ['path', 'tracking_number', 0, 'J. Doe'], msg: 'J. Doe', type: 'string_too_long' },
      { loc: 'body', msg: 'x', type: 'J. Doe' },
    ];
    const answers: Record<string, Reaction> = {
      unknown: reply(404, { detail: 'Parcel does not exist' }),
      invalid: reply(422, { detail }),
      gone: reply(410, { errors: [{ status: '410', code: 'gone', detail: 'J. Doe' }] }),
      bad: reply(400, '<html>'),
      away: reply(404, '<html>'),
      silent: reply(404),
    };
    const { client } = await serve(({ path }) => answers[path.split('/').at(-1) ?? ''] ?? timeline);
    expect(await client.getTimeline('unknown')).toEqual({ kind: 'not_found' });
    expect(await client.getTimeline('invalid')).toEqual({
      kind: 'rejected',
      status: 422,
      reasons: [
        { loc: 'path.tracking_number.0.?', type: 'string_too_long' },
        { loc: '', type: 'unknown' },
      ],
    });
    expect(await client.getTimeline('gone')).toEqual({
      kind: 'rejected',
      status: 410,
      reasons: [{ loc: '', type: 'gone' }],
    });
    // A gateway's page says nothing of the parcel.
    expect(await client.getTimeline('bad')).toEqual({ kind: 'failed', reason: 'http_400' });
    expect(await client.getTimeline('away')).toEqual({ kind: 'failed', reason: 'http_404' });
    expect(await client.getTimeline('silent')).toEqual({ kind: 'not_found' });
    expect(client.counters.requests).toBe(6);
  });

  it('refuses a body of another shape by path and types, with a keyed hash and no content', async () => {
    const body = JSON.stringify(exampleWith({ tracking_numbers: { SECRET: 1 } }));
    const { client, seen } = await serve(() => reply(200, body));
    const answer = await client.getTimeline('A');
    if (answer.kind !== 'refused') throw new Error(answer.kind);
    expect(answer.refusal).toEqual({ path: '$.tracking_numbers', expected: 'array', found: 'object' });
    expect(answer.byteCount).toBe(body.length);
    const key = Buffer.from('key');
    expect(answer.digest(key)).toBe(createHmac('sha256', key).update(body).digest('hex'));
    expect(expose(answer)).not.toContain('SECRET');
    expect(seen.length).toBe(1);
  });

  it('asks once more when JSON is nothing like a timeline', async () => {
    const { client } = await serve(({ path }, nth) =>
      nth || path.endsWith('B') ? reply(200, '[]') : reply(200, { status: 'ok' }),
    );
    expect(await client.getTimeline('A')).toMatchObject({
      kind: 'refused',
      refusal: { path: '$', found: 'array' },
    });
    expect(client.counters.requests).toBe(2);
  });

  it('asks for dots as characters, and not at all for what is no tracking number', async () => {
    const { client, seen } = await serve(() => timeline);
    await client.getTimeline('..');
    expect(seen[0]?.path).toBe('/api/v3/parcels/tracking/%2E%2E');
    for (const number of ['', 'x'.repeat(256), 'a\u0000', '\ud800']) {
      expect(await client.getTimeline(number)).toEqual({ kind: 'failed', reason: 'invalid_tracking_number' });
    }
    expect(seen.length).toBe(1);
  });

  it('stops when the caller does, in mid-request or in the queue', async () => {
    const { client } = await serve(() => () => {}, { headersTimeoutMs: 60_000, attemptTimeoutMs: 60_000 });
    const controller = new AbortController();
    const asked = numbers(12).map((number) => client.getTimeline(number, controller.signal));
    setImmediate(() => controller.abort(new Error('Ctrl-C')));
    for (const result of await Promise.allSettled(asked)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { message: 'Ctrl-C' } });
    }
  });

  it('leaves no socket open', async () => {
    const { client, countSockets } = await serve(({ path }) => (path.endsWith('0') ? () => {} : timeline));
    const asked = numbers(11).map((number) => client.getTimeline(number).catch(({ code }) => code));
    await Promise.all(asked.filter((_, index) => index % 10));
    expect(await countSockets()).toBeGreaterThan(0);
    await client.close();
    expect(await asked[0]).toBe('closed');
    while ((await countSockets()) > 0) await new Promise((resolve) => setImmediate(resolve));
    await expect(client.getTimeline('A')).rejects.toMatchObject({ name: 'SendcloudError', code: 'closed' });
  });
});

describe('checkSignIn', () => {
  it('is satisfied with the 404 of a number that nobody has', async () => {
    const { client, seen } = await serve(() => reply(404, {}, { date: 'Wed, 01 May 2024 00:00:07 GMT' }));
    expect(await client.checkSignIn()).toEqual({
      ok: true,
      serverDateMs: Date.parse('2024-05-01T00:00:07Z'),
    });
    expect(seen.length).toBe(1);
  });

  it('is not with a 503, and asks once', async () => {
    const { client, seen } = await serve(() => reply(503));
    expect(await client.checkSignIn()).toMatchObject({ ok: false });
    expect(seen.length).toBe(1);
  });
});

describe('createClient', () => {
  it.each([
    ['http://example.com', 'insecure_base_url'],
    ['http://localhost.example.com', 'insecure_base_url'],
    ['ftp://localhost', 'insecure_base_url'],
    ['https://user:SECRET@example.com', 'invalid_option'],
    ['nonsense', 'invalid_option'],
    ['http://localhost:1', 'none'],
    ['http://[::1]:1/', 'none'],
    ['https://example.com/api/v3', 'none'],
  ])('of %s: %s', (baseUrl, expected) => {
    const create = () => createClient({ ...base, baseUrl });
    if (expected === 'none') return void create();
    expect(create).toThrow(expect.objectContaining({ code: expected, exitCode: 2 }));
    expect(create).toThrow(expect.not.objectContaining({ message: expect.stringContaining('SECRET') }));
  });

  it.each([{ concurrency: 0 }, { ratePerMinute: 1.5 }, { secretKey: '' }, { publicKey: 'a:b' }])(
    'refuses %j',
    (options) => {
      expect(() => createClient({ ...base, ...options })).toThrow(
        expect.objectContaining({ code: 'invalid_option' }),
      );
    },
  );

  it('tells at once that a host cannot be had or trusted', async () => {
    const clear = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    await new Promise<void>((resolve) => clear.listen(0, '127.0.0.1', resolve));
    const address = clear.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const client = createClient({ ...base, baseUrl: `https://127.0.0.1:${port}`, sleep: async () => {} });
    const error = await client.getTimeline('A').catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'tls', exitCode: 4 });
    expect(expose(error)).not.toContain(Buffer.from('PUBLIC-KEY:SECRET-KEY').toString('base64'));
    expect(client.counters.requests).toBe(1);
    clear.close();

    const nobody = createClient({ ...base, baseUrl: `http://127.0.0.1:${port}`, sleep: async () => {} });
    await expect(nobody.getTimeline('A')).rejects.toMatchObject({ code: 'unreachable', exitCode: 4 });
    expect(nobody.counters.byStatus).toEqual({ refused_connection: 5 });
  });
});
