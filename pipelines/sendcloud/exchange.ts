import { backoffMs, classify, type Method, parseRetryAfter } from './answers.js';
import { createBrakes, type RetryQuota } from './brakes.js';
import { SendcloudError } from './errors.js';
import { createLimiter } from './limiter.js';
import { hasWords, isUnanswered, type Reply, readReply } from './reply.js';
import {
  type Authorization,
  createBasicSignIn,
  createOAuth2SignIn,
  createTokenRequest,
  type Keys,
  readToken,
} from './sign-in.js';
import { createTransport, type HttpAnswer, type HttpFailure, type TransportOptions } from './transport.js';
import { describeConnection } from './trouble.js';
import { abortable, createLinks, createSlots, type Sleep, sleepDefault } from './waiting.js';

/** One HTTP attempt, for counters and logs: no path, no body, no header. */
export interface RequestEvent {
  purpose: Call['purpose'];
  method: Method;
  /** From 1. */
  attempt: number;
  /** `http_200`, or the fault's name. */
  outcome: string;
  durationMs: number;
}

export interface Counters {
  /** Attempts that left, those of the token included. */
  requests: number;
  /** Those of them that repeat an earlier one. */
  retries: number;
  rateLimited: number;
  /** Attempts by HTTP status or fault. */
  byStatus: Record<string, number>;
}

export interface ExchangeOptions extends TransportOptions, Keys {
  auth: 'basic' | 'oauth2';
  tokenUrl: URL;
  ratePerMinute: number;
  writePerMinute: number;
  writePerSecond: number;
  maxAttempts: number;
  retryQuota: RetryQuota;
  circuitAfter: number;
  endAtMs?: number | undefined;
  userAgent: string;
  /** Epoch milliseconds; it must advance, or the limiter waits for ever. */
  now?: (() => number) | undefined;
  sleep?: Sleep | undefined;
  random?: (() => number) | undefined;
  onRequest?: ((event: RequestEvent) => void) | undefined;
}

/** One thing to ask the API, however many attempts it takes. */
export interface Call {
  purpose: 'timeline' | 'shipments' | 'register' | 'token';
  method: Method;
  origin: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  maxAttempts?: number | undefined;
  /** A 403 says that this is not allowed, and nothing about the rest: it is an answer. */
  mayBeForbidden?: boolean;
  /** Finds out, after a lost answer, whether the request was done; a reply ends the call. */
  reconcile?: () => Promise<Reply | null>;
}

export interface Exchange {
  /** @throws SendcloudError when the run must stop; the signal's reason when it aborts. */
  run(call: Call, signal?: AbortSignal): Promise<Reply>;
  readonly counters: Counters;
  close(): Promise<void>;
}

/** How long a Retry-After of a 5xx can hold up its own parcel; that of a 429 holds up everything. */
const LONGEST_BACKOFF_MS = 60_000;

