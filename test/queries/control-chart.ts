/** The rules of alerts read once more, point by point and without SQL. Tables of counts are summed as they stand. */

/** A point: x of n, or hours of n parcels. */
export interface Point {
  value: number;
  x: number | null;
  n: number;
}

export type Side = 'above' | 'below';

export interface Judged {
  centre: number;
  lo: number | null;
  hi: number | null;
  outside: Side | null;
}

const baselineWeeks = 26;
const leastWeeks = 8;
const runWeeks = 11;

const rounded = (value: number) => Math.round(value * 1e9) / 1e9;

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** P(X = k) of n, by the ratio of neighbours from k = 0 on: good where few are expected. */
function rareMasses(n: number, p: number, most: number): number[] {
  const masses = [(1 - p) ** n];
  for (let k = 1; k <= most; k += 1) {
    masses.push(((masses[k - 1] ?? 0) * ((n - k + 1) / k) * p) / (1 - p));
  }
  return masses;
}

/** P(X >= x) where few are expected. */
export function rareTail(x: number, n: number, p: number): number {
  return (
    1 -
    rareMasses(n, p, Math.max(0, x - 1))
      .slice(0, x)
      .reduce((sum, mass) => sum + mass, 0)
  );
}

function spreadOf(deviations: readonly number[]): number {
  const ranges = deviations
    .slice(1)
    .map((deviation, index) => Math.abs(deviation - (deviations[index] ?? 0)));
  const mean = ranges.reduce((sum, range) => sum + range, 0) / ranges.length;
  return Math.max(medianOf(ranges) / 0.954, mean / 1.128);
}

/** The largest count of something rare that is no surprise. */
function rareMost(n: number, p: number): number {
  let most = 0;
  while (most < n && rareTail(most + 1, n, p) >= 0.003) most += 1;
  return most;
}

/** A point against those before it; null where they are too few. */
export function judgePoint(earlier: readonly Point[], point: Point): Judged | null {
  const baseline = earlier.slice(-baselineWeeks);
  if (baseline.length < leastWeeks) return null;
  const centre = medianOf(baseline.map(({ value }) => value));
  const sideOf = (lo: number, hi: number): Side | null => {
    if (rounded(point.value) > rounded(hi)) return 'above';
    return rounded(point.value) < rounded(lo) ? 'below' : null;
  };
  if (point.x === null) {
    const reach = 2.75 * spreadOf(baseline.map(({ value }) => value));
    const [lo, hi] = [Math.max(0, centre - reach), centre + reach];
    return { centre, lo, hi, outside: sideOf(lo, hi) };
  }
  const x = baseline.reduce((sum, each) => sum + (each.x ?? 0), 0);
  const n = baseline.reduce((sum, each) => sum + each.n, 0);
  if (point.n * x < 5 * n) {
    const hi = rareMost(point.n, x / n) / point.n;
    return { centre, lo: 0, hi, outside: sideOf(0, hi) };
  }
  if (point.n * (n - x) < 5 * n) {
    const lo = 1 - rareMost(point.n, 1 - x / n) / point.n;
    return { centre, lo, hi: 1, outside: sideOf(lo, 1) };
  }
  if (centre === 0 || centre === 1) return { centre, lo: null, hi: null, outside: null };
  const deviation = (each: Point) => (each.value - centre) / Math.sqrt((centre * (1 - centre)) / each.n);
  const spread = Math.max(1, spreadOf(baseline.map(deviation)));
  const reach = 2.75 * spread * Math.sqrt((centre * (1 - centre)) / point.n);
  const [lo, hi] = [Math.max(0, centre - reach), Math.min(1, centre + reach)];
  return { centre, lo, hi, outside: sideOf(lo, hi) };
}

export interface Chart {
  judged: (Judged | null)[];
  marked: (Side | null)[];
}

/** Every point of a chart: its limits, and whether it is part of an alert. */
export function drawChart(points: readonly Point[]): Chart {
  const judged = points.map((point, index) => judgePoint(points.slice(0, index), point));
  const marked = points.map((): Side | null => null);
  for (const side of ['above', 'below'] as const) {
    // eleven in a row on one side of their centres
    const isOn = points.map(({ value }, index) => {
      const centre = judged[index]?.centre;
      if (centre === undefined) return false;
      return side === 'above' ? rounded(value) > rounded(centre) : rounded(value) < rounded(centre);
    });
    for (let first = 0; first + runWeeks <= points.length; first += 1) {
      if (isOn.slice(first, first + runWeeks).every(Boolean)) marked.fill(side, first, first + runWeeks);
    }
  }
  for (let first = 0; first < points.length - 1; first += 1) {
    // two of three
    for (const side of ['above', 'below'] as const) {
      const window = [first, first + 1, first + 2].filter((index) => judged[index]?.outside === side);
      if (window.length >= 2) for (const index of window) marked[index] = side;
    }
  }
  return { judged, marked };
}

export interface Episode {
  side: Side;
  first: number;
  last: number;
  weeks: number;
  kind: 'outside' | 'run';
  isOpen: boolean;
}

/** Marked points on one side with at most one unmarked between them. */
export function findEpisodes({ judged, marked }: Chart): Episode[] {
  return (['above', 'below'] as const).flatMap((side) => {
    const episodes: number[][] = [];
    for (const [index, mark] of marked.entries()) {
      if (mark !== side) continue;
      const open = episodes.at(-1);
      if (open && index - (open.at(-1) ?? index) <= 2) open.push(index);
      else episodes.push([index]);
    }
    return episodes.map((indexes): Episode => {
      const last = indexes.at(-1) ?? 0;
      const isOutside = indexes.some((index) => judged[index]?.outside === side);
      return {
        side,
        first: indexes[0] ?? 0,
        last,
        weeks: indexes.length,
        kind: isOutside ? 'outside' : 'run',
        isOpen: last >= marked.length - 2,
      };
    });
  });
}
