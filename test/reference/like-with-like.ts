/** Columns that set a carrier against the others: on shared strata, and standardised. */
import { type Comparison, type Count, compareCurves, compareRates } from './against-others.js';
import { cohortsOf, type Period } from './cohorts.js';
import { type Sample, standardise } from './estimators.js';
import type { Milestones } from './parcels.js';
import { isSample } from './performance.js';
import { rateOf } from './rates.js';
import { transitSample } from './samples.js';
import type { AdjustedColumns, AdjustedName, AgainstOthersColumns, ComparedName, RateName } from './types.js';

export const comparedRates: ComparedName[] = [
  'on_time_rate',
  'promise_kept_rate',
  'exception_rate_carrier',
  'first_attempt_success_rate',
  'transit_2_working_days_rate',
];

const HORIZONS = { '2d': 48, '5d': 120 } as const;

function stratumOf({ fromCountry, toCountry, deliveryType, serviceLevel }: Milestones): string {
  return JSON.stringify([fromCountry, toCountry, deliveryType, serviceLevel]);
}

/** By carrier, then by stratum. */
type Strata<T> = Map<string, Map<string, T>>;

function countStrata(name: RateName, parcels: Milestones[], period: Period): Strata<Count> {
  const rate = rateOf(name);
  const strata: Strata<Count> = new Map();
  for (const parcel of cohortsOf(parcels, period)[rate.cohort]) {
    const answer = rate.ask(parcel, period.clock);
    if (answer === null) continue;
    const own = strata.get(parcel.carrierCode) ?? new Map<string, Count>();
    strata.set(parcel.carrierCode, own);
    const { x, n } = own.get(stratumOf(parcel)) ?? { x: 0, n: 0 };
    own.set(stratumOf(parcel), { x: x + Number(answer), n: n + 1 });
  }
  return strata;
}

function sampleStrata(parcels: Milestones[], period: Period): Strata<Sample[]> {
  const strata: Strata<Sample[]> = new Map();
  for (const parcel of cohortsOf(parcels, period).scan) {
    const sample = transitSample(parcel);
    if (!isSample(sample)) continue;
    const own = strata.get(parcel.carrierCode) ?? new Map<string, Sample[]>();
    strata.set(parcel.carrierCode, own);
    const stratum = own.get(stratumOf(parcel));
    if (stratum) stratum.push(sample);
    else own.set(stratumOf(parcel), [sample]);
  }
  return strata;
}

/** All carriers but one, or a single other one, put together. */
function gatherOthers<T>(strata: Strata<T>, isOther: (carrier: string) => boolean, add: (a: T, b: T) => T) {
  const others = new Map<string, T>();
  for (const [carrier, cells] of strata) {
    if (!isOther(carrier)) continue;
    for (const [stratum, cell] of cells) {
      const known = others.get(stratum);
      others.set(stratum, known === undefined ? cell : add(known, cell));
    }
  }
  return others;
}

export type ComparedFigure = ComparedName | `transit_${keyof typeof HORIZONS}`;

/**
 * Every comparison of one carrier with all others among these parcels, or (`rival`) with that one alone. Within one
 * lane when the parcels are that lane's.
 */
export function compareWithin(parcels: Milestones[], period: Period) {
  const counts = comparedRates.map((name) => ({ name, strata: countStrata(name, parcels, period) }));
  const samples = sampleStrata(parcels, period);
  return (carrier: string, rival?: string): Record<ComparedFigure, Comparison> => {
    const isOther = (other: string) => (rival === undefined ? other !== carrier : other === rival);
    const fromRates = counts.map(({ name, strata }) => {
      const others = gatherOthers(strata, isOther, (a, b) => ({ x: a.x + b.x, n: a.n + b.n }));
      return [name, compareRates(strata.get(carrier) ?? new Map<string, Count>(), others)];
    });
    const others = gatherOthers(samples, isOther, (a, b) => [...a, ...b]);
    const own = samples.get(carrier) ?? new Map<string, Sample[]>();
    const fromCurves = Object.entries(HORIZONS).map(([name, hours]) => [
      `transit_${name}`,
      compareCurves(own, others, hours),
    ]);
    return Object.fromEntries([...fromRates, ...fromCurves]) as Record<ComparedFigure, Comparison>;
  };
}

/** The comparisons under their public names; null stands for `*`. */
export function toAgainstColumns(compared: Record<ComparedFigure, Comparison> | null): AgainstOthersColumns {
  const columnsOf = (name: string, comparison: Comparison | undefined) => [
    [name, comparison?.difference ?? null],
    [`${name}_lo`, comparison?.lo ?? null],
    [`${name}_hi`, comparison?.hi ?? null],
    [`${name}_n`, comparison?.n ?? null],
    [`${name}_share`, comparison?.share ?? null],
  ];
  const ofRates = comparedRates.flatMap((name) => [
    ...columnsOf(`${name}_vs_others`, compared?.[name]),
    [`${name}_vs_others_extra`, compared?.[name].extra ?? null],
  ]);
  const ofCurves = (['2d', '5d'] as const).flatMap((horizon) =>
    columnsOf(`transit_vs_others_${horizon}`, compared?.[`transit_${horizon}`]),
  );
  return Object.fromEntries([...ofRates, ...ofCurves]) as AgainstOthersColumns;
}

function toCells(strata: Strata<Count>) {
  return [...strata].flatMap(([unit, cells]) =>
    [...cells].map(([stratum, count]) => ({ unit, stratum, ...count })),
  );
}

/** The mix-adjusted columns of one carrier, from the parcels of all; `adj_support` is that of the on-time rate. */
export function adjustedFor(parcels: Milestones[], period: Period) {
  const onTimeCells = toCells(countStrata('on_time_rate', parcels, period));
  const exceptionCells = toCells(countStrata('exception_rate_carrier', parcels, period));
  return (carrierCode: string): AdjustedColumns => {
    const onTime = standardise(onTimeCells, carrierCode);
    const exception = standardise(exceptionCells, carrierCode);
    return {
      ...adjusted('on_time_rate', onTime),
      ...adjusted('exception_rate_carrier', exception),
      adj_support: onTime.support,
    };
  };
}

type AdjustedOf<N extends AdjustedName> = Record<
  `${N}_adj` | `${N}_adj_lo` | `${N}_adj_hi` | `${N}_expected`,
  number | null
>;

function adjusted<N extends AdjustedName>(name: N, result: Omit<ReturnType<typeof standardise>, 'support'>) {
  return {
    [`${name}_adj`]: result.adj,
    [`${name}_adj_lo`]: result.lo,
    [`${name}_adj_hi`]: result.hi,
    [`${name}_expected`]: result.expected,
  } as AdjustedOf<N>;
}

const nothing = { adj: null, lo: null, hi: null, expected: null };

export const noAdjustment: AdjustedColumns = {
  ...adjusted('on_time_rate', nothing),
  ...adjusted('exception_rate_carrier', nothing),
  adj_support: null,
};
