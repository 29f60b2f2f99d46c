/** Time that moves only from one timer to the next: tests of hours take milliseconds. */
export interface VirtualClock {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `action` at that instant. */
  at(timeMs: number, action: () => void): void;
  /** Runs until no timer is left or the time is up. */
  run(untilMs?: number): Promise<void>;
}

/** @param lateness how late a sleep ends, in milliseconds. */
export function createVirtualClock(startMs = 0, lateness: () => number = () => 0): VirtualClock {
  let nowMs = startMs;
  let timers: { at: number; action: () => void }[] = [];
  const add = (at: number, action: () => void) => {
    const timer = { at, action };
    timers.push(timer);
    return timer;
  };
  return {
    now: () => nowMs,
    at: add,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const timer = add(nowMs + ms + lateness(), resolve);
        signal?.addEventListener('abort', () => {
          timers = timers.filter((other) => other !== timer);
          reject(signal.reason);
        });
      }),
    run: async (untilMs = Number.POSITIVE_INFINITY) => {
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const next = timers.reduce<(typeof timers)[number] | null>(
          (a, b) => (a && a.at <= b.at ? a : b),
          null,
        );
        if (!next || next.at > untilMs) return;
        timers.splice(timers.indexOf(next), 1);
        nowMs = Math.max(nowMs, next.at);
        next.action();
      }
    },
  };
}
