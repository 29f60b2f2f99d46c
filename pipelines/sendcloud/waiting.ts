import { setMaxListeners } from 'node:events';
import { setTimeout as sleepFor } from 'node:timers/promises';

/** Waits; rejects when the signal aborts. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

export const sleepDefault: Sleep = (ms, signal) => sleepFor(ms, undefined, { signal });

/**
 * What a call waits under: aborted by `stopped`, or by the signal of its caller. One is made for each signal that is
 * given, not for each call: a run gives one signal with all of its million calls.
 */
export function createLinks(stopped: AbortSignal): (signal?: AbortSignal) => AbortSignal {
  const links = new WeakMap<AbortSignal, AbortSignal>();
  // One listener for each request under way is no leak, however many these are.
  const allowListeners = (signal: AbortSignal) => {
    setMaxListeners(0, signal);
    return signal;
  };
  allowListeners(stopped);
  return (signal) => {
    if (!signal) return stopped;
    const link = links.get(signal) ?? AbortSignal.any([stopped, allowListeners(signal)]);
    if (!links.has(signal)) links.set(signal, allowListeners(link));
    return link;
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
