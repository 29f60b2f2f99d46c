import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type Client, type ClientOptions, createClient } from '../../../pipelines/sendcloud/client.js';
import { exampleWith } from './example.js';

export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
  /** On the client's clock. */
  at: number;
}

export type Reaction = (response: ServerResponse, seen: Seen) => void;

/** Answers with a status, a body and headers. */
export function reply(status: number, body: unknown = '', headers: Record<string, string> = {}): Reaction {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return (response) => response.writeHead(status, headers).end(text);
}

/** Sends a byte now and then, and never ends. */
export function drip(status: number, headers: Record<string, string> = {}): Reaction {
  return (response) => {
    response.writeHead(status, headers);
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  };
}

/** The timeline of the parcel that was asked for. */
export const timeline: Reaction = (response, { path }) => {
  const trackingNumber = decodeURIComponent(path.split('/').at(-1) ?? '');
  reply(200, exampleWith({ 'tracking_numbers.0.tracking_number': trackingNumber }))(response, {} as Seen);
};

/** What servers, gateways and networks do instead of answering, by the outcome that the client should name. */
export const FAULTS: Record<string, { reason: string; react: Reaction }> = {
  '500': {
    reason: 'http_500',
    react: reply(500, { errors: [{ status: '500', code: 'error', detail: 'SECRET' }] }),
  },
  'HTML 502': {
    reason: 'http_502',
    react: reply(502, '<html>SECRET</html>', { 'content-type': 'text/html' }),
  },
  'HTML 200': {
    reason: 'not_json',
    react: reply(200, '<html>SECRET</html>', { 'content-type': 'text/html' }),
  },
  '408': { reason: 'http_408', react: reply(408) },
  '206': { reason: 'http_206', react: reply(206, '{"SECRET":') },
  reset: { reason: 'connection_reset', react: (response) => response.socket?.resetAndDestroy() },
  'closed connection': { reason: 'connection_reset', react: (response) => response.socket?.destroy() },
  'body that ends early': {
    reason: 'truncated',
    react: (response) => {
      response.writeHead(200, { 'content-length': '900' });
      response.write('{"SECRET"', () => response.socket?.destroy());
    },
  },
  'chunked body that ends early': {
    reason: 'truncated',
    react: (response) => {
      response.writeHead(200);
      response.write('{"SECRET"', () => response.socket?.destroy());
    },
  },
  'body that stays short of its length': {
    reason: 'timeout_body',
    react: (response) => response.writeHead(200, { 'content-length': '900' }).write('{"SECRET"'),
  },
  'text that is not JSON': { reason: 'not_json', react: reply(200, '{"SECRET": nonsense') },
  'no HTTP': { reason: 'bad_http', react: (response) => response.socket?.end('\u0001\u0002SECRET\r\n\r\n') },
  'empty body': { reason: 'empty', react: reply(200) },
  'no answer': { reason: 'timeout_headers', react: () => {} },
  'dripping body': { reason: 'timeout_attempt', react: drip(200) },
  'endless body': {
    reason: 'too_large',
    react: (response) => {
      const flood = () => response.write(Buffer.alloc(500_000, 0x20)) || response.once('drain', flood);
      response.writeHead(200);
      const timer = setInterval(flood, 1);
      response.on('close', () => clearInterval(timer));
    },
  },
  'gzip bomb': {
    reason: 'too_large',
    react: reply(200, gzipSync(Buffer.alloc(6_000_000, 0x20)), { 'content-encoding': 'gzip' }),
  },
  'large body': { reason: 'too_large', react: reply(200, Buffer.alloc(6_000_000, 0x20)) },
  'torn gzip': {
    reason: 'truncated',
    react: reply(200, gzipSync('{"SECRET":1}').subarray(0, 14), { 'content-encoding': 'gzip' }),
  },
  'unknown encoding': { reason: 'bad_encoding', react: reply(200, '{}', { 'content-encoding': 'zstd' }) },
  'deep nesting': { reason: 'too_deep', react: reply(200, '['.repeat(100_000)) },
};

/** A clock that jumps over every sleep. */
export function createJumpingClock() {
  let nowMs = Date.parse('2024-05-01T00:00:00Z');
  return {
    now: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

export const KEYS = { publicKey: 'PUBLIC-KEY', secretKey: 'SECRET-KEY' };

/**
 * A server on loopback that reacts as told, and a client for it on a jumping clock.
 * @param choose the reaction to each request; `nth` counts the requests to its path and method, from 0.
 */
export async function startServer(
  choose: (seen: Seen, nth: number) => Reaction,
  options: Partial<ClientOptions> = {},
) {
  const clock = createJumpingClock();
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const nth = seen.filter((other) => other.path === path && other.method === method).length;
      const entry = { method, path, headers, body: Buffer.concat(chunks).toString(), at: clock.now() };
      seen.push(entry);
      choose(entry, nth)(response, entry);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client: Client = createClient({
    baseUrl: `${origin}/api/v3/`,
    tokenUrl: `${origin}/oauth2/token/`,
    auth: 'basic',
    ...KEYS,
    ...{ headersTimeoutMs: 150, bodyTimeoutMs: 150, attemptTimeoutMs: 400 },
    ...clock,
    random: () => 0.5,
    ...options,
  });
  return {
    ...{ client, clock, seen, origin },
    countSockets: () =>
      new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count))),
    close: async () => {
      await client.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Runs an action for each item, so many at a time, as the poll loop does; an error's code stands for its result. */
export async function runAll<Item>(
  items: readonly Item[],
  action: (item: Item) => Promise<{ kind: string }>,
  workers = 8,
): Promise<string[]> {
  const results: string[] = [];
  const queue = items.entries();
  const work = async () => {
    for (const [index, item] of queue) {
      results[index] = await action(item).then(
        ({ kind }) => kind,
        ({ code }) => code,
      );
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return results;
}
