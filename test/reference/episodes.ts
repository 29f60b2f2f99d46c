/** Control charts: which weeks of a series are unusual, and which of those belong together. */
import { binomialTail } from './probability.js';

/** A settled week with enough parcels. `value` is x / n of a rate, hours otherwise. */
export interface WeekPoint {
  /** The Monday. */
  week: number;
  n: number;
  x: number;
  value: number;
}

export type Side = 'above' | 'below';

export interface Chart {
  centre: number;
  /** Of hours in hours; of a rate in binomial sigmas, 1 where weeks vary as counts should. */
  sigma: number;
  /** Counts of the baseline put together. */
  pooled: { x: number; n: number };
  lo: number;
  hi: number;
}

export interface JudgedPoint extends WeekPoint {
  chart: Chart;
  outside: Side | null;
  /** Of its centre; null on it. */
  side: Side | null;
}

export interface Episode {
  side: Side;
  /** The marked ones, in order. */
  points: [JudgedPoint, ...JudgedPoint[]];
  kind: 'outside' | 'run';
  isOpen: boolean;
}

const BASELINE = { most: 26, least: 8 };
const REACH = 2.75;
const TAIL = 0.003;
const RUN = 11;

const sumOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0);

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

/** Moving ranges over their constants, 0.954 for the median and 1.128 for the mean: the larger. */
export function sigmaOf(values: number[]): number {
  const ranges = values.slice(1).map((value, index) => Math.abs(value - (values[index] ?? value)));
  return Math.max(median(ranges) / 0.954, sumOf(ranges) / ranges.length / 1.128);
}

/** What the points before `point` lead to expect of it. Source for rates: Laney 2002 (p'); hours: Wheeler (XmR). */
export function chartFor(unit: 'rate' | 'hours', baseline: WeekPoint[], point: WeekPoint): Chart {
  const centre = median(baseline.map(({ value }) => value));
  const pooled = { x: sumOf(baseline.map(({ x }) => x)), n: sumOf(baseline.map(({ n }) => n)) };
  if (unit === 'hours') {
    const sigma = sigmaOf(baseline.map(({ value }) => value));
    const half = REACH * sigma;
    return { centre, sigma, pooled, lo: Math.max(0, centre - half), hi: centre + half };
  }
  const binomial = (n: number) => Math.sqrt((centre * (1 - centre)) / n);
  if (centre <= 0 || centre >= 1) return { centre, sigma: 1, pooled, lo: 0, hi: 1 };
  const sigma = Math.max(1, sigmaOf(baseline.map(({ value, n }) => (value - centre) / binomial(n))));
  const half = REACH * sigma * binomial(point.n);
  return { centre, sigma, pooled, lo: Math.max(0, centre - half), hi: Math.min(1, centre + half) };
}

function findOutside(unit: 'rate' | 'hours', { x, n, value }: WeekPoint, chart: Chart): Side | null {
  const p = chart.pooled.x / chart.pooled.n;
  if (unit === 'rate' && (n * p < 5 || n * (1 - p) < 5)) {
    if (binomialTail('above', x, n, p) < TAIL) return 'above';
    return binomialTail('below', x, n, p) < TAIL ? 'below' : null;
  }
  if (value > chart.hi) return 'above';
  return value < chart.lo ? 'below' : null;
}

/** Every point that has a baseline of at least eight. Points in time order. */
export function judge(unit: 'rate' | 'hours', points: WeekPoint[]): JudgedPoint[] {
  return points.slice(BASELINE.least).map((point, index) => {
    const position = index + BASELINE.least;
    const chart = chartFor(unit, points.slice(Math.max(0, position - BASELINE.most), position), point);
    const { centre } = chart;
    const side = point.value > centre ? 'above' : point.value < centre ? 'below' : null;
    return { ...point, chart, outside: findOutside(unit, point, chart), side };
  });
}

/** Two of three consecutive points outside on one side, or eleven in a row on one side of their centres. */
function findMarked(points: JudgedPoint[], side: Side): Set<number> {
  const marked = new Set<number>();
  for (let start = 0; start < points.length; start += 1) {
    const indexes = [start, start + 1, start + 2].filter((index) => points[index]?.outside === side);
    if (indexes.length >= 2) for (const index of indexes) marked.add(index);
    const run = points.slice(start, start + RUN);
    if (run.length === RUN && run.every((point) => point.side === side)) {
      for (let index = start; index < start + RUN; index += 1) marked.add(index);
    }
  }
  return marked;
}

/** Marked weeks of one side with at most one unmarked point between them are one episode. */
export function findEpisodes(unit: 'rate' | 'hours', series: WeekPoint[]): Episode[] {
  const points = judge(unit, series);
  const latestTwo = series.slice(-2).map(({ week }) => week);
  return (['above', 'below'] as const).flatMap((side) => {
    const groups: number[][] = [];
    for (const index of [...findMarked(points, side)].sort((a, b) => a - b)) {
      const group = groups.at(-1);
      if (group && index - (group.at(-1) ?? 0) <= 2) group.push(index);
      else groups.push([index]);
    }
    return groups.flatMap((group): Episode[] => {
      const [first, ...rest] = group.flatMap((index) => points[index] ?? []);
      if (!first) return [];
      const last = rest.at(-1) ?? first;
      const isOutside = [first, ...rest].some((point) => point.outside === side);
      return [
        {
          side,
          points: [first, ...rest],
          kind: isOutside ? 'outside' : 'run',
          isOpen: latestTwo.includes(last.week),
        },
      ];
    });
  });
}