/** Sends requests within the limits, and again where that helps, until there is an answer or nothing left to try. */
export function createExchange(options: ExchangeOptions): Exchange {
  const { now = Date.now, sleep = sleepDefault, random = Math.random } = options;
  const limiter = createLimiter({
    perMinute: options.ratePerMinute,
    writes: { perMinute: options.writePerMinute, perSecond: options.writePerSecond },
    now: options.now,
    sleep,
  });
  const slots = createSlots(options.concurrency);
  const transport = createTransport(options);
  const brakes = createBrakes({
    ...options,
    limiter,
    now,
    random,
    describeUnreached: (reason) => describeConnection('', reason, '', options.proxy),
  });
  const link = createLinks(brakes.stopped);
  const counters: Counters = { requests: 0, retries: 0, rateLimited: 0, byStatus: {} };
  const signIn =
    options.auth === 'basic' ? createBasicSignIn(options) : createOAuth2SignIn(() => fetchToken(), now);

  const run = async (call: Call, signal?: AbortSignal): Promise<Reply> => {
    const waiting = link(signal);
    const maxAttempts = call.maxAttempts ?? options.maxAttempts;
    let failures = 0;
    let throttles = 0;
    let isRenewed = false;
    for (let attempt = 1; ; attempt += 1) {
      const reply = await send(call, attempt, waiting, signal);
      switch (reply.meaning) {
        case 'sign_in':
          if (!reply.authorization || isRenewed || !signIn.renew(reply.authorization)) {
            throw brakes.stop(new SendcloudError('unauthorized', 'the API did not accept the keys (401)'));
          }
          isRenewed = true;
          continue;
        case 'stop':
          if (call.mayBeForbidden) {
            brakes.succeed();
            return reply;
          }
          throw brakes.stop(new SendcloudError('forbidden', 'the API refuses these keys this request (403)'));
        case 'pause':
          throttles += 1;
          break;
        case 'retry':
        case 'reconcile':
          failures += 1;
          break;
        case 'fail':
          brakes.exhaust(reply.reason);
          return reply;
        default:
          brakes.succeed();
          return reply;
      }
      isRenewed = false;
      if (
        failures >= maxAttempts ||
        throttles >= maxAttempts ||
        (reply.meaning !== 'pause' && !brakes.takeRetry())
      ) {
        brakes.exhaust(reply.reason);
        return reply;
      }
      // What paused has paused everything already, through the limiter.
      if (reply.meaning === 'pause') continue;
      const wishMs = Math.min(reply.retryAfterMs ?? 0, LONGEST_BACKOFF_MS);
      const delayMs = Math.max(backoffMs(failures, random), wishMs);
      await abortable(sleep(delayMs, waiting), waiting);
      const settled = reply.meaning === 'reconcile' ? await call.reconcile?.() : null;
      if (settled) return settled;
    }
  };

  /** One attempt: waits for sign-in, a free connection and the limiter, in that order, then sends. */
  const send = async (
    call: Call,
    attempt: number,
    waiting: AbortSignal,
    signal?: AbortSignal,
  ): Promise<Reply> => {
    const { authorization, release } = await admit(call, waiting);
    const sentAtMs = now();
    let receivedAtMs = sentAtMs;
    let retryAfterMs: number | null = null;
    counters.requests += 1;
    if (attempt > 1) counters.retries += 1;
    let answer: HttpAnswer | HttpFailure;
    try {
      const headers = {
        accept: 'application/json',
        'accept-encoding': 'gzip, deflate, br',
        'user-agent': options.userAgent,
        ...(authorization ? { authorization: authorization.header } : {}),
        ...call.headers,
      };
      const { method, origin, path, body } = call;
      answer = await transport.send(
        { method, origin, path, headers, ...(body === undefined ? {} : { body }) },
        (head) => {
          receivedAtMs = now();
          retryAfterMs = parseRetryAfter(head.retryAfter, head.serverDateMs ?? receivedAtMs);
          brakes.hear(head.status);
          const meaning = classify(method, head.status);
          if (meaning === 'pause') {
            counters.rateLimited += 1;
            brakes.slowDown(sentAtMs, retryAfterMs);
          }
          return hasWords(meaning);
        },
        signal,
      );
    } finally {
      release();
    }
    const reply: Reply = { ...readReply(call.method, answer), receivedAtMs, retryAfterMs, authorization };
    const key = reply.reason.replace('http_', '');
    counters.byStatus[key] = (counters.byStatus[key] ?? 0) + 1;
    options.onRequest?.({
      purpose: call.purpose,
      method: call.method,
      attempt,
      outcome: reply.reason,
      durationMs: now() - sentAtMs,
    });
    // A name, a certificate or a proxy that was never right will not be for the next parcel either.
    if (!brakes.hasContact && /^(dns|tls|proxy)$/.test(reply.reason)) {
      const { message, hint } = describeConnection(call.origin, reply.reason, reply.code, options.proxy);
      const code = reply.reason === 'tls' ? 'tls' : 'unreachable';
      throw brakes.stop(new SendcloudError(code, message, { cause: reply.code, hint }));
    }
    return reply;
  };

  const admit = async (call: Call, waiting: AbortSignal) => {
    for (;;) {
      const isSigned = call.purpose !== 'token';
      const authorization = isSigned ? await authorize(waiting) : null;
      const release = await slots.acquire(waiting);
      try {
        await limiter.acquire(waiting, call.purpose === 'register' ? 'write' : 'read');
      } catch (error) {
        release();
        throw error;
      }
      // The token may have expired in a long pause, or been rejected meanwhile.
      if (!authorization || signIn.isCurrent(authorization)) return { authorization, release };
      release();
    }
  };

  const authorize = (waiting: AbortSignal) => {
    const signed = signIn.authorize();
    return signed instanceof Promise ? abortable(signed, waiting) : signed;
  };

  const fetchToken = async (): Promise<Authorization> => {
    const { origin, pathname, search } = options.tokenUrl;
    const request = createTokenRequest(options);
    const reply = await run({
      purpose: 'token',
      method: 'POST',
      origin,
      path: pathname + search,
      ...request,
    });
    const token = reply.meaning === 'read' ? readToken(reply.json, now()) : null;
    if (token) return token;
    const code =
      reply.status === 400 ? 'unauthorized' : isUnanswered(reply) ? 'unreachable' : 'sign_in_failed';
    throw brakes.stop(new SendcloudError(code, `no token could be had from ${origin}: ${reply.reason}`));
  };

  return {
    run,
    counters,
    close: async () => {
      brakes.stop(new SendcloudError('closed', 'the client is closed'));
      await transport.close();
    },
  };
}
