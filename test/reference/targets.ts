/** Agreed figures against what came. */
import { cohortsOf, type Period } from './cohorts.js';
import { twoSidedP, wilson } from './estimators.js';
import type { Milestones } from './parcels.js';
import { countRate, rateOf } from './rates.js';
import { parseDay } from './time.js';
import type { RateName } from './types.js';

/** A row of targets.csv; null stands for an empty cell. */
export interface Target {
  carrier_code: string | null;
  from_country: string | null;
  to_country: string | null;
  delivery_type: string | null;
  service_level: string | null;
  metric: RateName;
  target: number;
  from_date: string | null;
  to_date: string | null;
}

export type Verdict = 'met' | 'missed' | 'too_close' | 'too_few';

export interface TargetRow extends Target {
  target_number: number;
  n: number;
  x: number;
  rate: number | null;
  rate_lo: number | null;
  rate_hi: number | null;
  verdict: Verdict;
  short_by: number | null;
  short_by_lo: number | null;
  short_by_hi: number | null;
}

/** Of a product of a share and a count, which is whole but for its last digits; never -0. */
const ceil = (value: number) => Math.ceil(value - 1e-9) || 0;
const floor = (value: number) => Math.floor(value + 1e-9);

/** Verdict and shortfall: negative where more met it than had to. `good` is the direction of better. */
export function judgeTarget(x: number, n: number, target: number, good: 'higher' | 'lower') {
  const interval = wilson(x, n);
  if (!interval) {
    const none = { rate: null, rate_lo: null, rate_hi: null };
    return { n, ...none, verdict: 'too_few' as const, short_by: null, short_by_lo: null, short_by_hi: null };
  }
  const { lo, hi } = interval;
  const isAbove = lo >= target;
  const isBelow = hi <= target;
  const sided = good === 'higher' ? { met: isAbove, missed: isBelow } : { met: isBelow, missed: isAbove };
  const verdict: Verdict = n < 30 ? 'too_few' : sided.met ? 'met' : sided.missed ? 'missed' : 'too_close';
  const shortAt = (rate: number) =>
    good === 'higher' ? ceil(target * n) - rate * n : rate * n - floor(target * n);
  const ends = [shortAt(lo), shortAt(hi)].sort((a, b) => a - b);
  return {
    n,
    rate: x / n,
    rate_lo: lo,
    rate_hi: hi,
    verdict,
    short_by: ceil(shortAt(x / n)),
    short_by_lo: ceil(ends[0] ?? 0),
    short_by_hi: ceil(ends[1] ?? 0),
  };
}

/** Score test of a rate against its target: the p-value that Wilson's interval is made of. */
export function targetP(x: number, n: number, target: number): number {
  return twoSidedP(x / n - target, Math.sqrt((target * (1 - target)) / n));
}

const LOWER_IS_BETTER =
  /^(never_scanned|handed_over_late|promise_seen_late|exception|diverted|returned|lost|forced|unresolved)/;

export const goodOf = (metric: RateName) => (LOWER_IS_BETTER.test(metric) ? 'lower' : 'higher');

export function countTarget(target: Target, parcels: Milestones[], current: Period) {
  const fits = (wanted: string | null, value: string | null) => wanted === null || wanted === value;
  const meant = parcels.filter(
    (parcel) =>
      fits(target.carrier_code, parcel.carrierCode) &&
      fits(target.from_country, parcel.fromCountry) &&
      fits(target.to_country, parcel.toCountry) &&
      fits(target.delivery_type, parcel.deliveryType) &&
      fits(target.service_level, parcel.serviceLevel),
  );
  const period: Period = {
    ...current,
    fromDay: parseDay(target.from_date) ?? current.fromDay,
    toDay: Math.min((parseDay(target.to_date) ?? current.toDay) + 1, current.toDay),
  };
  const rate = rateOf(target.metric);
  return countRate(rate, cohortsOf(meant, period)[rate.cohort], period);
}

export function targetRows(targets: Target[], parcels: Milestones[], current: Period): TargetRow[] {
  return targets.map((target, index) => {
    const { x, n } = countTarget(target, parcels, current);
    return {
      ...target,
      target_number: index + 1,
      x,
      ...judgeTarget(x, n, target.target, goodOf(target.metric)),
    };
  });
}
