import { estimateShare, findCentre, z95 } from '../drawing/wilson.js';

/** x parcels counted of n that a rate asks. */
export interface Tally {
  x: number;
  n: number;
}

/** One lane, delivery type and service level: what the carrier did there, and what the others did. */
export interface Stratum {
  own: Tally;
  others: Tally;
}

/** The published thresholds that a comparison keeps to. */
export interface CompareThresholds {
  /** Fewer parcels: the figure is not shown. */
  withheldBelow: number;
  /** Fewer parcels on either side: shown, never said to differ. */
  rankedFrom: number;
  /** A smaller share of the carrier's parcels (0 to 1) that can be compared: shown, never said to differ. */
  supportFrom: number;
  /** The others take part where they have so many parcels. */
  othersFrom: number;
}

/** A carrier against others, like with like. Rates and limits 0 to 1, null where nothing can be compared. */
export interface Comparison {
  difference: number | null;
  lo: number | null;
  hi: number | null;
  /** The carrier's parcels where both sides have enough. */
  n: number;
  /** The others' parcels there. */
  otherN: number;
  /** n as a share of all that the carrier has of the rate; null where it has none. */
  share: number | null;
  /** Parcels more (or fewer) than the others would have had of the same n. */
  extra: number | null;
  /** The carrier's rate on the compared parcels, and the others' weighted as the carrier's parcels are. */
  own: number | null;
  others: number | null;
  isComparable: boolean;
}

const varianceOf = ({ x, n }: Tally) => {
  const centre = findCentre(x, n);
  return (centre * (1 - centre)) / n;
};

export function isShared({ own, others }: Stratum, { othersFrom }: CompareThresholds): boolean {
  return own.n >= 1 && others.n >= othersFrom;
}

/**
 * How many points the carrier does more or less than the others on the strata of both, weighted with its own parcels: direct
 * standardisation, with variances about Wilson's centres, z 1.959964, cut at -1 and 1. What `comparisons` holds, for any choice.
 */
export function compareStrata(strata: Iterable<Stratum>, thresholds: CompareThresholds): Comparison {
  let [n, otherN, listedN, extra, ownX, expectedX, spread] = [0, 0, 0, 0, 0, 0, 0];
  for (const stratum of strata) {
    const { own, others } = stratum;
    listedN += own.n;
    if (!isShared(stratum, thresholds)) continue;
    const otherRate = others.x / others.n;
    n += own.n;
    otherN += others.n;
    ownX += own.x;
    expectedX += own.n * otherRate;
    extra += own.x - own.n * otherRate;
    spread += own.n ** 2 * (varianceOf(own) + varianceOf(others));
  }
  const share = listedN > 0 ? n / listedN : null;
  const nothing = { difference: null, lo: null, hi: null, extra: null, own: null, others: null };
  if (n === 0) return { ...nothing, n, otherN, share, isComparable: false };
  const difference = extra / n;
  const half = (z95 * Math.sqrt(spread)) / n;
  return {
    difference,
    lo: Math.max(-1, difference - half),
    hi: Math.min(1, difference + half),
    n,
    otherN,
    share,
    extra,
    own: ownX / n,
    others: expectedX / n,
    isComparable:
      n >= thresholds.rankedFrom && otherN >= thresholds.rankedFrom && (share ?? 0) >= thresholds.supportFrom,
  };
}

/** x of n with Wilson's interval; nulls for none. */
export function estimateTally({ x, n }: Tally): {
  rate: number | null;
  lo: number | null;
  hi: number | null;
} {
  if (n === 0) return { rate: null, lo: null, hi: null };
  const { value, lo, hi } = estimateShare(x, n);
  return { rate: value, lo, hi };
}
