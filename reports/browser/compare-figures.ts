import { type Choice, hourMeasures, isHourMeasure, nameLane } from './choice.js';
import type { Clock, CompareData, CompareMetric } from './compare-data.js';
import {
  type Comparison,
  compareStrata,
  estimateTally,
  isShared,
  type Stratum,
  type Tally,
} from './compare-strata.js';
import {
  type Endings,
  estimateIncidence,
  findPercentile,
  type Incidence,
  makeEndings,
  type Percentile,
} from './incidence.js';

/** One side of a week's point; a rate, or median hours. */
export interface WeekFigure {
  week: number;
  n: number;
  value: number | null;
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
  doubt: { words: 'not reported' | 'not judged'; why: string } | null;
  /** The same of the rival, where it is one carrier. */
  otherDoubt: { words: 'not reported' | 'not judged'; why: string } | null;
  percentiles: { own: PercentileFigures; others: PercentileFigures } | null;
  lanes: LaneFigure[];
  sides: { own: Side; others: Side };
  /** Whether weeks and curves are those of the mixes that both have; else each is as it is. */
  areWeeksShared: boolean;
  areCurvesShared: boolean;
}

interface Group {
  own: Tally;
  others: Tally;
  lane: number;
}

const empty = (): Tally => ({ x: 0, n: 0 });

function add(tally: Tally, n: number, x: number): void {
  tally.n += n;
  tally.x += x;
}

/** The rows that a choice speaks of, whatever the week: the carrier's (1), the others' (2), no one's (0). */
function markRows({ frame, rows }: CompareData, choice: Choice): Uint8Array {
  const { index, count } = rows;
  const place = (list: readonly string[], value: string) => (value === '*' ? -1 : list.indexOf(value));
  const codes = frame.carriers.map(({ code }) => code);
  const own = codes.indexOf(choice.carrier);
  const other = place(codes, choice.against);
  const lane = place(frame.lanes.map(nameLane), choice.lane);
  const type = place(frame.types, choice.type);
  const service = place(frame.services, choice.service);
  const brand = place(frame.brands.map(String), choice.brand);
  const marks = new Uint8Array(count);
  for (let row = 0; row < count; row += 1) {
    const carrier = index.carrier[row];
    const side = carrier === own ? 1 : other === -1 || carrier === other ? 2 : 0;
    if (side === 0) continue;
    if (lane !== -1 && index.lane[row] !== lane) continue;
    if (type !== -1 && index.type[row] !== type) continue;
    if (service !== -1 && index.service[row] !== service) continue;
    if (brand !== -1 && index.brand[row] !== brand) continue;
    marks[row] = side;
  }
  return marks;
}

function addEndings({ rows }: CompareData, row: number, clock: Clock, target: Endings): void {
  const { start, code, size } = rows.hours[clock];
  for (let at = start[row] ?? 0; at < (start[row + 1] ?? 0); at += 1) {
    const [value, parcels] = [code[at] ?? 0, size[at] ?? 0];
    const bin = Math.floor(value / 3);
    const list = [target.interest, target.competing, target.censored][value % 3];
    if (list) list[bin] = (list[bin] ?? 0) + parcels;
  }
}

function findPercentiles(curve: Incidence): PercentileFigures {
  return {
    n: curve.n,
    reached: curve.n === 0 ? null : (curve.points.at(-1)?.share ?? null),
    p50: findPercentile(curve, 0.5),
    p90: findPercentile(curve, 0.9),
  };
}

/** The figures of a choice, from the rows of the data alone. */
export function reckon(data: CompareData, choice: Choice): CompareFigures {
  const { frame, rows } = data;
  const { index } = rows;
  const marks = markRows(data, choice);
  const metric = frame.metrics.find(({ name }) => name === choice.measure) ?? null;
  const rate = metric === null ? -1 : frame.rates.indexOf(metric.name);
  const [counts, hits] = [rows.n[rate], rows.x[rate]];
  const groups = new Map<number, Group>();
  const [ownTotal, othersTotal] = [empty(), empty()];
  const followed = new Map<number, { own: number; others: number }>();
  const clock: Clock = isHourMeasure(choice.measure) ? hourMeasures[choice.measure].clock : 'scan';
  const { start, size } = rows.hours[clock];
  const groupOf = (row: number) =>
    ((index.lane[row] ?? 0) * frame.types.length + (index.type[row] ?? 0)) * frame.services.length +
    (index.service[row] ?? 0);
  const isChosen = (row: number) => {
    const week = index.week[row] ?? 0;
    return marks[row] !== 0 && week >= choice.from && week <= choice.to;
  };
  for (let row = 0; row < rows.count; row += 1) {
    if (!isChosen(row)) continue;
    const isOwn = marks[row] === 1;
    const key = groupOf(row);
    const [n, x] = [counts?.[row] ?? 0, hits?.[row] ?? 0];
    add(isOwn ? ownTotal : othersTotal, n, x);
    let group = groups.get(key);
    if (!group) {
      group = { own: empty(), others: empty(), lane: index.lane[row] ?? 0 };
      groups.set(key, group);
      followed.set(key, { own: 0, others: 0 });
    }
    add(isOwn ? group.own : group.others, n, x);
    const tally = followed.get(key);
    if (tally)
      for (let at = start[row] ?? 0; at < (start[row + 1] ?? 0); at += 1)
        tally[isOwn ? 'own' : 'others'] += size[at] ?? 0;
  }
  // small lanes together are no lane: what is in them is not alike
  const strata = [...groups.values()].map((group): Stratum & { lane: number } =>
    frame.lanes[group.lane]?.[0] === '*' ? { ...group, others: empty() } : group,
  );
  const comparison = compareStrata(strata, frame.thresholds);
  const sharedBy = (isIn: (key: number) => boolean) => new Set([...groups.keys()].filter(isIn));
  const isLane = (key: number) => frame.lanes[groups.get(key)?.lane ?? 0]?.[0] !== '*';
  const sharedRates = sharedBy((key) => {
    const group = groups.get(key);
    return group !== undefined && isLane(key) && isShared(group, frame.thresholds);
  });
  const sharedCurves = sharedBy((key) => {
    const tally = followed.get(key);
    return (
      isLane(key) && tally !== undefined && tally.own >= 1 && tally.others >= frame.thresholds.othersFrom
    );
  });
  const {
    own: ownSide,
    others: othersSide,
    percentiles,
  } = drawSides(data, choice, {
    marks,
    rate,
    clock,
    groupOf,
    sharedRates,
    sharedCurves,
  });
  return {
    choice,
    metric,
    own: ownTotal,
    rate: estimateTally(ownTotal),
    others: othersTotal,
    comparison,
    doubt: findDoubt(data, choice, 1, marks),
    otherDoubt: choice.against === '*' ? null : findDoubt(data, choice, 2, marks),
    percentiles,
    lanes: listLanes(data, strata),
    sides: { own: ownSide, others: othersSide },
    areWeeksShared: metric !== null && sharedRates.size > 0,
    areCurvesShared: sharedCurves.size > 0,
  };
}

