/** Alerts as episodes, and the lanes that they come from. */
import { cohortsOf, type Period } from './cohorts.js';
import { type Episode, findEpisodes, type Side, type WeekPoint } from './episodes.js';
import { aalenJohansen, percentile } from './estimators.js';
import type { Milestones } from './parcels.js';
import { isSample } from './performance.js';
import { binomialTail, normalTwoSided } from './probability.js';
import { countRate, rateOf } from './rates.js';
import { firstScanSample, transitSample } from './samples.js';
import { formatDay } from './time.js';
import type { DeliveryType, RateName } from './types.js';

export type WatchedName = Extract<
  RateName,
  | 'on_time_rate'
  | 'promise_kept_rate'
  | 'never_scanned_7d_rate'
  | 'transit_2_working_days_rate'
  | 'exception_rate_carrier'
  | 'first_attempt_success_rate'
  | 'returned_30d_rate'
  | 'lost_30d_rate'
>;

export interface Watched {
  metric: WatchedName | 'first_scan_p50_hours' | 'transit_p50_hours';
  good: 'higher' | 'lower';
  /** Days after its Sunday from which a week is settled. */
  horizon: number;
}

export const watched: Watched[] = [
  { metric: 'on_time_rate', good: 'higher', horizon: 2 },
  { metric: 'promise_kept_rate', good: 'higher', horizon: 2 },
  { metric: 'never_scanned_7d_rate', good: 'lower', horizon: 7 },
  { metric: 'first_scan_p50_hours', good: 'lower', horizon: 7 },
  { metric: 'transit_2_working_days_rate', good: 'higher', horizon: 7 },
  { metric: 'exception_rate_carrier', good: 'lower', horizon: 14 },
  { metric: 'first_attempt_success_rate', good: 'higher', horizon: 14 },
  { metric: 'transit_p50_hours', good: 'lower', horizon: 14 },
  { metric: 'returned_30d_rate', good: 'lower', horizon: 30 },
  { metric: 'lost_30d_rate', good: 'lower', horizon: 30 },
];

const MIN_PARCELS = 30;
const MIN_FORESEEN = 0.9;
const MIN_LANE = 5;
const MIN_NAMED = 3;

export interface AlertRow {
  carrier_code: string;
  metric: string;
  side: Side;
  is_worse: boolean;
  first_week: string;
  last_week: string;
  weeks: number;
  kind: 'outside' | 'run';
  is_open: boolean;
}

export interface AlertLaneRow {
  carrier_code: string;
  metric: string;
  side: Side;
  first_week: string;
  from_country: string | null;
  to_country: string | null;
  delivery_type: DeliveryType;
  n: number;
  x: number;
  usual: number;
  extra: number;
  is_named: boolean;
}

export interface Alert {
  row: AlertRow;
  lanes: AlertLaneRow[];
  /** Parcels of the marked weeks; of hours, those followed. */
  n: number;
  x: number;
  /** The baseline's pooled rate before the first week; of hours, the centre there. */
  usual: number;
  p: number;
}

/** Parcels of one carrier in the weeks that are over, by Monday, oldest first; as the weekly table counts them. */
export interface WeekGroup {
  monday: number;
  period: Period;
  parcels: Milestones[];
}

function pointOf({ metric }: Watched, { monday, period, parcels }: WeekGroup): WeekPoint | null {
  const cohorts = cohortsOf(parcels, period);
  if (metric === 'first_scan_p50_hours' || metric === 'transit_p50_hours') {
    const samples =
      metric === 'transit_p50_hours' ? cohorts.scan.map(transitSample) : cohorts.label.map(firstScanSample);
    const followed = samples.filter(isSample);
    const { value } = percentile(aalenJohansen(followed), 0.5);
    if (value === null || followed.length < MIN_PARCELS) return null;
    return { week: monday, n: followed.length, x: 0, value };
  }
  const rate = rateOf(metric);
  const { x, n } = countRate(rate, cohorts[rate.cohort], period);
  if (n < MIN_PARCELS) return null;
  if (metric === 'on_time_rate') {
    const foreseen = countRate(rateOf('promise_foreseen_rate'), cohorts.due, period);
    if (foreseen.x / foreseen.n < MIN_FORESEEN) return null;
  }
  return { week: monday, n, x, value: x / n };
}

const unitOf = ({ metric }: Watched) => (metric.endsWith('_hours') ? 'hours' : 'rate');

/** What the weeks lead to believe, two-sided. */
function surpriseOf(
  unit: 'rate' | 'hours',
  { side, points }: Episode,
): { n: number; x: number; usual: number; p: number } {
  const [first] = points;
  const n = points.reduce((sum, point) => sum + point.n, 0);
  const x = points.reduce((sum, point) => sum + point.x, 0);
  if (unit === 'hours') {
    const distances = points.map(({ value, chart }) => (value - chart.centre) / chart.sigma);
    const meanDistance = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
    return { n, x, usual: first.chart.centre, p: normalTwoSided(meanDistance * Math.sqrt(distances.length)) };
  }
  const usual = first.chart.pooled.x / first.chart.pooled.n;
  return { n, x, usual, p: Math.min(1, 2 * binomialTail(side, x, n, usual)) };
}

