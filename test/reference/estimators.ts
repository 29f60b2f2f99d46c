/**
 * The estimators of the metrics contract, section 5, written from their sources and for clarity. Pure functions;
 * shares between 0 and 1; the unit of time is the caller's.
 */
import { normalTwoSided } from './probability.js';

export const Z_95 = 1.959964;
const TOLERANCE = 1e-9;

export interface Interval {
  lo: number;
  hi: number;
}

const clampShare = (value: number) => Math.min(1, Math.max(0, value));

/** Centre of Wilson's interval, (x + z^2/2) / (n + z^2). */
export function wilsonCentre(x: number, n: number): number {
  return (x + Z_95 ** 2 / 2) / (n + Z_95 ** 2);
}

/**
 * 95 % score interval of x/n, null for n = 0.
 * Source: Wilson 1927, J. Am. Stat. Assoc. 22, 209 to 212.
 */
export function wilson(x: number, n: number): Interval | null {
  if (n === 0) return null;
  const centre = wilsonCentre(x, n);
  const half = (Z_95 / (n + Z_95 ** 2)) * Math.sqrt((x * (n - x)) / n + Z_95 ** 2 / 4);
  return { lo: clampShare(centre - half), hi: clampShare(centre + half) };
}

/**
 * x1/n1 - x2/n2 with its 95 % interval, by the hybrid score method; null where either n is 0. The change is clear when
 * the interval excludes 0.
 * Source: Newcombe 1998, Stat. Med. 17, 873 to 890, method 10.
 */
export function newcombe(
  x1: number,
  n1: number,
  x2: number,
  n2: number,
): (Interval & { difference: number }) | null {
  const first = wilson(x1, n1);
  const second = wilson(x2, n2);
  if (!first || !second) return null;
  const p1 = x1 / n1;
  const p2 = x2 / n2;
  const difference = p1 - p2;
  return {
    difference,
    lo: difference - Math.hypot(p1 - first.lo, second.hi - p2),
    hi: difference + Math.hypot(first.hi - p1, p2 - second.lo),
  };
}

/** Two-sided p-value of a difference with its standard error, as normal. */
export function twoSidedP(difference: number, se: number): number {
  if (se === 0) return difference === 0 ? 1 : 0;
  return normalTwoSided(difference / se);
}

export interface Sample {
  /** Duration, 0 or more. */
  t: number;
  kind: 'interest' | 'competing' | 'censored';
}

export interface CurvePoint {
  t: number;
  /** Followed to t or longer. */
  atRisk: number;
  /** Events of any kind at t. */
  d: number;
  /** Events of interest at t. */
  e: number;
  /** Share without any event after t. */
  S: number;
  /** Cumulative incidence of the event of interest at t. */
  F: number;
  variance: number;
  lo: number;
  hi: number;
}

interface TracedPoint extends Omit<CurvePoint, 'variance' | 'lo' | 'hi'> {
  /** Share without any event before t. */
  before: number;
}

function traceIncidence(samples: Sample[]): TracedPoint[] {
  const sorted = [...samples].sort((a, b) => a.t - b.t);
  const points: TracedPoint[] = [];
  let survival = 1;
  let incidence = 0;
  for (let i = 0; i < sorted.length; ) {
    const t = sorted[i]?.t ?? 0;
    const atRisk = sorted.length - i;
    let d = 0;
    let e = 0;
    for (; sorted[i]?.t === t; i += 1) {
      if (sorted[i]?.kind !== 'censored') d += 1;
      if (sorted[i]?.kind === 'interest') e += 1;
    }
    const before = survival;
    incidence += survival * (e / atRisk);
    survival *= (atRisk - d) / atRisk;
    points.push({ t, atRisk, d, e, S: survival, F: incidence, before });
  }
  return points;
}

/**
 * Cumulative incidence with competing outcomes, one point for each distinct time (censored ones too), ascending.
 * Someone censored at t was at risk at t.
 * Sources: Aalen & Johansen 1978; variance Marubini & Valsecchi 1995, eq. 10.12; limits on the complementary log-log
 * scale turned to F: F^exp(+-z se / (F ln F)).
 */
export function aalenJohansen(samples: Sample[]): CurvePoint[] {
  const traced = traceIncidence(samples);
  let variance = 0;
  return traced.map(({ before: _, ...point }, index) => {
    // Without an event of interest F stands still, and so does every term.
    if (point.e > 0) variance = varianceAt(traced, index);
    return { ...point, variance, ...incidenceLimits(point.F, variance) };
  });
}

/** F at t = k with its variance; null if nobody was followed to k and the curve has not ended (S > 0). */
export function incidenceAt(samples: Sample[], k: number): { share: number | null; variance: number } {
  const traced = traceIncidence(samples);
  const last = traced.at(-1);
  if (!last || (last.t < k && last.S > 0)) return { share: null, variance: 0 };
  const index = traced.findLastIndex(({ t }) => t <= k);
  return { share: traced[index]?.F ?? 0, variance: index < 0 ? 0 : varianceAt(traced, index) };
}

/** The curve of F alone, for areas. */
export function incidenceSteps(samples: Sample[]): { t: number; F: number; S: number }[] {
  return traceIncidence(samples).map(({ t, F, S }) => ({ t, F, S }));
}

/**
 * Variance of F at a point, the three sums term by term: linear for one point, quadratic for all, and nothing cancels on
 * the way.
 */
