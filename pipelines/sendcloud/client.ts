import { createHmac } from 'node:crypto';
import { isTrackingNumber } from './allow-list.js';
import type { RetryQuota } from './brakes.js';
import { SendcloudError } from './errors.js';
import { type Counters, createExchange, type RequestEvent } from './exchange.js';
import { buildRegisterBody, type Reason, type RegisterRequest, readReasons } from './register.js';
import { isUnanswered, type Reply } from './reply.js';
import {
  readNextCursor,
  readShipments,
  type ShipmentsPage,
  type ShipmentsQuery,
  writeShipmentsQuery,
} from './shipments.js';
import { isLikeTimeline, readTimeline, type Timeline } from './timeline.js';
import {
  readTransitTimes,
  type TransitTime,
  type TransitTimesQuery,
  writeTransitTimesQuery,
} from './transit-times.js';
import type { ProxySettings } from './trouble.js';
import type { Sleep } from './waiting.js';
import type { Refusal } from './wire.js';

export interface ClientOptions {
  /** Without a trailing path of its own: `https://panel.sendcloud.sc/api/v3`. */
  baseUrl: string;
  auth: 'basic' | 'oauth2';
  tokenUrl?: string;
  publicKey: string;
  secretKey: string;
  /** Everything that leaves, writes and retries included. */
  ratePerMinute?: number;
  writePerMinute?: number;
  writePerSecond?: number;
  /** Requests under way at once, and connections. */
  concurrency?: number;
  connectTimeoutMs?: number;
  headersTimeoutMs?: number;
  /** Longest silence within a body. */
  bodyTimeoutMs?: number;
  attemptTimeoutMs?: number;
  maxAttempts?: number;
  retryQuota?: RetryQuota;
  circuitAfter?: number;
  keepSourceId?: boolean;
  /** The run's own end, epoch milliseconds: a longer Retry-After ends it at once. */
  endAtMs?: number;
  /** Epoch milliseconds; it must advance. */
  now?: () => number;
  sleep?: Sleep;
  random?: () => number;
  onRequest?: (event: RequestEvent) => void;
  userAgent?: string;
  proxy?: ProxySettings | undefined;
}

export type TimelineAnswer =
  | { kind: 'timeline'; timeline: Timeline; receivedAtMs: number }
  | { kind: 'not_found' }
  | { kind: 'refused'; refusal: Refusal; byteCount: number; digest: (key: Buffer) => string }
  | { kind: 'rejected'; status: number; reasons: Reason[] }
  | { kind: 'failed'; reason: string };

export type RegisterAnswer =
  | { kind: 'registered' }
  | { kind: 'known' }
  | { kind: 'rejected'; status: number; reasons: Reason[] }
  | { kind: 'failed'; reason: string };

export type TransitTimesAnswer =
  | { kind: 'transit_times'; lanes: TransitTime[] }
  | { kind: 'unavailable' }
  | { kind: 'rejected'; status: number; reasons: Reason[] }
  | { kind: 'failed'; reason: string };

export type ShipmentsAnswer =
  | { kind: 'page'; page: ShipmentsPage; next: string | null }
  /** These keys may not list (403), or there is no list for them (404). */
  | { kind: 'no_right'; status: number }
  /** The cursor is not known (any more): the list has to begin anew. */
  | { kind: 'lost_cursor' }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'rejected'; status: number; reasons: Reason[] }
  | { kind: 'failed'; reason: string };

