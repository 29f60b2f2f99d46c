/** Limits as the API has them; one that is absent does not hold. */
export interface Limits {
  getPerMinute?: number;
  writePerMinute?: number;
  writePerSecond?: number;
  /** Whether a 429 says how long to wait. Default false: the API may leave it out. */
  retryAfter?: boolean;
  /** Whether a 429 has a body in the JSON:API form. Default false: the API may leave it empty. */
  body?: boolean;
}

/** Counts arrivals in the half-open window (now - length, now]: nothing is reset at a full minute. */
export class SlidingWindow {
  #arrivals: number[] = [];
  #head = 0;
  #largest = 0;

  constructor(readonly lengthMs: number) {}

  /** Arrivals in the window that ends now. */
  count(nowMs: number): number {
    while (this.#head < this.#arrivals.length && (this.#arrivals[this.#head] ?? 0) <= nowMs - this.lengthMs) {
      this.#head += 1;
    }
    if (this.#head > 4096) {
      this.#arrivals = this.#arrivals.slice(this.#head);
      this.#head = 0;
    }
    return this.#arrivals.length - this.#head;
  }

  add(nowMs: number): void {
    this.#arrivals.push(nowMs);
    this.#largest = Math.max(this.#largest, this.count(nowMs));
  }

  /** The most arrivals that any window has held. */
  get largest(): number {
    return this.#largest;
  }

  /** How long until the oldest arrival leaves the window, in ms. */
  waitMs(nowMs: number): number {
    return Math.max(0, (this.#arrivals[this.#head] ?? nowMs - this.lengthMs) + this.lengthMs - nowMs);
  }
}

export interface Limiter {
  /** Counts an arrival; returns how long to wait, in ms, where a limit refuses it, else null. What is refused uses up nothing. */
  admit(method: string, nowMs: number): number | null;
}

/** Applies the limits to one account: all GETs together, all writes together. */
export function createLimiter(limits: Limits): Limiter {
  const gets = [{ most: limits.getPerMinute ?? Number.POSITIVE_INFINITY, window: new SlidingWindow(60_000) }];
  const writes = [
    { most: limits.writePerMinute ?? Number.POSITIVE_INFINITY, window: new SlidingWindow(60_000) },
    { most: limits.writePerSecond ?? Number.POSITIVE_INFINITY, window: new SlidingWindow(1000) },
  ];
  return {
    admit(method, nowMs) {
      const rules = method === 'GET' ? gets : writes;
      const full = rules.filter(({ most, window }) => window.count(nowMs) >= most);
      if (full.length > 0) return Math.max(...full.map(({ window }) => window.waitMs(nowMs)));
      for (const { window } of rules) window.add(nowMs);
      return null;
    },
  };
}
