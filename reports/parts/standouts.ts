import { findCentre, z95 } from '../drawing/wilson.js';
import type { AlertRow, CarrierPerformanceRow, LaneRow, PeriodChangeRow } from '../snapshot.js';
import { isRecent, recentAlerts } from './alerts.js';
import { hasPromises, type PageContext } from './context.js';
import { type Figure, findFigure, readFigure, standingOf } from './figures.js';
import { othersCode } from './others.js';

/** Metrics that a sentence may be about, the gravest first. */
const spoken = [
  'on_time_rate',
  'lost_30d_rate',
  'exception_rate_carrier',
  'exception_rate',
  'transit_p50_hours',
  'transit_p90_hours',
  'first_attempt_success_rate',
  'returned_30d_rate',
  'never_scanned_7d_rate',
  'first_scan_p50_hours',
];

/**
 * How many standard errors a difference needs when the largest of `count` is picked: with it, the chance that noise alone puts
 * anything forward stays below 5 %. The union bound with P(|Z| > z) <= exp(-z^2 / 2).
 */
export function sureFrom(count: number): number {
  return Math.max(z95, Math.sqrt(2 * Math.log(Math.max(1, count) / 0.05)));
}

function rankOf(metric: string): number {
  const index = spoken.indexOf(metric);
  return index < 0 ? spoken.length : index;
}

function isNamed(context: PageContext, code: string): boolean {
  return code !== '*' && (context.forCarrier === null || context.forCarrier === code);
}

/** The gravest open alert that is no chance when the number of series that were looked at is reckoned with. */
export function findAlert(context: PageContext): AlertRow | null {
  const looks = new Set(
    context.snapshot.control
      .filter((row) => row.limit_hi !== null && row.carrier_code !== '*' && isRecent(context, row))
      .map((row) => JSON.stringify([row.carrier_code, row.metric])),
  ).size;
  const found = recentAlerts(context)
    .filter(
      (alert) =>
        alert.p * Math.max(1, looks) <= 0.05 &&
        isNamed(context, alert.carrier_code) &&
        spoken.includes(alert.metric),
    )
    .sort(
      (a, b) => Number(b.is_worse) - Number(a.is_worse) || rankOf(a.metric) - rankOf(b.metric) || a.p - b.p,
    );
  return found[0] ?? null;
}

/** How many standard errors a change is from none, from the limits that are published. */
function strengthOf(context: PageContext, change: PeriodChangeRow): number {
  const { difference, difference_lo: lo, difference_hi: hi } = change;
  if (difference === null || difference === 0) return 0;
  if (lo !== null && hi !== null) {
    const half = difference > 0 ? difference - lo : hi - difference;
    return half > 0 ? (z95 * Math.abs(difference)) / half : 0;
  }
  const rows = context.snapshot.carrierPerformance.filter((row) => row.carrier_code === change.carrier_code);
  const [now, before] = ['current', 'previous'].map((period) =>
    findFigure(
      rows.find((row) => row.period === period),
      change.metric,
    ),
  );
  const half = (figure: typeof now) =>
    figure?.lo == null || figure.hi == null ? null : (figure.hi - figure.lo) / 2;
  const [first, second] = [half(now), half(before)];
  if (first === null || second === null) return 0;
  const both = Math.hypot(first, second);
  return both > 0 ? (z95 * Math.abs(difference)) / both : Number.POSITIVE_INFINITY;
}

/** Clear changes against the period before that remain clear among all that are looked at: worse before better, then by parcels touched. */
export function findChanges(context: PageContext): PeriodChangeRow[] {
  const looked = context.snapshot.changes.filter(
    (change) =>
      isNamed(context, change.carrier_code) && spoken.includes(change.metric) && change.is_clear !== null,
  );
  const needed = sureFrom(looked.length);
  const weight = (change: PeriodChangeRow) => strengthOf(context, change);
  return looked
    .filter((change) => change.is_clear === true && weight(change) >= needed)
    .sort(
      (a, b) =>
        Number(a.direction === 'better') - Number(b.direction === 'better') ||
        Math.floor(rankOf(a.metric) / 4) - Math.floor(rankOf(b.metric) / 4) ||
        Math.min(weight(b), 1e6) - Math.min(weight(a), 1e6) ||
        rankOf(a.metric) - rankOf(b.metric),
    );
}

