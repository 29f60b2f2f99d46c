import type { Sleep } from '../../../pipelines/sendcloud/waiting.js';

/** Virtual time over a real loopback server: it moves to the next timer only while no request is under way. */
export interface QuietClock {
  now: () => number;
  sleep: Sleep;
  /** Moves time along until the work is done. `isQuiet`: nothing is on its way to the server or back. */
  run: <T>(work: Promise<T>, isQuiet: () => boolean) => Promise<T>;
}

export function createQuietClock(startMs: number): QuietClock {
  let nowMs = startMs;
  let timers: { at: number; wake: () => void }[] = [];
  return {
    now: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const leave = () => {
          timers = timers.filter((other) => other !== timer);
          reject(signal?.reason);
        };
        const timer = {
          at: nowMs + ms,
          wake: () => {
            signal?.removeEventListener('abort', leave);
            resolve();
          },
        };
        timers.push(timer);
        signal?.addEventListener('abort', leave, { once: true });
      }),
    run: async (work, isQuiet) => {
      let isDone = false;
      const ending = work.finally(() => {
        isDone = true;
      });
      // Its outcome is looked at in the end; until then it counts as looked after.
      ending.catch(() => {});
      while (!isDone) {
        await new Promise((resolve) => setImmediate(resolve));
        if (!isQuiet() || timers.length === 0) {
          // The network and the database go on in real time; spinning would take it from them.
          await new Promise((resolve) => setTimeout(resolve, 1));
          continue;
        }
        const next = timers.reduce((a, b) => (b.at < a.at ? b : a));
        timers = timers.filter((timer) => timer !== next);
        nowMs = Math.max(nowMs, next.at);
        next.wake();
      }
      return ending;
    },
  };
}