export interface LaneCount {
  lane: string;
  week: number;
  x: number;
  n: number;
}

/** Which lanes an episode comes from. `counts` are those of all weeks that are points. */
export function splitByLane(
  counts: LaneCount[],
  weeks: { marked: Set<number>; baseline: Set<number> },
  carriersUsual: number,
  alert: { side: Side; isWorse: boolean },
): { lane: string; n: number; x: number; usual: number; extra: number; isNamed: boolean }[] {
  const sumOver = (lane: string, of: Set<number>) => {
    const chosen = counts.filter((count) => count.lane === lane && of.has(count.week));
    return {
      x: chosen.reduce((sum, count) => sum + count.x, 0),
      n: chosen.reduce((sum, count) => sum + count.n, 0),
    };
  };
  const lanes = [...new Set(counts.map(({ lane }) => lane))].flatMap((lane) => {
    const { x, n } = sumOver(lane, weeks.marked);
    if (n === 0) return [];
    const before = sumOver(lane, weeks.baseline);
    const usual = before.n < MIN_LANE ? carriersUsual : before.x / before.n;
    return [{ lane, n, x, usual, extra: x - n * usual }];
  });
  const sign = alert.side === 'above' ? 1 : -1;
  const total = lanes.reduce((sum, { extra }) => sum + Math.max(0, sign * extra), 0);
  return lanes.map((lane) => {
    const share = sign * lane.extra;
    return { ...lane, isNamed: alert.isWorse && share >= MIN_NAMED - 1e-9 && share > total / 2 + 1e-9 };
  });
}

function laneOf({ fromCountry, toCountry, deliveryType }: Milestones): string {
  return JSON.stringify([fromCountry, toCountry, deliveryType]);
}

function countLanes(metric: WatchedName, groups: WeekGroup[]): LaneCount[] {
  const rate = rateOf(metric);
  return groups.flatMap(({ monday, period, parcels }) =>
    cohortsOf(parcels, period)[rate.cohort].flatMap((parcel) => {
      const answer = rate.ask(parcel, period.clock);
      return answer === null ? [] : [{ lane: laneOf(parcel), week: monday, x: Number(answer), n: 1 }];
    }),
  );
}

/** The weeks of one carrier that its chart of a rate has, the oldest first. */
export function chartedWeeks(rule: Watched, groups: WeekGroup[], today: number): WeekGroup[] {
  return groups.filter((group) => group.monday + 6 + rule.horizon <= today && pointOf(rule, group) !== null);
}

/** The alerts of one carrier. `today` is the clock's UTC date. */
export function findAlerts(carrier: string, groups: WeekGroup[], today: number): Alert[] {
  return watched.flatMap((rule): Alert[] => {
    const settled = groups.filter(({ monday }) => monday + 6 + rule.horizon <= today);
    const series = settled.map((group) => pointOf(rule, group)).filter((point) => point !== null);
    const unit = unitOf(rule);
    return findEpisodes(unit, series).map((episode) => {
      const [first] = episode.points;
      const last = episode.points.at(-1) ?? first;
      const isWorse = (episode.side === 'above') === (rule.good === 'lower');
      const row: AlertRow = {
        carrier_code: carrier,
        metric: rule.metric,
        side: episode.side,
        is_worse: isWorse,
        first_week: formatDay(first.week),
        last_week: formatDay(last.week),
        weeks: episode.points.length,
        kind: episode.kind,
        is_open: episode.isOpen,
      };
      const surprise = surpriseOf(unit, episode);
      if (rule.metric === 'first_scan_p50_hours' || rule.metric === 'transit_p50_hours') {
        return { row, lanes: [], ...surprise };
      }
      const before = series.filter(({ week }) => week < first.week).slice(-26);
      const split = splitByLane(
        countLanes(rule.metric, settled),
        {
          marked: new Set(episode.points.map(({ week }) => week)),
          baseline: new Set(before.map(({ week }) => week)),
        },
        surprise.usual,
        { side: episode.side, isWorse },
      );
      const lanes = split.map(({ lane, n, x, usual, extra, isNamed }): AlertLaneRow => {
        const [from_country, to_country, delivery_type] = JSON.parse(lane);
        const { carrier_code, metric, side, first_week } = row;
        const key = { carrier_code, metric, side, first_week, from_country, to_country, delivery_type };
        return { ...key, n, x, usual, extra, is_named: isNamed };
      });
      return { row, lanes, ...surprise };
    });
  });
}