function varianceAt(points: TracedPoint[], index: number): number {
  const F = points[index]?.F ?? 0;
  let variance = 0;
  for (let i = 0; i <= index; i += 1) {
    const point = points[i];
    if (point === undefined || point.d === 0) continue;
    const { atRisk: n, d, e, before } = point;
    const rise = F - point.F;
    const first = n > d ? d / (n * (n - d)) : 0;
    variance += rise * rise * first + (before ** 2 * e * (n - e)) / n ** 3 - (2 * rise * before * e) / n ** 2;
  }
  return Math.max(0, variance);
}

function incidenceLimits(F: number, variance: number): Interval {
  if (F < TOLERANCE || F > 1 - TOLERANCE) return { lo: F, hi: F };
  const shift = (Z_95 * Math.sqrt(variance)) / (F * Math.log(F));
  return { lo: F ** Math.exp(-shift), hi: F ** Math.exp(shift) };
}

export interface Percentile {
  value: number | null;
  lo: number | null;
  hi: number | null;
}

/**
 * Smallest t at which the curve reaches q, null where it never does; its limits are where the upper and the lower limit
 * of the curve reach q.
 * Source: Brookmeyer & Crowley 1982, Biometrics 38, 29 to 41.
 */
export function percentile(curve: CurvePoint[], q: number): Percentile {
  const reach = (of: 'F' | 'lo' | 'hi') => curve.find((point) => point[of] >= q - TOLERANCE)?.t ?? null;
  return { value: reach('F'), lo: reach('hi'), hi: reach('lo') };
}

export interface Share {
  share: number | null;
  lo: number | null;
  hi: number | null;
}

/** F at t = k with its limits; null if nobody was followed to k and the curve has not ended (S > 0). */
export function shareAt(curve: CurvePoint[], k: number): Share {
  const last = curve.at(-1);
  if (!last || (last.t < k && last.S > 0)) return { share: null, lo: null, hi: null };
  const point = curve.findLast(({ t }) => t <= k);
  return point ? { share: point.F, lo: point.lo, hi: point.hi } : { share: 0, lo: 0, hi: 0 };
}

/** F where the curve ends: the share ever reached. */
export function shareAtEnd(curve: CurvePoint[]): Share {
  const last = curve.at(-1);
  return { share: last?.F ?? null, lo: last?.lo ?? null, hi: last?.hi ?? null };
}

export interface Cell {
  unit: string;
  stratum: string;
  x: number;
  n: number;
}

export interface Standardised {
  adj: number | null;
  lo: number | null;
  hi: number | null;
  /** What all other units achieve on this unit's mix. */
  expected: number | null;
  /** Share of the pooled volume in the strata where the unit takes part; null for a unit without any parcel. */
  support: number | null;
}

const MIN_CELL = 5;

/**
 * Direct standardisation of one unit (a carrier). `cells` are those of all units, at most one for a unit and stratum.
 * The adjusted rate weighs the unit's strata of n >= 5 by pooled volume; variance sum w^2 p(1-p)/n with p Wilson's
 * centre; limits kept within 0 and 1. The expected rate weighs the others' strata of n >= 5 by the unit's own volume.
 * Source: direct standardisation, Breslow & Day 1987, vol. II, ch. 2.
 */
export function standardise(cells: Cell[], unit: string): Standardised {
  const own = new Map<string, Cell>();
  const others = new Map<string, { x: number; n: number }>();
  const pooled = new Map<string, number>();
  for (const cell of cells) {
    pooled.set(cell.stratum, (pooled.get(cell.stratum) ?? 0) + cell.n);
    if (cell.unit === unit) {
      own.set(cell.stratum, cell);
      continue;
    }
    const sum = others.get(cell.stratum) ?? { x: 0, n: 0 };
    others.set(cell.stratum, { x: sum.x + cell.x, n: sum.n + cell.n });
  }

  const volume = [...pooled.values()].reduce((sum, n) => sum + n, 0);
  const part = [...own.values()].filter((cell) => cell.n >= MIN_CELL);
  const weightOf = (cell: Cell) => pooled.get(cell.stratum) ?? 0;
  const weight = part.reduce((sum, cell) => sum + weightOf(cell), 0);

  const mix = [...own.values()].flatMap((cell) => {
    const other = others.get(cell.stratum);
    return other && other.n >= MIN_CELL ? [{ weight: cell.n, rate: other.x / other.n }] : [];
  });
  const mixWeight = mix.reduce((sum, cell) => sum + cell.weight, 0);
  const expected =
    mixWeight > 0 ? mix.reduce((sum, cell) => sum + (cell.weight / mixWeight) * cell.rate, 0) : null;

  const ownVolume = [...own.values()].reduce((sum, cell) => sum + cell.n, 0);
  const support = ownVolume > 0 ? weight / volume : null;
  if (weight === 0) return { adj: null, lo: null, hi: null, expected, support };
  let adj = 0;
  let variance = 0;
  for (const cell of part) {
    const w = weightOf(cell) / weight;
    const p = wilsonCentre(cell.x, cell.n);
    adj += (w * cell.x) / cell.n;
    variance += (w ** 2 * p * (1 - p)) / cell.n;
  }
  const half = Z_95 * Math.sqrt(variance);
  return { adj, lo: clampShare(adj - half), hi: clampShare(adj + half), expected, support };
}
