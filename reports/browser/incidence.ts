import { z95 } from '../drawing/wilson.js';

/** How many follow-ups ended in each bin of hours, by the event, by another end, and by the end of watching. */
export interface Endings {
  /** Width of a bin in hours; bin i is [i * binHours, (i + 1) * binHours), the last one is open. */
  binHours: number;
  interest: Float64Array;
  competing: Float64Array;
  censored: Float64Array;
}

/** The curve at the end of a bin. */
export interface IncidencePoint {
  /** Hours at which the bin ends. */
  hours: number;
  /** Followed up to the end of the bin. */
  atRisk: number;
  share: number;
  variance: number;
  lo: number;
  hi: number;
  /** False where nobody was followed so far and the curve has not ended: nothing is drawn there. */
  isKnown: boolean;
}

export interface Incidence {
  n: number;
  points: IncidencePoint[];
}

const nearly = 1e-9;

/** Hours after which all is one bin, as in `cell_hours`. */
export const lastBinHours = 336;

export function makeEndings(binHours: number): Endings {
  const bins = Math.floor(lastBinHours / binHours) + 1;
  const make = () => new Float64Array(bins);
  return { binHours, interest: make(), competing: make(), censored: make() };
}

function limitOf(share: number, variance: number, sign: number): number {
  if (share < nearly || share > 1 - nearly) return share;
  return share ** Math.exp((sign * z95 * Math.sqrt(Math.max(0, variance))) / (share * Math.log(share)));
}

/**
 * Aalen and Johansen's cumulative incidence of the event of interest, from bins: within a bin the event comes first, then what competes
 * with it, then the end of watching. Variance after Marubini and Valsecchi (1995), limits on the log(-log) scale.
 */
export function estimateIncidence({ binHours, interest, competing, censored }: Endings): Incidence {
  const total = [interest, competing, censored].reduce(
    (sum, counts) => sum + counts.reduce((all, count) => all + count, 0),
    0,
  );
  let n = total;
  let [survival, share, squares, linear, constant] = [1, 0, 0, 0, 0];
  const points: IncidencePoint[] = [];
  for (let bin = 0; bin < interest.length - 1; bin += 1) {
    const e = interest[bin] ?? 0;
    const d = e + (competing[bin] ?? 0);
    if (d > 0) {
      const hazard = d < n ? d / (n * (n - d)) : 0;
      const cross = (survival * e) / n ** 2;
      share = Math.min(1, share + (survival * e) / n);
      squares += hazard;
      linear += share * hazard + cross;
      constant += share ** 2 * hazard + (survival ** 2 * e * (n - e)) / n ** 3 + 2 * share * cross;
      survival = d < n ? (survival * (n - d)) / n : 0;
    }
    n -= d + (censored[bin] ?? 0);
    const variance = share ** 2 * squares - 2 * share * linear + constant;
    const before = points.at(-1);
    // nothing happened: the limits stand where they stood
    const isStill = d === 0 && before !== undefined;
    points.push({
      hours: (bin + 1) * binHours,
      atRisk: n,
      share,
      variance,
      lo: isStill ? before.lo : limitOf(share, variance, -1),
      hi: isStill ? before.hi : limitOf(share, variance, 1),
      isKnown: n > 0 || survival <= nearly,
    });
  }
  return { n: total, points };
}

/** So much of the weights has to be followed for a mixed curve to be drawn on. */
const followedShare = 0.95;

/**
 * The mean of curves with the weights given, point by point: what somebody's parcels would have done in other hands. Variances add with the
 * squares of the weights; a curve that nobody follows any longer stands still.
 */
export function mixIncidence(curves: readonly { weight: number; curve: Incidence }[]): Incidence {
  const total = curves.reduce((sum, { weight }) => sum + weight, 0);
  const first = curves[0]?.curve.points ?? [];
  const points = first.map(({ hours }, place): IncidencePoint => {
    let [share, variance, atRisk, known] = [0, 0, 0, 0];
    for (const { weight, curve } of curves) {
      const point = curve.points[place];
      if (!point) continue;
      const part = weight / total;
      share += part * point.share;
      variance += part ** 2 * point.variance;
      atRisk += point.atRisk;
      if (point.isKnown) known += part;
    }
    return {
      hours,
      atRisk,
      share,
      variance,
      lo: limitOf(share, variance, -1),
      hi: limitOf(share, variance, 1),
      isKnown: known >= followedShare,
    };
  });
  return { n: curves.reduce((sum, { curve }) => sum + curve.n, 0), points };
}

/** The hours at which a curve reaches a share: the ends of the bins in which it and its limits do. Null: not within two weeks. */
export interface Percentile {
  hours: number | null;
  lo: number | null;
  hi: number | null;
}

/** A percentile, true to the width of a bin: at `hours` at least the share `q` had come, at the end of the bin before it had not. */
export function findPercentile({ points }: Incidence, q: number): Percentile {
  const first = (read: (point: IncidencePoint) => number) =>
    points.find((point) => read(point) >= q - nearly)?.hours ?? null;
  return { hours: first(({ share }) => share), lo: first(({ hi }) => hi), hi: first(({ lo }) => lo) };
}
