import { setTimeout as pause } from 'node:timers/promises';
import { type Dispatcher, Pool } from 'undici';

export interface TrinoOptions {
  /** `https://host:port`; http is taken on loopback only. */
  url: string;
  user: string;
  /** What Trino shows as the source of its statements; `parcelmetrics` if left out. */
  source?: string;
  password?: string | null;
  token?: string | null;
  catalog: string;
  /** Of names without one, of routines too. */
  schema?: string;
  /** Settings of the session, such as `query_max_run_time`. */
  session?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  /** How often what may pass is asked, with longer and longer waits in between; 8 if left out. */
  tries?: number;
  wait?: (ms: number) => Promise<unknown>;
  random?: () => number;
}

export interface TrinoColumn {
  name: string;
  type: string;
}

/** An engine over HTTP, statement by statement. */
export interface TrinoClient {
  /** Runs a statement to its end. @throws TrinoError */
  run(sql: string): Promise<void>;
  /** The rows of a statement, page by page, as JSON has them. @throws TrinoError */
  pages(sql: string): AsyncGenerator<{ columns: TrinoColumn[]; rows: unknown[][] }>;
  readRows(sql: string): Promise<unknown[][]>;
  close(): Promise<void>;
}

/**
 * What Trino said no to, or why nothing came from it. `reason` is Trino's own name of it, such as COLUMN_NOT_FOUND, and `query` the query
 * that it answered; exit code 2 where sign-in, catalog or rights are to be mended, 4 where the engine could not do it or be reached, 6
 * where another build has taken over.
 */
export class TrinoError extends Error {
  override name = 'TrinoError';
  readonly code = 'trino';
  readonly query: string | null;
  constructor(
    message: string,
    readonly reason: string,
    readonly exitCode: 2 | 4 | 6,
    readonly hint: string,
    { query = null, ...options }: ErrorOptions & { query?: string | null } = {},
  ) {
    super(message, options);
    this.query = query;
  }
}

interface Answer {
  id?: string;
  nextUri?: string;
  columns?: TrinoColumn[];
  data?: unknown[][];
  error?: { message: string; errorName: string; errorType: string };
}

const slowest = 30_000;
const passing = new Set([429, 502, 503, 504]);
const passingFaults = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const mendable = new Set([
  'PERMISSION_DENIED',
  'CATALOG_NOT_FOUND',
  'SCHEMA_NOT_FOUND',
  'NOT_SUPPORTED',
  'INVALID_SESSION_PROPERTY',
]);

/** What every fault of a build leaves. */
export const kept = 'What was published before still stands.';

/** Whether credentials may travel to an address: over TLS, or within this machine. */
export function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

function explainStatus(status: number, host: string): TrinoError {
  if (status === 401 || status === 403)
    return new TrinoError(
      `Trino at ${host} refuses the sign-in (${status})`,
      'SIGN_IN',
      2,
      `${kept} Check user, password and token.`,
    );
  return new TrinoError(
    `Trino at ${host} answered ${status}`,
    `HTTP_${status}`,
    4,
    `${kept} Try again once it is well.`,
  );
}

