import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, refuse, refuseInput } from './answer.js';
import { answerFault, type ChooseFault, sendAnswer } from './faults.js';
import { createLimiter, type Limits, SlidingWindow } from './limits.js';
import { readRegistration } from './registration.js';
import { createShipments, type ShipmentsOptions } from './shipments.js';
import { createSignIn } from './sign-in.js';
import { hideLaterEvents, type Json, type ParcelSource } from './source.js';
import { answerTransitTimes } from './transit-times.js';

export type { ChooseFault, Fault } from './faults.js';
export type { Limits } from './limits.js';
export type { ShipmentsOptions } from './shipments.js';
export type { ListedParcel, ParcelSource } from './source.js';

export interface SandboxOptions {
  source: ParcelSource;
  /** The virtual clock: what has happened by then can be seen. */
  now: Date | (() => Date);
  /** 0 or absent: any free port. */
  port?: number;
  /** Made at random when absent. */
  publicKey?: string;
  secretKey?: string;
  /** Absent: no limits. The real ones are 1000 GETs and 100 writes a minute, and 15 writes a second. */
  limits?: Limits;
  faults?: ChooseFault;
  /** How the account's shipments are listed; absent: these keys have no right to (403). */
  shipments?: ShipmentsOptions;
  /** Real time in ms, for limits and tokens; the virtual clock has no part in them. */
  clock?: () => number;
}

/** What came in, the token endpoint left out (it has a count of its own). */
export interface SandboxStats {
  requests: number;
  tokenRequests: number;
  byStatus: Record<number, number>;
  byMethod: Record<string, number>;
  /** The most GETs, and the most writes, that any 60 s held, refused ones included; and writes in any second. */
  largestIn60s: number;
  largestWritesIn60s: number;
  largestWritesIn1s: number;
  /** GETs of each timeline, by tracking number. */
  perTrackingNumber: Record<string, number>;
}

export interface Sandbox {
  /** Ends in /api/v3. */
  url: string;
  tokenUrl: string;
  publicKey: string;
  secretKey: string;
  setNow(now: Date): void;
  stats(): SandboxStats;
  close(): Promise<void>;
}

const host = '127.0.0.1';
const basePath = '/api/v3';
const tokenPath = '/oauth2/token/';
const timelinePath = `${basePath}/parcels/tracking`;
const shipmentsPath = `${basePath}/shipments`;
const transitTimesPath = `${basePath}/analytics/transit-times/carriers`;
const largestBody = 1 << 20;

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= largestBody) chunks.push(chunk);
  }
  return size > largestBody ? null : Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

function readTarget(request: IncomingMessage): { method: string; path: string; query: string } {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  return { method: request.method ?? 'GET', path, query };
}

/** The tracking number in a path, or null where its percent signs mean nothing. */
function decodeNumber(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}

/** The parcels of the source, and those posted since. */
function createParcels(source: ParcelSource) {
  const registered = new Map<string, Json>();
  const find = (trackingNumber: string, now: Date): object | null => {
    const body = registered.get(trackingNumber);
    return source.find(trackingNumber, now) ?? (body ? hideLaterEvents(body, now) : null);
  };
  return {
    answerTimeline(segment: string, now: Date): Answer {
      const loc = ['path', 'tracking_number'];
      const number = decodeNumber(segment);
      if (number === null)
        return refuseInput([{ loc, msg: 'Input should be a valid string', type: 'string_type' }]);
      if ([...number].length > 255) {
        const msg = 'String should have at most 255 characters';
        return refuseInput([{ loc, msg, type: 'string_too_long' }]);
      }
      const body = find(number, now);
      return body ? { status: 200, body } : { status: 404, body: { detail: 'Parcel does not exist' } };
    },
    register(text: string, now: Date): Answer {
      const json = parseJson(text);
      if (json === null)
        return refuseInput([{ loc: ['body'], msg: 'JSON decode error', type: 'json_invalid' }]);
      const registration = readRegistration(json.value, now);
      if (Array.isArray(registration)) return refuseInput(registration);
      if (find(registration.trackingNumber, now)) {
        return { status: 409, body: { detail: 'Parcel or tracking number already exists' } };
      }
      registered.set(registration.trackingNumber, registration.timeline);
      return { status: 200, body: registration.created };
    },
  };
}

