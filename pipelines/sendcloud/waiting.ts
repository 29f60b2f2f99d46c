import { setMaxListeners } from 'node:events';
import { setTimeout as sleepFor } from 'node:timers/promises';

/** Waits; rejects when the signal aborts. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

export const sleepDefault: Sleep = (ms, signal) => sleepFor(ms, undefined, { signal });

/**
 * One signal that aborts with the first of several. AbortSignal.any would do, but its sources hold on to each signal
 * made of them: with one for each of a million parcels, that is a leak.
 */
export function linkSignals(sources: readonly (AbortSignal | undefined)[]): {
  signal: AbortSignal;
  unlink: () => void;
} {
  const controller = new AbortController();
  const unlinks = sources.flatMap((source) => {
    if (!source) return [];
    const abort = () => controller.abort(source.reason);
    // One listener for each request under way is no leak, however many these are.
    setMaxListeners(0, source);
    if (source.aborted) abort();
    source.addEventListener('abort', abort, { once: true });
    return [() => source.removeEventListener('abort', abort)];
  });
  return {
    signal: controller.signal,
    unlink: () => {
      for (const unlink of unlinks) unlink();
    },
  };
}

/** The promise, or the signal's reason if that aborts first: for work that is shared and goes on. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** A counted resource, handed out first come, first served. */
export function createSlots(count: number): { acquire(signal: AbortSignal): Promise<() => void> } {
  const queue: (() => void)[] = [];
  let free = count;
  const release = () => {
    const next = queue.shift();
    if (next) next();
    else free += 1;
  };
  return {
    acquire: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        if (free > 0) {
          free -= 1;
          return resolve(release);
        }
        const leave = () => {
          queue.splice(queue.indexOf(grant), 1);
          reject(signal.reason);
        };
        const grant = () => {
          signal.removeEventListener('abort', leave);
          resolve(release);
        };
        signal.addEventListener('abort', leave, { once: true });
        queue.push(grant);
      }),
  };
}
