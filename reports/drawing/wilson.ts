import type { Estimate } from './kit.js';

const z = 1.959964;

/** A share of `count` in `n` with its 95 % interval (Wilson 1927), for shares whose table has no limits. */
export function estimateShare(count: number, n: number): Estimate {
  const share = count / n;
  const centre = (share + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2));
  return { value: share, lo: Math.max(0, centre - half), hi: Math.min(1, centre + half) };
}