/** Counts what arrives. */
function createCounts() {
  const byRequest = new Map<string, number>();
  const gets = new SlidingWindow(60_000);
  const writes = [new SlidingWindow(60_000), new SlidingWindow(1000)];
  const byStatus: Record<number, number> = {};
  const byMethod: Record<string, number> = {};
  let requests = 0;
  let tokenRequests = 0;
  return {
    /** Returns how often this method and path came, this time included. */
    addArrival(method: string, path: string, nowMs: number): number {
      const key = `${method} ${path}`;
      const count = (byRequest.get(key) ?? 0) + 1;
      byRequest.set(key, count);
      if (path === tokenPath) {
        tokenRequests += 1;
        return count;
      }
      requests += 1;
      byMethod[method] = (byMethod[method] ?? 0) + 1;
      for (const window of method === 'GET' ? [gets] : writes) window.add(nowMs);
      return count;
    },
    addStatus(path: string, status: number): void {
      if (path !== tokenPath) byStatus[status] = (byStatus[status] ?? 0) + 1;
    },
    read(): SandboxStats {
      const prefix = `GET ${timelinePath}/`;
      const timelines = [...byRequest].filter(([key]) => key.startsWith(prefix));
      return {
        requests,
        tokenRequests,
        byStatus: { ...byStatus },
        byMethod: { ...byMethod },
        largestIn60s: gets.largest,
        largestWritesIn60s: writes[0]?.largest ?? 0,
        largestWritesIn1s: writes[1]?.largest ?? 0,
        perTrackingNumber: Object.fromEntries(
          timelines.map(([key, count]) => [decodeNumber(key.slice(prefix.length)) ?? '', count]),
        ),
      };
    },
  };
}

/**
 * Starts a simulated Parcel Tracking API on 127.0.0.1 and resolves once it listens. Sign-in, limits, statuses and errors are
 * the real one's as far as its documents say; a 429 refuses a request without counting it.
 * Rejects with the system's error where the port is taken.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { source, faults, clock = Date.now } = options;
  const publicKey = options.publicKey ?? randomBytes(16).toString('hex');
  const secretKey = options.secretKey ?? randomBytes(16).toString('hex');
  const limits = options.limits ?? {};
  const signIn = createSignIn({ publicKey, secretKey }, clock);
  const limiter = createLimiter(limits);
  const parcels = createParcels(source);
  const shipments = options.shipments ? createShipments(source, options.shipments) : null;
  const counts = createCounts();
  let readNow = options.now;
  const now = () => (typeof readNow === 'function' ? readNow() : readNow);

  const refuseLimit = (waitMs: number): Answer => {
    const { body } = limits.body ? refuse(429, 'throttled', 'Request was throttled.') : {};
    const headers = limits.retryAfter ? { 'retry-after': String(Math.ceil(waitMs / 1000)) } : undefined;
    return { status: 429, body, headers };
  };

  const route = async (request: IncomingMessage, arrivedMs: number): Promise<Answer> => {
    const { method, path, query } = readTarget(request);
    const text = await readBody(request);
    if (text === null) return refuse(413, 'invalid', 'Request body is too large.');
    const { authorization } = request.headers;
    if (path === tokenPath) {
      if (method === 'POST') return signIn.grantToken(authorization, text);
      return refuse(405, 'invalid', 'Method not allowed.');
    }
    const refusal = signIn.check(authorization);
    if (refusal) return refusal;
    const waitMs = limiter.admit(method, arrivedMs);
    if (waitMs !== null) return refuseLimit(waitMs);
    const segment = path.startsWith(`${timelinePath}/`) ? path.slice(timelinePath.length + 1) : '';
    const isTimeline = segment !== '' && !segment.includes('/');
    if (method === 'GET' && isTimeline) return parcels.answerTimeline(segment, now());
    if (method === 'POST' && path === timelinePath) return parcels.register(text, now());
    if (method === 'GET' && path === transitTimesPath) {
      return answerTransitTimes(source, new URLSearchParams(query), now());
    }
    if (method === 'GET' && path === shipmentsPath) {
      if (shipments === null) return refuse(403, 'forbidden', 'You do not have permission to do this.');
      return shipments.answer(new URLSearchParams(query), now(), `http://${request.headers.host}`);
    }
    const isKnown = isTimeline || [timelinePath, transitTimesPath, shipmentsPath].includes(path);
    return isKnown ? refuse(405, 'invalid', 'Method not allowed.') : refuse(404, 'not_found', 'Not found.');
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, path } = readTarget(request);
    const arrivedMs = clock();
    const count = counts.addArrival(method, path, arrivedMs);
    const fault = faults?.({ method, path, count }) ?? null;
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    const failed = fault === null ? null : answerFault(fault);
    const answer =
      failed ??
      (await route(request, arrivedMs).catch(() =>
        refuse(500, 'unknown_error', 'The sandbox failed to answer.'),
      ));
    counts.addStatus(path, answer.status);
    sendAnswer(request, response, answer, fault?.kind === 'truncate');
  };

  const server = createServer((request, response) => void handle(request, response));
  // Longer than any test: a connection closed while the client reuses it would look like a fault that nobody asked for.
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const origin = `http://${host}:${port}`;
  return {
    url: `${origin}${basePath}`,
    tokenUrl: `${origin}${tokenPath}`,
    publicKey,
    secretKey,
    setNow(date) {
      readNow = date;
    },
    stats: () => counts.read(),
    close: () =>
      new Promise((resolve) => {
        // The only error that closing knows is that it is closed already.
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
