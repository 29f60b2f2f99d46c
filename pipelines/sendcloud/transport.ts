import { EventEmitter } from 'node:events';
import { type Dispatcher, Pool } from 'undici';
import { type Fault, parseHttpDate } from './answers.js';
import { MAX_BODY_BYTES } from './body.js';

export interface TransportOptions {
  concurrency: number;
  connectTimeoutMs: number;
  headersTimeoutMs: number;
  bodyTimeoutMs: number;
  attemptTimeoutMs: number;
}

export interface HttpRequest {
  method: 'GET' | 'POST';
  origin: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** What is known once the headers are in. */
export interface HttpHead {
  status: number;
  retryAfter: string | null;
  serverDateMs: number | null;
}

export interface HttpAnswer extends HttpHead {
  /** The body as it travelled, if it was wanted. */
  bytes: Buffer | null;
  encoding: string | null;
  /** Why a wanted body could not be read. */
  bodyFault: Fault | null;
}

/** No answer at all. `code` is the system's name for it. */
export interface HttpFailure {
  fault: Fault;
  code: string;
}

export interface Transport {
  /**
   * One attempt, ended by `attemptTimeoutMs` at the latest. Never follows a redirect. A body that nobody wants is
   * drained, so that its connection can be used again.
   * @param onHead called as soon as the headers are in; returns whether the body is wanted.
   * @throws the signal's reason when it aborts.
   */
  send(
    request: HttpRequest,
    onHead: (head: HttpHead) => boolean,
    signal?: AbortSignal,
  ): Promise<HttpAnswer | HttpFailure>;
  /** Ends what is under way and leaves no socket open. */
  close(): Promise<void>;
}

const DRAIN_BYTES = 64 * 1024;
const DRAIN_MS = 1_000;

/** Ends one attempt. undici takes an emitter for a signal, and one for each request is cheaper than an AbortSignal. */
class Attempt extends EventEmitter {
  aborted = false;
  abort(): void {
    this.aborted = true;
    this.emit('abort');
  }
}

/** One connection for each request under way, so that a request never waits behind another once it may leave. */
export function createTransport(options: TransportOptions): Transport {
  const pools = new Map<string, Pool>();
  const findPool = (origin: string): Pool => {
    const pool =
      pools.get(origin) ??
      new Pool(origin, {
        connections: options.concurrency,
        pipelining: 1,
        headersTimeout: options.headersTimeoutMs,
        bodyTimeout: options.bodyTimeoutMs,
        connect: { timeout: options.connectTimeoutMs, rejectUnauthorized: true },
      });
    pools.set(origin, pool);
    return pool;
  };

  return {
    send: async (request, onHead, signal) => {
      signal?.throwIfAborted();
      const attempt = new Attempt();
      const abort = () => attempt.abort();
      const timer = setTimeout(abort, options.attemptTimeoutMs);
      signal?.addEventListener('abort', abort, { once: true });
      try {
        const answer = await exchange(findPool(request.origin), request, onHead, attempt);
        if (answer.bodyFault) signal?.throwIfAborted();
        return answer;
      } catch (error) {
        signal?.throwIfAborted();
        const code = readCode(error);
        return { fault: attempt.aborted ? 'timeout_attempt' : nameFault(code), code };
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      }
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

async function exchange(
  pool: Pool,
  { method, path, headers, body }: HttpRequest,
  onHead: (head: HttpHead) => boolean,
  attempt: Attempt,
): Promise<HttpAnswer> {
  const response = await pool.request({ method, path, headers, body, signal: attempt });
  response.body.on('error', () => {});
  const head: HttpHead = {
    status: response.statusCode,
    retryAfter: readHeader(response, 'retry-after'),
    serverDateMs: parseHttpDate(readHeader(response, 'date')),
  };
  const answer = {
    ...head,
    bytes: null,
    encoding: readHeader(response, 'content-encoding'),
    bodyFault: null,
  };
  if (!onHead(head)) {
    await drain(response);
    return answer;
  }
  try {
    const bytes = await readBytes(response);
    return bytes ? { ...answer, bytes } : { ...answer, bodyFault: 'too_large' };
  } catch (error) {
    if (attempt.aborted) return { ...answer, bodyFault: 'timeout_attempt' };
    const fault = nameFault(readCode(error));
    return { ...answer, bodyFault: fault === 'connection_reset' ? 'truncated' : fault };
  }
}

/** Null when the body is larger than the cap; the connection is then given up. */
async function readBytes({ body, headers }: Dispatcher.ResponseData): Promise<Buffer | null> {
  const announced = Number(headers['content-length'] ?? Number.NaN);
  if (announced <= MAX_BODY_BYTES) return Buffer.from(await body.arrayBuffer());
  const chunks: Buffer[] = [];
  let size = announced > MAX_BODY_BYTES ? Number.POSITIVE_INFINITY : 0;
  if (size === 0) {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) break;
      chunks.push(chunk);
    }
  }
  if (size <= MAX_BODY_BYTES) return Buffer.concat(chunks);
  body.destroy();
  return null;
}

/** Reads to the end what is short and quick, gives the connection up otherwise. The status is known: no fault. */
async function drain({ body }: Dispatcher.ResponseData): Promise<void> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), DRAIN_MS);
  await body.dump({ limit: DRAIN_BYTES, signal: patience.signal }).catch(() => {});
  clearTimeout(timer);
  body.destroy();
}

function readHeader({ headers }: Dispatcher.ResponseData, name: string): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

/** The parser's errors have a name but no code, and the bytes in question, which are left behind here. */
function readCode(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

const FAULTS: readonly (readonly [RegExp, Fault])[] = [
  [/^ENOTFOUND$/, 'dns'],
  [/^EAI_/, 'dns_temporary'],
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EHOSTDOWN|ENETDOWN)$/, 'refused_connection'],
  [/^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/, 'timeout_connect'],
  [/^UND_ERR_HEADERS_TIMEOUT$/, 'timeout_headers'],
  [/^UND_ERR_BODY_TIMEOUT$/, 'timeout_body'],
  [/^UND_ERR_RES_CONTENT_LENGTH_MISMATCH$/, 'truncated'],
  [/^(UND_ERR_SOCKET|UND_ERR_ABORTED|ECONNRESET|ECONNABORTED|EPIPE)$/, 'connection_reset'],
  [/^(HTTPParserError|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES)/, 'bad_http'],
  [/CERT|^(ERR_TLS|ERR_SSL|EPROTO|UNABLE_TO_)/, 'tls'],
];

/** Names the fault behind a system's, TLS library's or undici's error code. */
export function nameFault(code: string): Fault {
  return FAULTS.find(([pattern]) => pattern.test(code))?.[1] ?? 'network';
}