type LaneMetric = 'on_time_rate' | 'transit_2_working_days_rate';

export interface LaneFinding {
  lane: LaneRow;
  all: LaneRow;
  metric: LaneMetric;
  /** Parcels that would have done better at the lane's rate. */
  parcels: number;
}

/** The standard error that a figure's wider limit stands for. */
function errorOf({ value, lo, hi }: Figure): number {
  if (value === null || lo === null || hi === null) return Number.POSITIVE_INFINITY;
  return Math.max(hi - value, value - lo) / z95;
}

/** One text a lane. */
export function laneKey(row: LaneRow): string {
  return JSON.stringify([row.from_country, row.to_country, row.delivery_type]);
}

/** The carrier on a lane that costs most against all carriers there, if its limits stay apart among all pairs that are looked at. */
export function findLane(context: PageContext): LaneFinding | null {
  const metric: LaneMetric = hasPromises(context) ? 'on_time_rate' : 'transit_2_working_days_rate';
  const totals = new Map(
    context.snapshot.lanes.filter((row) => row.carrier_code === '*').map((row) => [laneKey(row), row]),
  );
  const pairs = context.snapshot.lanes.filter(
    (row) => row.carrier_code !== '*' && standingOf(readFigure(row, metric), context) === 'ranked',
  );
  const needed = sureFrom(pairs.length);
  let worst: LaneFinding | null = null;
  for (const lane of pairs) {
    const all = totals.get(laneKey(lane));
    const [own, together] = [readFigure(lane, metric), readFigure(all, metric)];
    if (!all || !isNamed(context, lane.carrier_code) || own.value === null || together.value === null)
      continue;
    // alone on the lane a carrier is all carriers
    if (together.n - own.n < context.thresholds.rankedFrom) continue;
    if (together.value - own.value <= needed * Math.hypot(errorOf(own), errorOf(together))) continue;
    const parcels = (together.value - own.value) * own.n;
    if (worst === null || parcels > worst.parcels) worst = { lane, all, metric, parcels };
  }
  return worst;
}

export interface MixFinding {
  row: CarrierPerformanceRow;
  parcels: number;
}

/** The standard error of a rate of n parcels, about the Wilson centre. */
function errorOfRate(rate: number, n: number): number {
  const centre = findCentre(rate * n, n);
  return Math.sqrt((centre * (1 - centre)) / n);
}

/**
 * The carrier that costs most against what all others achieve on its own mix, if both together stay apart among all carriers. No
 * interval of the expected rate is published; it is taken for a rate of all the others' parcels.
 */
export function findAgainstMix(context: PageContext): MixFinding | null {
  const { rankedFrom, adjustedSupportFrom } = context.thresholds;
  const current = context.snapshot.carrierPerformance.filter(
    (row) => row.period === 'current' && row.carrier_code !== othersCode,
  );
  const all = current.find((row) => row.carrier_code === '*');
  const rows = current.filter((row) => row.carrier_code !== '*' && row.on_time_rate_n >= rankedFrom);
  const needed = sureFrom(rows.length);
  let worst: MixFinding | null = null;
  for (const row of rows) {
    const own = readFigure(row, 'on_time_rate');
    const { on_time_rate_expected: expected } = row;
    const othersN = (all?.on_time_rate_n ?? 0) - own.n;
    if (own.value === null || expected === null || othersN < rankedFrom) continue;
    if ((row.on_time_rate_adj_support ?? 0) < adjustedSupportFrom || !isNamed(context, row.carrier_code))
      continue;
    const error = Math.hypot(errorOf(own), errorOfRate(expected, othersN));
    if (expected - own.value <= needed * error) continue;
    const parcels = (expected - own.value) * own.n;
    if (worst === null || parcels > worst.parcels) worst = { row, parcels };
  }
  return worst;
}
