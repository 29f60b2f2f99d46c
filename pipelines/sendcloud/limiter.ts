import { type Sleep, sleepDefault } from './waiting.js';

export interface Quota {
  perMinute: number;
  perSecond?: number;
}

/** Writes count towards the whole quota and, beside it, towards their own. */
export type Lane = 'read' | 'write';

export interface LimiterOptions extends Quota {
  writes?: Quota | undefined;
  /** Epoch milliseconds; it must advance. */
  now?: (() => number) | undefined;
  sleep?: Sleep | undefined;
}

export interface Limiter {
  /** Resolves when one request may leave; rejects with the signal's reason when it aborts first. */
  acquire(signal?: AbortSignal, lane?: Lane): Promise<void>;
  /** Nothing leaves before that instant. The latest of several pauses counts. */
  pauseUntil(epochMs: number): void;
  /** Epoch milliseconds, null when not paused. */
  readonly pausedUntil: number | null;
}

interface Waiter {
  ticket: number;
  arrivedAt: number;
  grant: () => void;
}

/**
 * A request may travel for up to a second, so that a server's minute can hold what left in 61 seconds: both windows
 * are longer by that second. The rate is thereby 1.6 % below the one allowed.
 */
const TRAVEL_MS = 1_000;
/** How late a timer may fire and still be caught up with; more is lost time, or a stall would end in a burst. */
const CATCH_UP_MS = 50;
const LONGEST_SLEEP_MS = 60_000;

/**
 * One limiter for everything that leaves: a sliding window that starts empty, with evenly spaced departures, first
 * come, first served. Never more than the quota arrives in any 60 seconds, wherever the window is laid. The even
 * spacing, which a bucket of tokens would not give, keeps that true across two runs in a row.
 * @throws RangeError for a quota that is not a positive integer.
 */
export function createLimiter(options: LimiterOptions): Limiter {
  // Time is measured on a clock that no correction of the host's can turn back.
  const wall = options.now ?? Date.now;
  const clock = options.now ?? (() => performance.now());
  const sleep = options.sleep ?? sleepDefault;
  const all = createGate(options);
  const writes = options.writes ? createGate(options.writes) : null;
  const queues: Record<Lane, Waiter[]> = { read: [], write: [] };
  let pauseEnd = Number.NEGATIVE_INFINITY;
  let tickets = 0;
  let isPumping = false;
  let nap = new AbortController();

  const freeAt = (lane: Lane): number =>
    Math.max(all.freeAt(), pauseEnd, lane === 'write' && writes ? writes.freeAt() : Number.NEGATIVE_INFINITY);

  /** The waiter to go first: the older of those that may go by now, else the one that may go soonest. */
  const findNext = (now: number): { lane: Lane; waiter: Waiter; at: number } | null => {
    let best: { lane: Lane; waiter: Waiter; at: number } | null = null;
    for (const lane of ['read', 'write'] as const) {
      const waiter = queues[lane][0];
      if (!waiter) continue;
      const at = freeAt(lane);
      const isSooner = best === null || Math.max(at, now) < Math.max(best.at, now);
      const isOlder = best !== null && at <= now && waiter.ticket < best.waiter.ticket;
      if (isSooner || isOlder) best = { lane, waiter, at };
    }
    return best;
  };

  const pump = async (): Promise<void> => {
    if (isPumping) return nap.abort();
    isPumping = true;
    for (;;) {
      const now = clock();
      const next = findNext(now);
      if (!next) break;
      if (next.at > now) {
        nap = new AbortController();
        await sleep(Math.min(Math.ceil(next.at - now), LONGEST_SLEEP_MS), nap.signal).catch(() => {});
        continue;
      }
      queues[next.lane].shift();
      const due = Math.max(next.at, next.waiter.arrivedAt, now - CATCH_UP_MS);
      all.take(now, due);
      if (next.lane === 'write') writes?.take(now, due);
      next.waiter.grant();
    }
    isPumping = false;
  };

  return {
    acquire: (signal, lane = 'read') =>
      new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const leave = () => {
          queues[lane].splice(queues[lane].indexOf(waiter), 1);
          reject(signal?.reason);
          void pump();
        };
        let isGranted = false;
        const waiter: Waiter = {
          ticket: tickets++,
          arrivedAt: clock(),
          grant: () => {
            isGranted = true;
            signal?.removeEventListener('abort', leave);
            resolve();
          },
        };
        queues[lane].push(waiter);
        void pump();
        if (!isGranted) signal?.addEventListener('abort', leave, { once: true });
      }),
    pauseUntil: (epochMs) => {
      pauseEnd = Math.max(pauseEnd, clock() + epochMs - wall());
    },
    get pausedUntil() {
      return pauseEnd > clock() ? wall() + pauseEnd - clock() : null;
    },
  };
}

/** Sliding windows over the instants of departure, and the even spacing between them. */
function createGate(quota: Quota) {
  const perMinute = createWindow(quota.perMinute, 60_000 + TRAVEL_MS);
  const perSecond = quota.perSecond === undefined ? null : createWindow(quota.perSecond, 1_000 + TRAVEL_MS);
  const spacingMs = (60_000 + TRAVEL_MS) / quota.perMinute;
  let nextAt = Number.NEGATIVE_INFINITY;
  return {
    freeAt: () => Math.max(nextAt, perMinute.freeAt(), perSecond?.freeAt() ?? Number.NEGATIVE_INFINITY),
    /** @param due when the request should have left, had timers been exact: the spacing counts from there. */
    take: (now: number, due: number) => {
      nextAt = due + spacingMs;
      perMinute.take(now);
      perSecond?.take(now);
    },
  };
}

function createWindow(limit: number, windowMs: number) {
  if (!Number.isInteger(limit) || limit < 1) throw new RangeError('a quota is a positive integer');
  const departures = new Float64Array(limit).fill(Number.NEGATIVE_INFINITY);
  let oldest = 0;
  return {
    freeAt: () => (departures[oldest] ?? 0) + windowMs,
    take: (now: number) => {
      departures[oldest] = now;
      oldest = (oldest + 1) % limit;
    },
  };
}