interface Sides {
  marks: Uint8Array;
  rate: number;
  clock: Clock;
  groupOf: (row: number) => number;
  sharedRates: ReadonlySet<number>;
  sharedCurves: ReadonlySet<number>;
}

/** Weeks and curves of both sides: on the mixes that both have, where there are any. */
function drawSides(
  data: CompareData,
  choice: Choice,
  { marks, rate, clock, groupOf, sharedRates, sharedCurves }: Sides,
) {
  const { frame, rows } = data;
  const isHours = rate === -1;
  const make = () => ({
    weeks: Array.from({ length: frame.weekCount }, empty),
    weekEndings: isHours ? Array.from({ length: frame.weekCount }, () => makeEndings(frame.binHours)) : [],
    curve: makeEndings(frame.binHours),
    all: makeEndings(frame.binHours),
  });
  const sides = { own: make(), others: make() };
  for (let row = 0; row < rows.count; row += 1) {
    if (marks[row] === 0) continue;
    const side = marks[row] === 1 ? sides.own : sides.others;
    const week = rows.index.week[row] ?? 0;
    const key = groupOf(row);
    const isIn = week >= choice.from && week <= choice.to;
    if (isIn) {
      if (isHours) addEndings(data, row, clock, side.all);
      if (sharedCurves.size === 0 || sharedCurves.has(key)) addEndings(data, row, clock, side.curve);
    }
    if (isHours) {
      const target = side.weekEndings[week];
      if (target) addEndings(data, row, clock, target);
    } else if (sharedRates.size === 0 || sharedRates.has(key)) {
      const tally = side.weeks[week];
      if (tally) add(tally, rows.n[rate]?.[row] ?? 0, rows.x[rate]?.[row] ?? 0);
    }
  }
  const finish = (side: ReturnType<typeof make>): Side => ({
    curve: estimateIncidence(side.curve),
    weeks: isHours
      ? side.weekEndings.map((endings, week) => {
          const curve = estimateIncidence(endings);
          return { week, n: curve.n, value: findPercentile(curve, 0.5).hours };
        })
      : side.weeks.map(({ x, n }, week) => ({ week, n, value: n === 0 ? null : x / n })),
  });
  return {
    own: finish(sides.own),
    others: finish(sides.others),
    percentiles: isHours
      ? {
          own: findPercentiles(estimateIncidence(sides.own.all)),
          others: findPercentiles(estimateIncidence(sides.others.all)),
        }
      : null,
  };
}

/** What each lane adds, the one that costs or wins most parcels first. */
function listLanes({ frame }: CompareData, strata: readonly (Stratum & { lane: number })[]): LaneFigure[] {
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
      own: list.reduce((sum, { own }) => ({ x: sum.x + own.x, n: sum.n + own.n }), empty()),
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
  { frame, rows }: CompareData,
  choice: Choice,
  side: 1 | 2,
  marks: Uint8Array,
): CompareFigures['doubt'] {
  const metric = frame.metrics.find(({ name }) => name === choice.measure);
  if (!metric) return null;
  const carrier = side === 1 ? choice.carrier : choice.against;
  const silence = frame.silent.find((each) => each.carrier === carrier && each.kind === metric.restsOn);
  if (silence) return { words: 'not reported', why: `for none of ${silence.parcels} parcels in a year` };
  if (metric.name !== 'on_time_rate') return null;
  const rate = frame.rates.indexOf('promise_foreseen_rate');
  const foreseen = empty();
  for (let row = 0; row < rows.count; row += 1) {
    const week = rows.index.week[row] ?? 0;
    if (marks[row] === side && week >= choice.from && week <= choice.to)
      add(foreseen, rows.n[rate]?.[row] ?? 0, rows.x[rate]?.[row] ?? 0);
  }
  return foreseen.n > 0 && foreseen.x / foreseen.n < frame.foreseenFrom
    ? { words: 'not judged', why: 'promises were read too late' }
    : null;
}
