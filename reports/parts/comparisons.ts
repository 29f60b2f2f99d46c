import { isNumber } from '../drawing/kit.js';
import type { ComparisonRow, LaneRow } from '../snapshot.js';
import { hasPromises, type PageContext } from './context.js';
import { findFigure } from './figures.js';
import { type Html, html } from './html.js';
import { findDoubt } from './reported.js';

type LaneKey = Pick<LaneRow, 'from_country' | 'to_country' | 'delivery_type'>;

/** What lanes are judged by: what was promised, or without promises the share attempted within two working days. */
export function laneMetric(context: PageContext): 'on_time_rate' | 'transit_2_working_days_rate' {
  return hasPromises(context) ? 'on_time_rate' : 'transit_2_working_days_rate';
}

/** One text a lane. */
export function laneKey({ from_country, to_country, delivery_type }: LaneKey): string {
  return JSON.stringify([from_country, to_country, delivery_type]);
}

/** 'NL to BE'. */
export function sayLane({ from_country, to_country }: Omit<LaneKey, 'delivery_type'>): string {
  return `${from_country ?? 'unknown'} to ${to_country ?? 'unknown'}`;
}

/** Finds a carrier's difference to the other carriers of a lane in the metric that lanes are judged by. */
export function indexLanes(
  context: PageContext,
): (row: LaneKey & { carrier_code: string }) => ComparisonRow | undefined {
  const metric = laneMetric(context);
  const keyOf = (code: string, lane: LaneKey) => `${code} ${laneKey(lane)}`;
  const rows = new Map(
    context.snapshot.comparisons
      .filter((row) => row.scope === 'lane' && row.other_carrier_code === '*' && row.metric === metric)
      .map((row) => [keyOf(row.carrier_code, { ...row, delivery_type: row.delivery_type ?? '' }), row]),
  );
  return (row) => rows.get(keyOf(row.carrier_code, row));
}

/** Parcels that the lane's other carriers would have had more; 0 where too little can be compared or judged, and where it has more than they. */
export function countLost(context: PageContext, row: LaneRow, comparison: ComparisonRow | undefined): number {
  if (!comparison?.is_comparable || !isNumber(comparison.extra)) return 0;
  return findDoubt(row, laneMetric(context), context) === null ? Math.max(0, -comparison.extra) : 0;
}

/** Whether any other carrier has a parcel of the metric on the lane. */
export function findShared(context: PageContext): (row: LaneRow) => boolean {
  const metric = laneMetric(context);
  const carriers = new Map<string, number>();
  for (const row of context.snapshot.lanes) {
    if (row.carrier_code === '*' || findFigure(row, metric).n === 0) continue;
    carriers.set(laneKey(row), (carriers.get(laneKey(row)) ?? 0) + 1);
  }
  return (row) => (carriers.get(laneKey(row)) ?? 0) > 1;
}

/** What stands in a cell, linked to head to head on that very choice where the report has it. */
export function linkCompare(
  context: PageContext,
  row: LaneKey & { carrier_code: string },
  content: Html,
): Html {
  const file = 'compare.html';
  if (!context.evidence?.has(file) || row.from_country === null || row.to_country === null) return content;
  const choice = {
    carrier: row.carrier_code,
    against: '*',
    lane: `${row.from_country}-${row.to_country}`,
    type: row.delivery_type,
    measure: laneMetric(context),
  };
  // unlike encodeURIComponent it takes any text
  const hash = new URLSearchParams(choice).toString();
  return html`<a href="${file}#${hash}">${content}</a>`;
}
