import { type Choice, listKeys } from './choice.js';
import type { CompareFigures, PercentileFigures } from './compare-figures.js';
import type { IsoWeek } from './iso-weeks.js';

/** As the published tables round. */
const round = (value: number | null) => (value === null ? null : Math.round(value * 1e9) / 1e9);

function listPercentiles({ n, reached, p50, p90 }: PercentileFigures) {
  return {
    n,
    reached: round(reached),
    p50_hours: p50.hours,
    p50_hours_lo: p50.lo,
    p50_hours_hi: p50.hi,
    p90_hours: p90.hours,
    p90_hours_lo: p90.lo,
    p90_hours_hi: p90.hi,
  };
}

function nameChoice(choice: Choice, weeks: readonly IsoWeek[]) {
  const texts = { ...choice, from: weeks[choice.from]?.name ?? '', to: weeks[choice.to]?.name ?? '' };
  return Object.fromEntries(
    listKeys({ hasAccounts: choice.account !== '*' }).map((key) => [key, texts[key]]),
  );
}

/**
 * What `#figures` holds: n, x, rate, lo, hi of the carrier; `others`, the others' rate like with like; difference with its limits, the parcels
 * compared, their share, parcels more than the others would have had. Rates 0 to 1, hours the ends of their bins. `is_withheld`: too few to
 * be shown; `is_comparable`: the difference may be said; `doubt`: not reported or not judged, and then no figure is the carrier's.
 */
export function listFigures(
  figures: CompareFigures,
  weeks: readonly IsoWeek[],
  withheldBelow: number,
): object {
  const { choice, own, rate, others, comparison, percentiles, doubt, otherDoubt, lanes } = figures;
  const base = { choice: nameChoice(choice, weeks) };
  if (percentiles)
    return {
      ...base,
      ...listPercentiles(percentiles.own),
      others: listPercentiles(percentiles.others),
      is_withheld: percentiles.own.n < withheldBelow,
    };
  return {
    ...base,
    n: own.n,
    x: own.x,
    rate: round(rate.rate),
    lo: round(rate.lo),
    hi: round(rate.hi),
    own: round(comparison.own),
    others: round(comparison.others),
    others_n: others.n,
    others_x: others.x,
    difference: round(comparison.difference),
    difference_lo: round(comparison.lo),
    difference_hi: round(comparison.hi),
    compared_n: comparison.n,
    compared_others_n: comparison.otherN,
    share: round(comparison.share),
    extra: round(comparison.extra),
    is_withheld: own.n < withheldBelow,
    is_comparable: comparison.isComparable && doubt === null && otherDoubt === null,
    doubt: doubt?.words ?? null,
    others_doubt: otherDoubt?.words ?? null,
    lanes: lanes.map(({ lane, own: { n, x }, comparison: each }) => ({
      lane,
      n,
      x,
      compared_n: each.n,
      others: round(each.others),
      extra: round(each.extra),
    })),
  };
}
