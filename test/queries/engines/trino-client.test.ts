import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { openTrino, type TrinoClient, TrinoError } from '../../../queries/engines/trino/client.js';

interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Closes the connection in place of an answer. */
  breaks?: true;
}

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A server that gives these replies one after the other, and notes what it was asked. */
async function serve(replies: (Reply | ((origin: string) => Reply))[]) {
  const asked: { line: string; headers: IncomingMessage['headers']; body: string }[] = [];
  let origin = '';
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      asked.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
      if (request.method === 'DELETE') return response.writeHead(204).end();
      const next = replies.shift() ?? { status: 500 };
      const reply = typeof next === 'function' ? next(origin) : next;
      if (reply.breaks) return request.socket.destroy();
      return response.writeHead(reply.status ?? 200, reply.headers).end(JSON.stringify(reply.body ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  open.push(() => new Promise((resolve) => server.close(resolve)));
  return { origin, asked };
}

const waits: number[] = [];
function connect(url: string, more: Partial<Parameters<typeof openTrino>[0]> = {}): TrinoClient {
  waits.length = 0;
  const client = openTrino({
    url,
    user: 'ann',
    catalog: 'lake',
    schema: 'run_1',
    random: () => 1,
    wait: async (ms) => waits.push(ms),
    ...more,
  });
  open.unshift(() => client.close());
  return client;
}

const columns = [{ name: 'n', type: 'bigint' }];

describe('a statement on Trino', () => {
  it('is followed page by page, with the session in its headers', async () => {
    const { origin, asked } = await serve([
      (at) => ({ body: { id: 'q', nextUri: `${at}/v1/statement/q/1?slug=a` } }),
      (at) => ({ body: { id: 'q', columns, data: [[1], [2]], nextUri: `${at}/v1/statement/q/2` } }),
      { body: { id: 'q', columns, data: [[3]] } },
    ]);
    const client = connect(origin, { session: { 'lake.timestamp_precision': 'MICROSECONDS' } });
    expect(await client.readRows('select n from x')).toEqual([[1], [2], [3]]);
    expect(asked.map(({ line }) => line)).toEqual([
      'POST /v1/statement',
      'GET /v1/statement/q/1?slug=a',
      'GET /v1/statement/q/2',
    ]);
    expect(asked[0]?.body).toBe('select n from x');
    expect(asked[0]?.headers).toMatchObject({
      'x-trino-user': 'ann',
      'x-trino-catalog': 'lake',
      'x-trino-schema': 'run_1',
      'x-trino-path': 'lake.run_1',
      'x-trino-client-capabilities': 'PARAMETRIC_DATETIME',
      'x-trino-session': 'lake.timestamp_precision=MICROSECONDS',
    });
    expect(asked[0]?.headers.authorization).toBeUndefined();
  });

  it('waits and asks again while the engine is busy or restarts, and as long as it says', async () => {
    const { origin, asked } = await serve([
      { status: 503 },
      { status: 429, headers: { 'retry-after': '3' } },
      (at) => ({ body: { id: 'q', nextUri: `${at}/next` } }),
      { breaks: true },
      { status: 502 },
      { body: { id: 'q', columns, data: [[7]] } },
    ]);
    expect(await connect(origin).readRows('select 7')).toEqual([[7]]);
    expect(waits).toEqual([200, 3000, 200, 400]);
    expect(asked).toHaveLength(6);
  });

  it('that may have been taken is not sent twice', async () => {
    const { origin, asked } = await serve([{ breaks: true }]);
    const failure = await connect(origin)
      .run('insert into x values (1)')
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'TrinoError', exitCode: 4 });
    expect(asked).toHaveLength(1);
  });

  it('gives up after eight tries', async () => {
    const { origin, asked } = await serve(Array.from({ length: 9 }, () => ({ status: 503 })));
    const failure = await connect(origin)
      .run('select 1')
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: 'HTTP_503', exitCode: 4 });
    expect(asked).toHaveLength(8);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
  });

  it.each([
    ['COLUMN_NOT_FOUND', 'USER_ERROR', 4],
    ['CATALOG_NOT_FOUND', 'USER_ERROR', 2],
    ['PERMISSION_DENIED', 'USER_ERROR', 2],
    ['EXCEEDED_LOCAL_MEMORY_LIMIT', 'INSUFFICIENT_RESOURCES', 4],
  ])('that fails keeps the name of its error: %s', async (errorName, errorType, exitCode) => {
    const { origin, asked } = await serve([
      { body: { id: 'q7', error: { message: 'no such thing\nand more', errorName, errorType } } },
    ]);
    const failure = (await connect(origin)
      .run('select')
      .catch((error: unknown) => error)) as TrinoError;
    expect(failure).toBeInstanceOf(TrinoError);
    expect(failure).toMatchObject({ reason: errorName, exitCode });
    expect(failure.message).toBe(`Trino: no such thing (${errorName}, query q7)`);
    expect(asked).toHaveLength(1);
  });

  it('that the reader leaves is ended there', async () => {
    const { origin, asked } = await serve([
      (at) => ({ body: { id: 'q', columns, data: [[1]], nextUri: `${at}/v1/statement/q/9` } }),
    ]);
    for await (const _ of connect(origin).pages('select n from x')) break;
    expect(asked.at(-1)?.line).toBe('DELETE /v1/statement/q/9');
  });

  it('that is interrupted is ended there too', async () => {
    const stop = new AbortController();
    const { origin, asked } = await serve([
      (at) => ({ body: { id: 'q', nextUri: `${at}/v1/statement/q/1` } }),
      (at) => {
        stop.abort(new Error('stopped'));
        return { body: { id: 'q', nextUri: `${at}/v1/statement/q/2` } };
      },
    ]);
    await expect(connect(origin, { signal: stop.signal }).run('select 1')).rejects.toThrow();
    expect(asked.at(-1)?.line).toMatch(/^DELETE \/v1\/statement\/q\/[12]$/);
  });
});

describe('credentials', () => {
  it('travel as a password, or as a token in its place', async () => {
    const { origin, asked } = await serve([{ body: {} }, { body: {} }]);
    await connect(origin, { password: 'pässword' }).run('select 1');
    await connect(origin, { password: 'x', token: 'abc' }).run('select 1');
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${Buffer.from('ann:pässword').toString('base64')}`,
      'Bearer abc',
    ]);
  });

  it('that are refused are named, and not tried again', async () => {
    const { origin, asked } = await serve([{ status: 401 }]);
    const failure = await connect(origin, { password: 'secret-word' })
      .run('select 1')
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ exitCode: 2, reason: 'SIGN_IN' });
    expect(String(failure)).not.toContain('secret-word');
    expect(asked).toHaveLength(1);
  });

  it.each(['http://trino.example:8080', 'http://10.0.0.7'])(
    'do not travel to %s, nor does anything else',
    (url) => {
      expect(() => openTrino({ url, user: 'ann', catalog: 'lake' })).toThrow(
        /neither https nor on this machine/,
      );
    },
  );

  it('do not follow an answer to another host', async () => {
    const { origin, asked } = await serve([
      { body: { id: 'q', nextUri: 'http://127.0.0.1:9/v1/statement/q/1' } },
    ]);
    const failure = await connect(origin, { token: 'abc' })
      .run('select 1')
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: 'OTHER_HOST', exitCode: 2 });
    expect(asked.filter(({ line }) => line.startsWith('GET'))).toEqual([]);
  });
});
