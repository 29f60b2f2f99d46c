import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { ClientOptions } from '../../../pipelines/sendcloud/client.js';
import { type Reaction, reply, runAll, startServer, timeline } from './faulty-server.js';

type Server = Awaited<ReturnType<typeof startServer>>;
const running: Server[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

/** @param token the reaction to the nth token request; @param accepts whether a request with that header is let in. */
async function serve(
  token: (nth: number) => Reaction,
  accepts: (authorization: string, nth: number) => boolean,
  options: Partial<ClientOptions> = { auth: 'oauth2' },
) {
  const server = await startServer(({ path, headers }, nth) => {
    if (path === '/oauth2/token/') return token(nth);
    return accepts(headers.authorization ?? '', nth)
      ? timeline
      : reply(401, { errors: [{ detail: 'TOKEN-0' }] });
  }, options);
  running.push(server);
  return server;
}

const issue = (nth: number, seconds: unknown = 3600) =>
  reply(200, { access_token: `TOKEN-${nth}`, token_type: 'Bearer', expires_in: seconds });
const askAll = ({ client }: Server, from: number, to: number) =>
  runAll(
    Array.from({ length: to - from }, (_, index) => `N${from + index}`),
    (number) => client.getTimeline(number),
  );
const tokens = ({ seen }: Server) => seen.filter(({ path }) => path === '/oauth2/token/');
const basic = `Basic ${Buffer.from('PUBLIC-KEY:SECRET-KEY').toString('base64')}`;

describe('oauth2', () => {
  it('fetches one token for all, with client credentials, within the rate', async () => {
    const server = await serve(issue, (header) => header === 'Bearer TOKEN-0');
    expect(new Set(await askAll(server, 0, 20))).toEqual(new Set(['timeline']));
    expect(tokens(server)).toMatchObject([
      {
        method: 'POST',
        body: 'grant_type=client_credentials&scope=api',
        headers: { authorization: basic, 'content-type': 'application/x-www-form-urlencoded' },
      },
    ]);
    expect(server.seen.length).toBe(21);
    const times = server.seen.map(({ at }) => at);
    expect((times[20] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(1_980);
  });

  it('renews the token before it expires', async () => {
    const server = await serve(
      (nth) => issue(nth, 600),
      () => true,
    );
    await askAll(server, 0, 1);
    await server.clock.sleep(538_000);
    await askAll(server, 1, 2);
    expect(tokens(server).length).toBe(1);
    await server.clock.sleep(2_000);
    await askAll(server, 2, 9);
    expect(tokens(server).length).toBe(2);
    expect(server.client.counters.byStatus).toEqual({ 200: 11 });
  });

  it('takes an hour for the life of a token that does not state it', async () => {
    const server = await serve(
      (nth) => issue(nth, 'soon'),
      () => true,
    );
    await askAll(server, 0, 1);
    await server.clock.sleep(3_500_000);
    await askAll(server, 1, 2);
    expect(tokens(server).length).toBe(1);
  });

  it('renews it once for all after a 401', async () => {
    let isRevoked = false;
    const server = await serve(
      issue,
      (header) => header === (isRevoked ? 'Bearer TOKEN-1' : 'Bearer TOKEN-0'),
    );
    await askAll(server, 0, 1);
    isRevoked = true;
    expect(new Set(await askAll(server, 1, 30))).toEqual(new Set(['timeline']));
    expect(tokens(server).length).toBe(2);
  });

  it('stops when the new token is not accepted either', async () => {
    const server = await serve(issue, () => false, { auth: 'oauth2', concurrency: 1 });
    expect(new Set(await askAll(server, 0, 5))).toEqual(new Set(['unauthorized']));
    expect(tokens(server).length).toBe(2);
    expect(server.seen.length).toBe(4);
  });

  it('gets a token from an endpoint that fails now and then', async () => {
    const faults = [reply(500), reply(429, '', { 'retry-after': '5' }), reply(200, '<html>')];
    const server = await serve(
      (nth) => faults[nth] ?? issue(nth),
      () => true,
    );
    expect(await askAll(server, 0, 1)).toEqual(['timeline']);
    expect(tokens(server).length).toBe(4);
  });

  it.each([
    ['400', reply(400, { error: 'invalid_client' }), 'unauthorized', 1],
    ['401', reply(401, { error: 'invalid_client' }), 'unauthorized', 1],
    ['403', reply(403), 'forbidden', 1],
    ['404', reply(404), 'sign_in_failed', 1],
    ['a redirect', reply(302, '', { location: '/' }), 'unreachable', 1],
    ['a lasting 503', reply(503), 'unreachable', 5],
    ['no token', reply(200, {}), 'sign_in_failed', 1],
    ['no object', reply(200, 'null'), 'sign_in_failed', 1],
    ['a token with a line break', reply(200, { access_token: 'a\r\nx-header: b' }), 'sign_in_failed', 1],
  ])('ends the run after %s', async (_name, answer, code, count) => {
    const server = await serve(
      () => answer,
      () => true,
    );
    expect(new Set(await askAll(server, 0, 9))).toEqual(new Set([code]));
    expect(server.seen.length).toBe(count);
    await expect(server.client.getTimeline('A')).rejects.toMatchObject({ code, exitCode: 4 });
    expect(server.seen.length).toBe(count);
  });
});

describe('basic', () => {
  it.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
  ])('stops at a %d: %s', async (status, code) => {
    const server = await startServer(() => reply(status, { errors: [{ detail: basic }] }));
    running.push(server);
    expect(new Set(await askAll(server, 0, 30))).toEqual(new Set([code]));
    expect(server.seen.length).toBeLessThanOrEqual(8);
    await expect(server.client.checkSignIn()).rejects.toMatchObject({ code, exitCode: 4 });
  });
});

describe('secrets', () => {
  it('show in no error, counter or client', async () => {
    const shown: unknown[] = [];
    for (const options of [{ auth: 'oauth2' as const }, {}]) {
      for (const status of [401, 403, 429, 500, 302]) {
        const server = await startServer(
          ({ path }, nth) => (/token/.test(path) ? issue(nth) : reply(status, basic)),
          {
            ...options,
            circuitAfter: 1,
            onRequest: (event) => shown.push(event),
          },
        );
        running.push(server);
        shown.push(await server.client.getTimeline('A').catch((error) => error));
        shown.push(server.client, server.client.counters);
      }
    }
    expect(shown.length).toBeGreaterThan(40);
    const text = shown
      .map((value) => inspect(value, { depth: 9, showHidden: true }) + JSON.stringify(value))
      .join();
    for (const secret of ['SECRET-KEY', 'PUBLIC-KEY', 'TOKEN-', basic.slice(6)])
      expect(text).not.toContain(secret);
  });
});