/** @throws TrinoError for an address that credentials may not travel to. */
export function openTrino(options: TrinoOptions): TrinoClient {
  const {
    url,
    user,
    source = 'parcelmetrics',
    password,
    token,
    catalog,
    schema,
    session = {},
    signal,
    tries = 8,
    wait = pause,
    random = Math.random,
  } = options;
  const { origin, host } = new URL(url);
  if (!isSafe(url))
    throw new TrinoError(
      `trinoUrl ${origin} is neither https nor on this machine`,
      'UNSAFE',
      2,
      'Nothing was sent. Use https.',
    );
  const headers: Record<string, string> = {
    'x-trino-user': user,
    'x-trino-source': source,
    'x-trino-catalog': catalog,
    'x-trino-time-zone': 'UTC',
    // Without it instants come to the millisecond.
    'x-trino-client-capabilities': 'PARAMETRIC_DATETIME',
    ...(schema === undefined ? {} : { 'x-trino-schema': schema, 'x-trino-path': `${catalog}.${schema}` }),
    ...(Object.keys(session).length === 0
      ? {}
      : {
          'x-trino-session': Object.entries(session)
            .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
            .join(','),
        }),
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...(password && !token
      ? { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
      : {}),
  };
  const pool = new Pool(origin, {
    connections: 2,
    headersTimeout: 120_000,
    bodyTimeout: 120_000,
    connect: { timeout: 15_000 },
  });

  /** One page; what passes (busy, restarting, a lost connection) is tried again, later and later. A statement is sent again only if it was not taken. */
  const ask = async (
    request: Pick<Dispatcher.RequestOptions, 'method' | 'path' | 'body'>,
  ): Promise<Answer> => {
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      let fault: TrinoError;
      let asked: number | null = null;
      try {
        const answer = await pool.request({ ...request, headers, signal: signal ?? null });
        if (answer.statusCode === 200) return (await answer.body.json()) as Answer;
        await answer.body.dump();
        fault = explainStatus(answer.statusCode, host);
        if (!passing.has(answer.statusCode)) throw fault;
        asked = Number(answer.headers['retry-after'] ?? Number.NaN) * 1000;
      } catch (error) {
        if (error instanceof TrinoError || signal?.aborted) throw error;
        const code = String((error as { code?: unknown }).code ?? '');
        fault = new TrinoError(
          `Trino at ${host} cannot be reached (${code || 'no answer'})`,
          code || 'NETWORK',
          4,
          `${kept} Check trinoUrl, the network and the engine.`,
          { cause: error },
        );
        const isTaken =
          request.method === 'POST' && code !== 'ECONNREFUSED' && code !== 'UND_ERR_CONNECT_TIMEOUT';
        if (!passingFaults.has(code) || isTaken) throw fault;
      }
      if (attempt >= tries) throw fault;
      const own = Math.min(slowest, 100 * 2 ** attempt) * (0.5 + random() / 2);
      await wait(asked !== null && asked > 0 ? Math.min(asked, slowest) : own);
    }
  };

  async function* pages(sql: string): AsyncGenerator<{ columns: TrinoColumn[]; rows: unknown[][] }> {
    let next: string | undefined;
    try {
      let page = await ask({ method: 'POST', path: '/v1/statement', body: sql });
      for (;;) {
        if (page.error) {
          const { message, errorName, errorType } = page.error;
          next = undefined;
          const isOurs = errorType === 'USER_ERROR' && mendable.has(errorName);
          throw new TrinoError(
            `Trino: ${message.split('\n')[0]} (${errorName}, query ${page.id})`,
            errorName,
            isOurs ? 2 : 4,
            kept,
            { query: page.id ?? null },
          );
        }
        next = page.nextUri;
        if (page.columns && page.data && page.data.length > 0)
          yield { columns: page.columns, rows: page.data };
        if (next === undefined) return;
        const place = new URL(next);
        if (place.origin !== origin)
          throw new TrinoError(
            `Trino at ${host} sends its answers to ${place.host}`,
            'OTHER_HOST',
            2,
            `${kept} Behind a proxy it needs http-server.process-forwarded=true.`,
          );
        page = await ask({ method: 'GET', path: `${place.pathname}${place.search}` });
      }
    } finally {
      // Who stops reading, or is stopped, leaves no query running.
      if (next !== undefined) {
        const { pathname, search } = new URL(next);
        await pool.request({ method: 'DELETE', path: `${pathname}${search}`, headers }).then(
          ({ body }) => body.dump(),
          () => {},
        );
      }
    }
  }

  return {
    pages,
    async run(sql) {
      for await (const _ of pages(sql));
    },
    async readRows(sql) {
      const rows: unknown[][] = [];
      for await (const page of pages(sql)) rows.push(...page.rows);
      return rows;
    },
    close: () => pool.close(),
  };
}