export interface Client {
  /**
   * Asks for one parcel's timeline. `failed` means that no attempt got an answer: the parcel stays due.
   * @throws SendcloudError when the run must stop; the signal's reason when it aborts.
   */
  getTimeline(trackingNumber: string, signal?: AbortSignal): Promise<TimelineAnswer>;
  /**
   * Registers one parcel. An answer lost on the way is never followed by a second POST before a GET has shown that
   * the first did nothing; found by it, the parcel counts as registered.
   * @throws as getTimeline; RangeError when the request names neither contract nor shipping option.
   */
  registerParcel(request: RegisterRequest, signal?: AbortSignal): Promise<RegisterAnswer>;
  /**
   * One request: a GET of a number that nobody has. `ok` is false if the API did not answer it as itself.
   * @throws SendcloudError `unauthorized`, `forbidden`, `unreachable`, `tls`.
   */
  checkSignIn(signal?: AbortSignal): Promise<{ ok: boolean; serverDateMs: number | null }>;
  /**
   * Sendcloud's own median transit times, per carrier and lane. `unavailable`: there is no such endpoint for this account.
   * @throws as getTimeline; `forbidden` where the account's plan lacks it.
   */
  getTransitTimes(query: TransitTimesQuery, signal?: AbortSignal): Promise<TransitTimesAnswer>;
  /**
   * One page of the account's own shipments, asked of the base URL whatever the link of the page before says.
   * @throws as getTimeline; a 403 is an answer here.
   */
  listShipments(query: ShipmentsQuery, signal?: AbortSignal): Promise<ShipmentsAnswer>;
  readonly counters: Readonly<Counters>;
  /** Ends what is under way; leaves no socket open. */
  close(): Promise<void>;
}

const TOKEN_URL = 'https://account.sendcloud.com/oauth2/token/';
const UNLIKELY_NUMBER = 'parcelmetrics-sign-in-check';

const DEFAULTS = {
  ratePerMinute: 600,
  writePerMinute: 100,
  writePerSecond: 15,
  concurrency: 8,
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 10_000,
  attemptTimeoutMs: 30_000,
  maxAttempts: 5,
  // At most one retry for each answer, and never more than a hundred saved up: an API that fails now and then is
  // asked again, one that is down gets a hundred retries from us and no more.
  retryQuota: { perSuccess: 1, reserve: 100 },
  circuitAfter: 20,
  userAgent: 'parcelmetrics',
};

/**
 * A client for the Parcel Tracking API: everything within one rate, nothing past it but the allow-list. Its caller
 * keeps about `concurrency` calls under way; of more, the retries wait behind all first attempts.
 * @throws SendcloudError `insecure_base_url` or `invalid_option`.
 */
