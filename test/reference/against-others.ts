/** One unit against the others on the strata that both have: like with like. */
import { incidenceAt, type Sample, twoSidedP, wilsonCentre, Z_95 } from './estimators.js';

export interface Comparison {
  /** How much more (or less) the unit has than the others on its own mix; null without a shared stratum. */
  difference: number | null;
  lo: number | null;
  hi: number | null;
  /** The unit's parcels in the shared strata. */
  n: number;
  /** Those of the others there. */
  m: number;
  /** `n` as a share of all the unit's parcels that the figure counts. */
  share: number;
  /** Parcels more (or fewer) than the others would have had. */
  extra: number | null;
  p: number | null;
}

interface Estimate {
  value: number;
  variance: number;
  n: number;
}

const MIN_OTHERS = 5;
const cut = (value: number) => Math.min(1, Math.max(-1, value));

function weigh(pairs: { own: Estimate; others: Estimate }[], total: number): Comparison {
  const n = pairs.reduce((sum, { own }) => sum + own.n, 0);
  const m = pairs.reduce((sum, { others }) => sum + others.n, 0);
  const share = total > 0 ? n / total : 0;
  if (n === 0) return { difference: null, lo: null, hi: null, n, m, share, extra: null, p: null };
  let difference = 0;
  let variance = 0;
  for (const { own, others } of pairs) {
    difference += (own.n * (own.value - others.value)) / n;
    variance += (own.n / n) ** 2 * (own.variance + others.variance);
  }
  const half = Z_95 * Math.sqrt(variance);
  return {
    difference,
    lo: cut(difference - half),
    hi: cut(difference + half),
    n,
    m,
    share,
    extra: difference * n,
    p: twoSidedP(difference, Math.sqrt(variance)),
  };
}

export interface Count {
  x: number;
  n: number;
}

function estimateRate({ x, n }: Count): Estimate {
  const p = wilsonCentre(x, n);
  return { value: x / n, variance: (p * (1 - p)) / n, n };
}

/** Counts by stratum. A stratum takes part where the unit has any and the others have five. */
export function compareRates(own: Map<string, Count>, others: Map<string, Count>): Comparison {
  const total = [...own.values()].reduce((sum, { n }) => sum + n, 0);
  const pairs = [...own].flatMap(([stratum, mine]) => {
    const theirs = others.get(stratum);
    if (mine.n < 1 || !theirs || theirs.n < MIN_OTHERS) return [];
    return [{ own: estimateRate(mine), others: estimateRate(theirs) }];
  });
  return weigh(pairs, total);
}

function estimateReached(samples: Sample[], hours: number): Estimate | null {
  const { share, variance } = incidenceAt(samples, hours);
  if (share === null) return null;
  const n = samples.length;
  if (share > 1e-9 && share < 1 - 1e-9) return { value: share, variance, n };
  const p = wilsonCentre(share > 0.5 ? n : 0, n);
  return { value: share, variance: (p * (1 - p)) / n, n };
}

/** Samples by stratum: the share that was reached within `hours`. Both sides need five followed parcels. */
export function compareCurves(
  own: Map<string, Sample[]>,
  others: Map<string, Sample[]>,
  hours: number,
): Comparison {
  const total = [...own.values()].reduce((sum, samples) => sum + samples.length, 0);
  const pairs = [...own].flatMap(([stratum, mine]) => {
    const theirs = others.get(stratum) ?? [];
    if (mine.length < MIN_OTHERS || theirs.length < MIN_OTHERS) return [];
    const [left, right] = [estimateReached(mine, hours), estimateReached(theirs, hours)];
    return left && right ? [{ own: left, others: right }] : [];
  });
  return weigh(pairs, total);
}

/** Whether a comparison may be said or ranked at all. */
export function isSayable({ n, m, share }: Comparison): boolean {
  return n >= 30 && m >= 30 && share >= 0.5;
}
