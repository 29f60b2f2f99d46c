import { backoffMs } from './answers.js';
import { SendcloudError } from './errors.js';
import type { Limiter } from './limiter.js';

export interface RetryQuota {
  /** Retries earned by each answered request. */
  perSuccess: number;
  /** Retries there are at the start, and the most that can be saved up. */
  reserve: number;
}

export interface BrakesOptions {
  limiter: Limiter;
  retryQuota: RetryQuota;
  /** How many parcels in a row must exhaust their attempts for the circuit to open. */
  circuitAfter: number;
  /** What is said when no request ever got through. */
  describeUnreached: (reason: string) => { message: string; hint?: string };
  /** The run's own end, epoch milliseconds. */
  endAtMs?: number | undefined;
  now: () => number;
  random: () => number;
}

/** What is decided for the whole run rather than for one parcel: pauses, retries left, and when to stop. */
export interface Brakes {
  /** Aborts with the SendcloudError that ended the run. */
  readonly stopped: AbortSignal;
  /** Ends the run; the first error stands, and is returned to be thrown. */
  stop(error: SendcloudError): SendcloudError;
  /** Some HTTP answer came in. */
  hear(status: number): void;
  /** Whether any HTTP answer ever came in. */
  readonly hasContact: boolean;
  /** A 429: pauses everything, or stops where the wait is too long. `waitMs` is what Retry-After said, else null. */
  slowDown(sentAtMs: number, waitMs: number | null): void;
  /** Takes one retry out of the quota; false when there is none. */
  takeRetry(): boolean;
  /** A request got its answer, whatever that was. */
  succeed(): void;
  /**
   * A parcel got no answer and is given up for this run.
   * @throws SendcloudError `circuit_open`, or `unreachable` if nothing ever answered.
   */
  exhaust(reason: string): void;
}

/** A Retry-After beyond this is the next run's business. */
const LONGEST_PAUSE_MS = 15 * 60_000;
/** So many 429 in a row, each sent after the pause for the one before, are no hiccup. */
const MOST_THROTTLES = 10;
const MINUTE_MS = 60_000;

export function createBrakes(options: BrakesOptions): Brakes {
  const { limiter, retryQuota, now } = options;
  const controller = new AbortController();
  let tokens = retryQuota.reserve;
  let exhaustedInARow = 0;
  let throttlesInARow = 0;
  let throttledAtMs = Number.NEGATIVE_INFINITY;
  let hasContact = false;

  const stop = (error: SendcloudError): SendcloudError => {
    if (!controller.signal.aborted) controller.abort(error);
    return controller.signal.reason;
  };

  return {
    stopped: controller.signal,
    stop,
    hear: (status) => {
      hasContact = true;
      if (status !== 429) throttlesInARow = 0;
    },
    get hasContact() {
      return hasContact;
    },
    slowDown: (sentAtMs, waitMs) => {
      // Answers to requests that left before the pause began belong to the same trouble.
      const isNews = sentAtMs > throttledAtMs;
      if (isNews) {
        throttlesInARow += 1;
        throttledAtMs = now();
      }
      const untilMs = now() + (waitMs ?? (isNews ? backoffMs(throttlesInARow, options.random) : 0));
      const isHopeless = throttlesInARow >= MOST_THROTTLES;
      const isTooLong =
        (waitMs ?? 0) > LONGEST_PAUSE_MS || untilMs > (options.endAtMs ?? Number.POSITIVE_INFINITY);
      if (!isHopeless && !isTooLong) return limiter.pauseUntil(untilMs);
      const retryAtMs = isHopeless ? Math.max(untilMs, now() + MINUTE_MS) : untilMs;
      const why = isHopeless
        ? `answered 429 ${throttlesInARow} times in a row`
        : 'asks to wait longer than this run will';
      stop(new SendcloudError('rate_limited', `the API ${why}`, { retryAtMs: Math.ceil(retryAtMs) }));
    },
    takeRetry: () => {
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    succeed: () => {
      exhaustedInARow = 0;
      tokens = Math.min(retryQuota.reserve, tokens + retryQuota.perSuccess);
    },
    exhaust: (reason) => {
      exhaustedInARow += 1;
      if (!hasContact) {
        const { message, hint } = options.describeUnreached(reason);
        throw stop(new SendcloudError('unreachable', message, { hint }));
      }
      if (exhaustedInARow < options.circuitAfter) return;
      throw stop(
        new SendcloudError(
          'circuit_open',
          `${exhaustedInARow} requests in a row failed after all their attempts, the last one: ${reason}`,
        ),
      );
    },
  };
}
