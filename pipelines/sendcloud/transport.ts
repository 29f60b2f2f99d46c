import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { type Fault, parseHttpDate } from './answers.js';
import { MAX_BODY_BYTES } from './body.js';
import type { ProxySettings } from './trouble.js';

export interface TransportOptions {
  concurrency: number;
  connectTimeoutMs: number;
  headersTimeoutMs: number;
  bodyTimeoutMs: number;
  attemptTimeoutMs: number;
  proxy?: ProxySettings | undefined;
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
  /** Where the pages of a list go on. */
  link: string | null;
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

/** A machine asks itself without a proxy, whatever is set. */
const isThisMachine = (origin: string) =>
  /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(origin).hostname);

function createDispatcher(origin: string, options: TransportOptions): Dispatcher {
  const { proxy } = options;
  const settings = {
    connections: options.concurrency,
    pipelining: 1,
    headersTimeout: options.headersTimeoutMs,
    bodyTimeout: options.bodyTimeoutMs,
    connect: { timeout: options.connectTimeoutMs, rejectUnauthorized: true },
  };
  const hasProxy = proxy?.https !== undefined || proxy?.http !== undefined;
  if (!hasProxy || isThisMachine(origin)) return new Pool(origin, settings);
  // Empty rather than left out: what is left out would be read from the environment.
  return new EnvHttpProxyAgent({
    ...settings,
    httpsProxy: proxy.https ?? '',
    httpProxy: proxy.http ?? '',
    noProxy: proxy.no ?? '',
  });
}

/** One connection for each request under way, so that a request never waits behind another once it may leave. */
export function createTransport(options: TransportOptions): Transport {
  const pools = new Map<string, Dispatcher>();
  const findPool = (origin: string): Dispatcher => {
    const pool = pools.get(origin) ?? createDispatcher(origin, options);
    pools.set(origin, pool);
    return pool;
  };

  return {
    send: (request, onHead, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const giveUp = () => attempt.giveUp('timeout_attempt');
        const timer = setTimeout(giveUp, options.attemptTimeoutMs);
        signal?.addEventListener('abort', giveUp, { once: true });
        const attempt = startAttempt(findPool(request.origin), request, onHead, (outcome) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', giveUp);
          const isLost = 'fault' in outcome || outcome.bodyFault !== null;
          if (isLost && signal?.aborted) reject(signal.reason);
          else resolve(outcome);
        });
      }),
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

/**
 * Sends one request and gathers its answer, as undici's parser hands it over: its own response streams cost twice the time.
 * @param onEnd called once.
 * @returns what ends the attempt early, and with it the connection.
 */
function startAttempt(
  pool: Dispatcher,
  { method, origin, path, headers, body }: HttpRequest,
  onHead: (head: HttpHead) => boolean,
  onEnd: (outcome: HttpAnswer | HttpFailure) => void,
): { giveUp(fault: Fault): void } {
  const chunks: Buffer[] = [];
  let size = 0;
  let controller: Dispatcher.DispatchController | null = null;
  let answer: HttpAnswer | null = null;
  let isWanted = false;
  let isOver = false;
  let patience: NodeJS.Timeout | undefined;
  const end = (outcome: HttpAnswer | HttpFailure) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(patience);
    onEnd(outcome);
  };
  const fail = (fault: Fault, code: string) => {
    if (answer === null) end({ fault, code });
    else end(isWanted ? { ...answer, bodyFault: fault } : answer);
  };
  const giveUp = (fault: Fault) => {
    fail(fault, 'UND_ERR_ABORTED');
    controller?.abort(new Error(fault));
  };
  pool.dispatch(
    { origin, method, path, headers, body: body ?? null },
    {
      onRequestStart: (started) => {
        controller = started;
        if (isOver) started.abort(new Error('given up'));
      },
      onResponseStart: (_, status, fields) => {
        if (status < 200 || isOver) return;
        answer = {
          status,
          retryAfter: readField(fields, 'retry-after'),
          serverDateMs: parseHttpDate(readField(fields, 'date')),
          link: readField(fields, 'link'),
          bytes: null,
          encoding: readField(fields, 'content-encoding'),
          bodyFault: null,
        };
        isWanted = onHead(answer);
        // Read to the end what is short and quick, give the connection up otherwise: the status is known, that is no fault.
        if (!isWanted) patience = setTimeout(() => giveUp('timeout_body'), DRAIN_MS);
        else if (Number(readField(fields, 'content-length')) > MAX_BODY_BYTES) giveUp('too_large');
      },
      onResponseData: (_, chunk) => {
        size += chunk.length;
        if (size > (isWanted ? MAX_BODY_BYTES : DRAIN_BYTES)) giveUp('too_large');
        else if (isWanted) chunks.push(chunk);
      },
      onResponseEnd: () => {
        if (answer !== null) end(isWanted ? { ...answer, bytes: Buffer.concat(chunks) } : answer);
      },
      onResponseError: (_, error) => {
        const code = readCode(error);
        const fault = nameFault(code);
        fail(answer !== null && fault === 'connection_reset' ? 'truncated' : fault, code);
      },
    },
  );
  return { giveUp };
}

function readField(fields: Record<string, string | string[] | undefined>, name: string): string | null {
  const value = fields[name];
  // A header that comes twice is a list; of those that are none the first counts.
  return (Array.isArray(value) ? (name === 'link' ? value.join(', ') : value[0]) : value) ?? null;
}

/** The parser's errors have a name but no code, and the bytes in question, which are left behind here. */
function readCode(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  // undici gives it no code of its own.
  const refusal = /^Proxy response \((\d{3})\)/.exec(error.message)?.[1];
  if (refusal !== undefined) return `PROXY_${refusal}`;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

const FAULTS: readonly (readonly [RegExp, Fault])[] = [
  [/^PROXY_/, 'proxy'],
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
