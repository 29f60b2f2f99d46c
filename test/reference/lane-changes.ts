/** A lane's latest weeks against its own weeks before. */
import { chartedWeeks, type WeekGroup, watched } from './alerts.js';
import { cohortsOf } from './cohorts.js';
import type { Milestones } from './parcels.js';
import { binomialTail, normalTwoSided } from './probability.js';
import { countRate, rateOf } from './rates.js';
import type { DeliveryType, RateName } from './types.js';

export interface WeekCount {
  x: number;
  n: number;
  /** Points of the carrier's chart since. */
  weeksAgo: number;
}

export interface LaneChange {
  weeks: number;
  x: number;
  n: number;
  usual: number;
  p: number;
}

const MOST_WEEKS = 4;
const BASELINE_WEEKS = 26;
const LEAST_WEEKS = 8;
const LEAST_PARCELS = 30;

const sumOf = (counts: WeekCount[], of: 'x' | 'n') => counts.reduce((sum, count) => sum + count[of], 0);

/** How much more weeks differ than chance makes them: Pearson's root, at least 1. */
function spreadOf(before: WeekCount[], usual: number): number {
  const squares = before.map(({ x, n }) => (x - n * usual) ** 2 / (n * usual * (1 - usual)));
  return Math.max(1, Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / (before.length - 1)));
}

/** The surest of one to four weeks, its p times four; null where none can be judged. */
export function findLaneChange(counts: WeekCount[]): LaneChange | null {
  const changes = [1, 2, 3, 4].flatMap((weeks): LaneChange[] => {
    const latest = counts.filter(({ weeksAgo }) => weeksAgo < weeks);
    const before = counts.filter(({ weeksAgo }) => weeksAgo >= weeks && weeksAgo < weeks + BASELINE_WEEKS);
    const [x, n] = [sumOf(latest, 'x'), sumOf(latest, 'n')];
    const [usualX, usualN] = [sumOf(before, 'x'), sumOf(before, 'n')];
    if (n < LEAST_PARCELS || usualN < LEAST_PARCELS || before.length < LEAST_WEEKS) return [];
    if (usualX === 0 || usualX === usualN) return [];
    const usual = usualX / usualN;
    const tail = Math.min(binomialTail('above', x, n, usual), binomialTail('below', x, n, usual));
    const sigma = Math.sqrt(n * usual * (1 - usual) * (1 + n / usualN)) * spreadOf(before, usual);
    const p = Math.max(Math.min(1, 2 * tail), normalTwoSided((x - n * usual) / sigma));
    return [{ weeks, x, n, usual, p }];
  });
  const [surest] = changes.sort((a, b) => a.p - b.p || a.weeks - b.weeks);
  return surest ? { ...surest, p: Math.min(1, MOST_WEEKS * surest.p) } : null;
}

export interface CarrierLaneChange extends LaneChange {
  carrier_code: string;
  from_country: string | null;
  to_country: string | null;
  delivery_type: DeliveryType;
  metric: RateName;
  is_worse: boolean;
}

function countWeeks(metric: RateName, points: WeekGroup[], parcels: Set<Milestones>): WeekCount[] {
  const rate = rateOf(metric);
  return points.flatMap((week, index): WeekCount[] => {
    const own = week.parcels.filter((parcel) => parcels.has(parcel));
    const { x, n } = countRate(rate, cohortsOf(own, week.period)[rate.cohort], week.period);
    return n > 0 ? [{ x, n, weeksAgo: points.length - 1 - index }] : [];
  });
}

/** All lanes of one carrier and all rates that can alert. */
export function laneChangesOf(
  carrier: string,
  lanes: [Milestones, Milestones[]][],
  groups: WeekGroup[],
  today: number,
): CarrierLaneChange[] {
  return watched.flatMap((rule): CarrierLaneChange[] => {
    const { metric } = rule;
    if (metric === 'first_scan_p50_hours' || metric === 'transit_p50_hours') return [];
    const points = chartedWeeks(rule, groups, today);
    return lanes.flatMap(([{ fromCountry, toCountry, deliveryType }, own]) => {
      const change = findLaneChange(countWeeks(metric, points, new Set(own)));
      if (change === null) return [];
      const { x, n, usual } = change;
      return [
        {
          ...change,
          carrier_code: carrier,
          from_country: fromCountry,
          to_country: toCountry,
          delivery_type: deliveryType,
          metric,
          is_worse: rule.good === 'higher' ? x / n < usual : x / n > usual,
        },
      ];
    });
  });
}
