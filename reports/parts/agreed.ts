import { definitionOf } from '../definitions.js';
import type { Snapshot } from '../snapshot.js';
import type { PageContext } from './context.js';
import { findFigure } from './figures.js';
import type { OtherFigure } from './others.js';
import { findDoubt } from './reported.js';
import { handOverFigures, sheetFigures } from './sheet-figures.js';
import { isSureTarget } from './targets.js';

// What both sides sign, as a file: the figures of a sheet with what they mean, so that the next sheet can stand beside this one.

/** What a figure counts; two figures are the same one where all of it is. */
export interface AgreedDefinition {
  estimator: string;
  cohort: string | null;
  horizon_days: number | null;
  counted: string;
  out_of: string;
}

export interface AgreedFigure {
  metric: string;
  title: string;
  unit: string;
  better: string | null;
  definition: AgreedDefinition;
  n: number;
  /** Null where the figure is not shown: why stands in `withheld`. */
  value: number | null;
  lo: number | null;
  hi: number | null;
  withheld: 'not reported' | 'not judged' | 'too few' | null;
}

export interface AgreedSheet {
  parcelmetrics_sheet: 1;
  carrier_code: string;
  carrier_name: string;
  window: { from: string; to: string; days: number };
  as_of: string;
  data_as_of: string | null;
  figures: AgreedFigure[];
  all_other_carriers: OtherFigure[];
  targets: {
    metric: string;
    from_country: string | null;
    to_country: string | null;
    delivery_type: string | null;
    service_level: string | null;
    target: number;
    n: number;
    rate: number | null;
    rate_lo: number | null;
    rate_hi: number | null;
    verdict: string;
    /** The verdict is no chance, with all looks of the report counted; else it is not to tell yet. */
    is_sure: boolean;
    short_by: number | null;
    note: string | null;
  }[];
}

function readDefinition({ metrics }: Pick<Snapshot, 'metrics'>, metric: string): AgreedDefinition {
  const row = metrics.find(({ name }) => name === metric);
  return {
    estimator: row?.estimator ?? '',
    cohort: row?.cohort ?? null,
    horizon_days: row?.horizon_days ?? null,
    counted: row?.counted ?? '',
    out_of: row?.out_of ?? '',
  };
}

/** The figures of a sheet as they are signed. No parcel is in them. */
export function makeAgreed(context: PageContext, code: string, others: readonly OtherFigure[]): AgreedSheet {
  const { snapshot, thresholds } = context;
  const { parameters } = snapshot;
  const row = snapshot.carrierPerformance.find(
    (each) => each.period === 'current' && each.carrier_code === code,
  );
  const figures = [...sheetFigures, ...handOverFigures].map((metric): AgreedFigure => {
    const { value, lo, hi, n } = findFigure(row, metric);
    const meaning = snapshot.metrics.find(({ name }) => name === metric);
    const withheld =
      findDoubt(row, metric, context)?.words ?? (n < thresholds.withheldBelow ? ('too few' as const) : null);
    const shown = withheld === null ? { value, lo, hi } : { value: null, lo: null, hi: null };
    return {
      metric,
      title: definitionOf(snapshot, metric).name,
      unit: meaning?.unit ?? '',
      better: meaning?.better ?? null,
      definition: readDefinition(snapshot, metric),
      n,
      ...shown,
      withheld,
    };
  });
  const name = snapshot.carriers.find((each) => each.carrier_code === code)?.carrier_name;
  return {
    parcelmetrics_sheet: 1,
    carrier_code: code,
    carrier_name: name || code,
    window: {
      from: parameters.window_start_date,
      to: parameters.window_end_date,
      days: parameters.window_days,
    },
    as_of: parameters.as_of,
    data_as_of: parameters.data_as_of,
    figures,
    all_other_carriers: [...others],
    targets: snapshot.targets.map((target) => ({
      ...{ metric: target.metric, from_country: target.from_country, to_country: target.to_country },
      ...{ delivery_type: target.delivery_type, service_level: target.service_level },
      ...{ target: target.target, n: target.n, rate: target.rate, rate_lo: target.rate_lo },
      ...{
        rate_hi: target.rate_hi,
        verdict: target.verdict,
        is_sure: isSureTarget(context, target),
        short_by: target.short_by,
        note: target.note,
      },
    })),
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isDate = (value: unknown) => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value);
const isShare = (value: unknown) => value === null || (typeof value === 'number' && Number.isFinite(value));

function isFigure(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value.metric === 'string' &&
    isObject(value.definition) &&
    Number.isSafeInteger(value.n) &&
    [value.value, value.lo, value.hi].every(isShare)
  );
}