export function createClient(options: ClientOptions): Client {
  const base = readUrl(options.baseUrl, 'base URL');
  const tokenUrl = readUrl(options.tokenUrl ?? TOKEN_URL, 'token URL');
  const settings = { ...DEFAULTS, ...dropUndefined(options) };
  for (const [name, value] of Object.entries(DEFAULTS)) {
    const isValid = typeof value !== 'number' || isPositiveInteger(Reflect.get(settings, name));
    if (!isValid) throw new SendcloudError('invalid_option', `${name} must be a positive integer`);
  }
  if (!options.publicKey || !options.secretKey || options.publicKey.includes(':')) {
    throw new SendcloudError('invalid_option', 'both keys are needed, and the public one holds no colon');
  }
  const exchange = createExchange({ ...settings, tokenUrl });
  const root = base.pathname.replace(/\/+$/, '');
  const basePath = `${root}/parcels/tracking`;

  const ask = (path: string, signal?: AbortSignal, maxAttempts?: number): Promise<Reply> =>
    exchange.run({ purpose: 'timeline', method: 'GET', origin: base.origin, path, maxAttempts }, signal);

  return {
    counters: exchange.counters,
    close: exchange.close,

    getTimeline: async (trackingNumber, signal) => {
      const segment = encodeSegment(trackingNumber);
      if (segment === null) return { kind: 'failed', reason: 'invalid_tracking_number' };
      let reply = await ask(`${basePath}/${segment}`, signal);
      // JSON that is nothing like a timeline may be a gateway's: one more answer tells.
      if (reply.meaning === 'read' && !isLikeTimeline(reply.json)) {
        reply = await ask(`${basePath}/${segment}`, signal);
      }
      if (reply.meaning === 'not_found') return { kind: 'not_found' };
      return reply.meaning === 'read'
        ? readBody(reply, { keepSourceId: settings.keepSourceId ?? false, asked: trackingNumber })
        : readFailure(reply);
    },

    registerParcel: async (request, signal) => {
      const segment = encodeSegment(request.trackingNumber);
      if (segment === null) return { kind: 'failed', reason: 'invalid_tracking_number' };
      const reply = await exchange.run(
        {
          purpose: 'register',
          method: 'POST',
          origin: base.origin,
          path: basePath,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(buildRegisterBody(request)),
          reconcile: async () => {
            const found = await ask(`${basePath}/${segment}`, signal);
            return found.meaning === 'not_found' ? null : found;
          },
        },
        signal,
      );
      if (reply.meaning === 'read') return { kind: 'registered' };
      if (reply.meaning === 'known') return { kind: 'known' };
      return readFailure(reply);
    },

    getTransitTimes: async (query, signal) => {
      const reply = await ask(
        `${root}/analytics/transit-times/carriers?${writeTransitTimesQuery(query)}`,
        signal,
      );
      if (reply.status === 404) return { kind: 'unavailable' };
      if (reply.meaning !== 'read') return readFailure(reply);
      const lanes = readTransitTimes(reply.json);
      return lanes === null
        ? { kind: 'failed', reason: 'unexpected_shape' }
        : { kind: 'transit_times', lanes };
    },

    listShipments: async (query, signal) => {
      const path = `${root}/shipments?${writeShipmentsQuery(query)}`;
      const reply = await exchange.run(
        { purpose: 'shipments', method: 'GET', origin: base.origin, path, mayBeForbidden: true },
        signal,
      );
      if (reply.meaning === 'stop') return { kind: 'no_right', status: reply.status };
      if (reply.meaning === 'not_found') {
        return query.cursor === null ? { kind: 'no_right', status: reply.status } : { kind: 'lost_cursor' };
      }
      if (reply.meaning !== 'read') return readFailure(reply);
      const read = readShipments(reply.json);
      if (!read.ok) return { kind: 'refused', refusal: read.refusal };
      const next = readNextCursor(reply.link);
      return next === undefined
        ? { kind: 'failed', reason: 'next_page_without_cursor' }
        : { kind: 'page', page: read.page, next };
    },

    checkSignIn: async (signal) => {
      const reply = await ask(`${basePath}/${UNLIKELY_NUMBER}`, signal, 1);
      return { ok: !isUnanswered(reply), serverDateMs: reply.serverDateMs };
    },
  };
}

function readBody(
  { json, text, receivedAtMs }: Reply,
  options: { keepSourceId: boolean; asked: string },
): TimelineAnswer {
  const result = readTimeline(json, options);
  if (result.ok) return { kind: 'timeline', timeline: result.timeline, receivedAtMs };
  return {
    kind: 'refused',
    refusal: result.refusal,
    byteCount: Buffer.byteLength(text),
    digest: (key) => createHmac('sha256', key).update(text).digest('hex'),
  };
}

function readFailure(reply: Reply) {
  if (isUnanswered(reply)) return { kind: 'failed', reason: reply.reason } as const;
  return { kind: 'rejected', status: reply.status, reasons: readReasons(reply.json) } as const;
}

/** A tracking number as one path segment; null if it cannot be asked for. */
function encodeSegment(trackingNumber: string): string | null {
  // A lone surrogate has no UTF-8 form.
  if (!isTrackingNumber(trackingNumber) || /\p{Cs}/u.test(trackingNumber)) return null;
  const isDots = /^\.+$/.test(trackingNumber);
  return isDots ? '%2E'.repeat(trackingNumber.length) : encodeURIComponent(trackingNumber);
}

/** Credentials travel by https only; plain http is for a server on this machine. */
function readUrl(text: string, name: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || url.username || url.password || url.hash) {
    throw new SendcloudError(
      'invalid_option',
      `the ${name} must be a plain URL, without credentials or fragment`,
    );
  }
  const isLoopback = /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)) return url;
  throw new SendcloudError(
    'insecure_base_url',
    `the ${name} must begin with https://, or be on this machine`,
  );
}

function isPositiveInteger(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}

function dropUndefined<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}
