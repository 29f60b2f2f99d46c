/** How finely rows are told apart. */
export interface Fold {
  hasBrands: boolean;
  hasServices: boolean;
  /** The largest lanes that stay lanes; null: all. */
  lanes: number | null;
  binHours: number;
  weeks: number;
}

export interface CompareLimits {
  rows: number;
  /** Bytes of the script file. */
  bytes: number;
}

/** At most so much, whatever the parcels: with the page and its script under 2 MB. */
export const compareLimits: CompareLimits = { rows: 50_000, bytes: 1_400_000 };

const binWidths = [1, 2, 6, 24];

/**
 * From fine to coarse: brands are put together first, then service levels, then small lanes, at last weeks are left out; the bins of hours
 * widen before any of them is given up.
 */
export function* proposeFolds(laneCount: number, weeks: number): Generator<Fold> {
  const base = { lanes: null, weeks };
  for (const [hasBrands, hasServices] of [
    [true, true],
    [false, true],
    [false, false],
  ] as const)
    for (const binHours of binWidths) yield { ...base, hasBrands, hasServices, binHours };
  const coarse = { hasBrands: false, hasServices: false };
  for (let lanes = Math.ceil(laneCount * 0.75); lanes > 0; lanes = lanes === 1 ? 0 : Math.ceil(lanes * 0.75))
    for (const binHours of [6, 24]) yield { ...coarse, lanes, binHours, weeks };
  for (let left = weeks; left > 0; left = Math.floor(left / 2))
    yield { ...coarse, lanes: 0, binHours: 24, weeks: left };
}
