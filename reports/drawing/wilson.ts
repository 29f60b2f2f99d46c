/** Of a two-sided 95 % interval; the one home of the number in TypeScript, as z_95() of queries/prelude.sql is in SQL. */
export const z95 = 1.959964;

export interface Estimate {
  value: number;
  lo: number;
  hi: number;
}

/** The middle of the interval of Wilson 1927, for x of n. */
export function findCentre(x: number, n: number): number {
  return (x + z95 ** 2 / 2) / (n + z95 ** 2);
}

/** A share of x in n with its 95 % interval (Wilson 1927); the limit on the side of an empty or full sample is exact. */
export function estimateShare(x: number, n: number): Estimate {
  const centre = findCentre(x, n);
  const half = (z95 / (n + z95 ** 2)) * Math.sqrt((x * (n - x)) / n + z95 ** 2 / 4);
  return {
    value: x / n,
    lo: x <= 0 ? 0 : Math.max(0, centre - half),
    hi: x >= n ? 1 : Math.min(1, centre + half),
  };
}
