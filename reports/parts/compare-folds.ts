/** How finely rows are told apart. */
export interface Fold {
  hasBrands: boolean;
  /** False also where there is one account. */
  hasAccounts: boolean;
  hasServices: boolean;
  /** The largest lanes that stay lanes; null: all. */
  lanes: number | null;
  /** Widths of the bins of hours that are tried, the finest first. */
  binWidths: readonly number[];
  weeks: number;
}

export interface CompareLimits {
  rows: number;
  /** Bytes of the script file. */
  bytes: number;
}

/** At most so much, whatever the parcels: with the page and its script under 2 MB. */
export const compareLimits: CompareLimits = { rows: 50_000, bytes: 1_400_000 };

/**
 * From fine to coarse: brands are put together first, then accounts, then service levels, then small lanes, at last weeks are left out; hours are read in
 * wider steps before any of them is given up, but not so wide as to blur a median.
 */
export function* proposeFolds(laneCount: number, weeks: number, hasAccounts = false): Generator<Fold> {
  const whole = { lanes: null, weeks, binWidths: [1, 2] };
  yield { ...whole, hasBrands: true, hasAccounts, hasServices: true };
  yield { ...whole, hasBrands: false, hasAccounts, hasServices: true };
  if (hasAccounts) yield { ...whole, hasBrands: false, hasAccounts: false, hasServices: true };
  const coarse = { ...whole, hasBrands: false, hasAccounts: false, hasServices: false, binWidths: [1, 2, 6] };
  yield coarse;
  // a quarter of the lanes less each time, the smallest first
  for (let lanes = Math.floor(laneCount * 0.75); lanes > 0; lanes = Math.floor(lanes * 0.75))
    yield { ...coarse, lanes, binWidths: [6, 24] };
  for (let left = weeks; left > 0; left = Math.floor(left / 2))
    yield { ...coarse, lanes: 0, weeks: left, binWidths: [24] };
}