/** Reads a sheet that was written earlier. @throws RangeError that says what is wrong with the text. */
export function parseAgreed(text: string): AgreedSheet {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RangeError('it is no JSON');
  }
  if (!isObject(value) || !('parcelmetrics_sheet' in value))
    throw new RangeError('it is no sheet that `report --for` wrote');
  if (value.parcelmetrics_sheet !== 1)
    throw new RangeError('it was written by another version of parcelmetrics, in another form');
  const { window, carrier_code: code, figures } = value;
  if (
    typeof code !== 'string' ||
    !isObject(window) ||
    !isDate(window.from) ||
    !isDate(window.to) ||
    !Array.isArray(figures) ||
    !figures.every(isFigure)
  )
    throw new RangeError('its carrier, window or figures cannot be read');
  return value as unknown as AgreedSheet;
}

/**
 * Why an earlier sheet cannot stand beside this one, in words; null where it can: another carrier, or a figure that is counted otherwise
 * by now.
 */
export function refuseAgreed(earlier: AgreedSheet, now: AgreedSheet): string | null {
  if (earlier.carrier_code !== now.carrier_code)
    return `it is about ${earlier.carrier_name} (${earlier.carrier_code}), this sheet about ${now.carrier_name} (${now.carrier_code})`;
  const keys: readonly (keyof AgreedDefinition)[] = [
    'estimator',
    'cohort',
    'horizon_days',
    'counted',
    'out_of',
  ];
  for (const figure of now.figures) {
    const was = earlier.figures.find(({ metric }) => metric === figure.metric);
    const key = keys.find((each) => was && was.definition[each] !== figure.definition[each]);
    if (was && key)
      return `${figure.metric} was counted otherwise: ${key} was "${was.definition[key]}" and is "${figure.definition[key]}"`;
  }
  return null;
}

/** A figure then and now. */
export interface AgreedChange {
  metric: string;
  earlier: AgreedFigure | null;
  now: AgreedFigure;
  /** Now less then; null where one of them is not shown. */
  difference: number | null;
  /** Of a rate: after Newcombe 1998, from the intervals of both. */
  difference_lo: number | null;
  difference_hi: number | null;
  /** The interval of the difference leaves out zero; of hours: the two intervals do not meet. Null: not judged. */
  is_clear: boolean | null;
  is_worse: boolean | null;
}

/** Whether days stand in both windows: then some parcels are in both, and a difference cannot be judged as if they were strangers. */
export function doWindowsMeet(earlier: AgreedSheet, now: AgreedSheet): boolean {
  return earlier.window.from <= now.window.to && now.window.from <= earlier.window.to;
}

function compareFigure(earlier: AgreedFigure, now: AgreedFigure, isJudged: boolean): AgreedChange {
  const none = { difference: null, difference_lo: null, difference_hi: null, is_clear: null, is_worse: null };
  const base = { metric: now.metric, earlier, now, ...none };
  if (earlier.value === null || now.value === null) return base;
  const difference = now.value - earlier.value;
  const limits = [earlier.lo, earlier.hi, now.lo, now.hi];
  if (!isJudged || limits.some((limit) => limit === null)) return { ...base, difference };
  const [thenLo, thenHi, nowLo, nowHi] = limits as [number, number, number, number];
  const isRate = now.definition.estimator === 'rate';
  const lo = difference - Math.hypot(now.value - nowLo, thenHi - earlier.value);
  const hi = difference + Math.hypot(nowHi - now.value, earlier.value - thenLo);
  const isClear = isRate ? lo > 0 || hi < 0 : nowLo > thenHi || nowHi < thenLo;
  return {
    ...base,
    difference,
    ...(isRate ? { difference_lo: lo, difference_hi: hi } : {}),
    is_clear: isClear,
    is_worse: isClear && now.better !== null ? difference > 0 === (now.better === 'lower') : null,
  };
}

/** Every figure of this sheet beside the earlier one's. Not judged where days stand in both windows. */
export function compareAgreed(earlier: AgreedSheet, now: AgreedSheet): AgreedChange[] {
  const isJudged = !doWindowsMeet(earlier, now);
  return now.figures.map((figure) => {
    const was = earlier.figures.find(({ metric }) => metric === figure.metric);
    if (!was) {
      const none = { difference: null, difference_lo: null, difference_hi: null };
      return { metric: figure.metric, earlier: null, now: figure, ...none, is_clear: null, is_worse: null };
    }
    return compareFigure(was, figure, isJudged);
  });
}
