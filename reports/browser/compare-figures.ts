import { type Choice, hourMeasures, isHourMeasure, nameLane } from './choice.js';
import {
  addTally,
  type ChosenRows,
  chooseRows,
  countFollowed,
  emptyTally,
  isSmallLane,
} from './choice-rows.js';
import type { Clock, CompareData, CompareFrame, CompareMetric } from './compare-data.js';
import { compareWeeks, followWeeks, mixCurves, type WeekFigure } from './compare-sides.js';
import { type Comparison, compareStrata, estimateTally, type Stratum, type Tally } from './compare-strata.js';
import { findPercentile, type Incidence, type Percentile } from './incidence.js';

/** Why a rate is no figure of the carrier. */
interface Doubt {
  words: 'not reported' | 'not judged';
  why: string;
}

/** What a lane adds to the difference. */
export interface LaneFigure {
  lane: string;
  own: Tally;
  comparison: Comparison;
}

export interface Side {
  weeks: WeekFigure[];
  curve: Incidence;
}

export interface PercentileFigures {
  n: number;
  reached: number | null;
  p50: Percentile;
  p90: Percentile;
}

/** All that the page shows of a choice. */
export interface CompareFigures {
  choice: Choice;
  metric: CompareMetric | null;
  /** The carrier's parcels that the measure asks, and those that it counts. */
  own: Tally;
  rate: ReturnType<typeof estimateTally>;
  /** All of the others' in the same choice, as they are. */
  others: Tally;
  comparison: Comparison;
  /** Why the rate is no figure of the carrier: a report that never comes, promises read too late. */
  doubt: Doubt | null;
  /** The same of the rival, where it is one carrier. */
  otherDoubt: Doubt | null;
  percentiles: { own: PercentileFigures; others: PercentileFigures } | null;
  lanes: LaneFigure[];
  sides: { own: Side; others: Side };
  /** Whether weeks and curves are like with like: of the kinds that both have, the others' weighted; else each is as it is. */
  areWeeksShared: boolean;
  areCurvesShared: boolean;
}

/** The figures of a choice, from the rows of the data alone. */
export function reckon(data: CompareData, choice: Choice): CompareFigures {
  const { frame } = data;
  const chosen = chooseRows(data, choice);
  const metric = frame.metrics.find(({ name }) => name === choice.measure) ?? null;
  const clock: Clock = isHourMeasure(choice.measure) ? hourMeasures[choice.measure].clock : 'scan';
  const { strata, own, others, sharedCurves } = countStrata(chosen, metric, clock);
  const weeks = metric === null ? followWeeks(chosen, clock) : compareWeeks(chosen, metric.name);
  const curves = mixCurves(chosen, clock, sharedCurves);
  return {
    choice,
    metric,
    own,
    rate: estimateTally(own),
    others,
    comparison: compareStrata(strata, frame.thresholds),
    doubt: findDoubt(chosen, metric, choice.carrier, 1),
    otherDoubt: choice.against === '*' ? null : findDoubt(chosen, metric, choice.against, 2),
    percentiles:
      metric === null
        ? { own: findPercentiles(curves.allOwn), others: findPercentiles(curves.allOthers) }
        : null,
    lanes: listLanes(frame, strata),
    sides: {
      own: { weeks: weeks.own, curve: curves.own },
      others: { weeks: weeks.others, curve: curves.others },
    },
    areWeeksShared: weeks.areShared,
    areCurvesShared: sharedCurves.size > 0,
  };
}

type LaneStratum = Stratum & { lane: number };

/** Both sides' counts of the chosen weeks by stratum, and the strata in which both were followed. */
function countStrata(
  { data, marks, isInWeeks, groupOf }: ChosenRows,
  metric: CompareMetric | null,
  clock: Clock,
) {
  const { frame, rows } = data;
  const rate = metric === null ? -1 : frame.rates.indexOf(metric.name);
  const groups = new Map<number, LaneStratum & { followed: { own: number; others: number } }>();
  const [own, others] = [emptyTally(), emptyTally()];
  for (let row = 0; row < rows.count; row += 1) {
    if (marks[row] === 0 || !isInWeeks(row)) continue;
    const side = marks[row] === 1 ? 'own' : 'others';
    const key = groupOf(row);
    let group = groups.get(key);
    if (!group) {
      const lane = rows.index.lane[row] ?? 0;
      group = { own: emptyTally(), others: emptyTally(), lane, followed: { own: 0, others: 0 } };
      groups.set(key, group);
    }
    const [n, x] = [rows.n[rate]?.[row] ?? 0, rows.x[rate]?.[row] ?? 0];
    addTally(side === 'own' ? own : others, n, x);
    addTally(group[side], n, x);
    group.followed[side] += countFollowed(data, row, clock);
  }
  const isShared = ({ lane, followed }: LaneStratum & { followed: { own: number; others: number } }) =>
    !isSmallLane(frame, lane) && followed.own >= 1 && followed.others >= frame.thresholds.othersFrom;
  return {
    own,
    others,
    strata: [...groups.values()].map(
      (group): LaneStratum => (isSmallLane(frame, group.lane) ? { ...group, others: emptyTally() } : group),
    ),
    sharedCurves: new Set([...groups].filter(([, group]) => isShared(group)).map(([key]) => key)),
  };
}

function findPercentiles(curve: Incidence): PercentileFigures {
  return {
    n: curve.n,
    reached: curve.n === 0 ? null : (curve.points.at(-1)?.share ?? null),
    p50: findPercentile(curve, 0.5),
    p90: findPercentile(curve, 0.9),
  };
}

/** What each lane adds, the one that costs or wins most parcels first. */
function listLanes(frame: CompareFrame, strata: readonly LaneStratum[]): LaneFigure[] {
  const byLane = new Map<number, Stratum[]>();
  for (const stratum of strata) {
    if (stratum.own.n === 0) continue;
    const list = byLane.get(stratum.lane) ?? [];
    list.push(stratum);
    byLane.set(stratum.lane, list);
  }
  return [...byLane]
    .map(([lane, list]) => ({
      lane: nameLane(frame.lanes[lane] ?? ['', '']),
      own: list.reduce((sum, { own }) => ({ x: sum.x + own.x, n: sum.n + own.n }), emptyTally()),
      comparison: compareStrata(list, frame.thresholds),
    }))
    .sort(
      (one, other) =>
        Math.abs(other.comparison.extra ?? 0) - Math.abs(one.comparison.extra ?? 0) ||
        other.own.n - one.own.n ||
        (one.lane < other.lane ? -1 : 1),
    );
}

/** As `findDoubt` of the pages judges a carrier's window, here for the choice. */
function findDoubt(
  { data: { frame, rows }, marks, isInWeeks }: ChosenRows,
  metric: CompareMetric | null,
  carrier: string,
  side: 1 | 2,
): Doubt | null {
  const silence = frame.silent.find((each) => each.carrier === carrier && each.kind === metric?.restsOn);
  if (silence) return { words: 'not reported', why: `for none of ${silence.parcels} parcels in a year` };
  if (metric?.name !== 'on_time_rate') return null;
  const rate = frame.rates.indexOf('promise_foreseen_rate');
  const foreseen = emptyTally();
  for (let row = 0; row < rows.count; row += 1)
    if (marks[row] === side && isInWeeks(row))
      addTally(foreseen, rows.n[rate]?.[row] ?? 0, rows.x[rate]?.[row] ?? 0);
  return foreseen.n > 0 && foreseen.x / foreseen.n < frame.foreseenFrom
    ? { words: 'not judged', why: 'promises were read too late' }
    : null;
}
