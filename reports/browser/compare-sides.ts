import {
  addEndings,
  addTally,
  type ChosenRows,
  countFollowed,
  emptyTally,
  isSmallLane,
} from './choice-rows.js';
import type { Clock } from './compare-data.js';
import type { Stratum } from './compare-strata.js';
import { type Endings, estimateIncidence, findPercentile, makeEndings, mixIncidence } from './incidence.js';

/** One side of a week's point; a rate, or median hours. */
export interface WeekFigure {
  week: number;
  n: number;
  value: number | null;
}

/**
 * The rates of each week on the kinds of parcels that both have in it, the others' weighted as the carrier's parcels are. As counted, for
 * both, where they have none in common in any week.
 */
export function compareWeeks({ data, marks, groupOf, laneOf }: ChosenRows, measure: string) {
  const { frame, rows } = data;
  const rate = frame.rates.indexOf(measure);
  const weeks = Array.from({ length: frame.weekCount }, () => new Map<number, Stratum>());
  for (let row = 0; row < rows.count; row += 1) {
    if (marks[row] === 0) continue;
    const strata = weeks[rows.index.week[row] ?? 0];
    const n = rows.n[rate]?.[row] ?? 0;
    if (!strata || n === 0) continue;
    const key = groupOf(row);
    let stratum = strata.get(key);
    if (!stratum) {
      stratum = { own: emptyTally(), others: emptyTally() };
      strata.set(key, stratum);
    }
    addTally(marks[row] === 1 ? stratum.own : stratum.others, n, rows.x[rate]?.[row] ?? 0);
  }
  const isSmall = (key: number) => isSmallLane(frame, laneOf(key));
  const shared = weeks.map((strata) =>
    [...strata]
      .filter(([key, { own, others }]) => own.n > 0 && others.n > 0 && !isSmall(key))
      .map(([, each]) => each),
  );
  const areShared = shared.some((strata) => strata.length > 0);
  const list = (side: 'own' | 'others') =>
    weeks.map((strata, week): WeekFigure => {
      const list = areShared ? (shared[week] ?? []) : [...strata.values()];
      const weight = (stratum: Stratum) => (areShared ? stratum.own.n : stratum[side].n);
      const total = list.reduce((sum, stratum) => sum + weight(stratum), 0);
      const mean = list.reduce(
        (sum, stratum) =>
          sum + (stratum[side].n > 0 ? (weight(stratum) * stratum[side].x) / stratum[side].n : 0),
        0,
      );
      const n = list.reduce((sum, stratum) => sum + stratum[side].n, 0);
      return { week, n, value: total === 0 ? null : mean / total };
    });
  return { own: list('own'), others: list('others'), areShared };
}

/** The median hours of each week, each side as it is. */
export function followWeeks({ data, marks }: ChosenRows, clock: Clock) {
  const { frame, rows } = data;
  const make = () => Array.from({ length: frame.weekCount }, () => makeEndings(frame.binHours));
  const sides = { own: make(), others: make() };
  for (let row = 0; row < rows.count; row += 1) {
    if (marks[row] === 0) continue;
    const target = (marks[row] === 1 ? sides.own : sides.others)[rows.index.week[row] ?? 0];
    if (target) addEndings(data, row, clock, target);
  }
  const finish = (weeks: Endings[]) =>
    weeks.map((endings, week): WeekFigure => {
      const curve = estimateIncidence(endings);
      return { week, n: curve.n, value: findPercentile(curve, 0.5).hours };
    });
  return { own: finish(sides.own), others: finish(sides.others), areShared: false };
}

/** The curves of the choice: on the kinds that both have, the others' weighted as the carrier's parcels are; and those of all, as they are. */
export function mixCurves(
  { data, marks, isInWeeks, groupOf }: ChosenRows,
  clock: Clock,
  sharedCurves: ReadonlySet<number>,
) {
  const { frame, rows } = data;
  const make = () => makeEndings(frame.binHours);
  const all = { own: make(), others: make() };
  const shared = make();
  const strata = new Map([...sharedCurves].map((key) => [key, { weight: 0, endings: make() }]));
  for (let row = 0; row < rows.count; row += 1) {
    if (marks[row] === 0 || !isInWeeks(row)) continue;
    const isOwn = marks[row] === 1;
    addEndings(data, row, clock, isOwn ? all.own : all.others);
    const stratum = strata.get(groupOf(row));
    if (!stratum) continue;
    addEndings(data, row, clock, isOwn ? shared : stratum.endings);
    if (isOwn) stratum.weight += countFollowed(data, row, clock);
  }
  const [allOwn, allOthers] = [estimateIncidence(all.own), estimateIncidence(all.others)];
  if (strata.size === 0) return { own: allOwn, others: allOthers, allOwn, allOthers };
  const curves = [...strata.values()].map(({ weight, endings }) => ({
    weight,
    curve: estimateIncidence(endings),
  }));
  return { own: estimateIncidence(shared), others: mixIncidence(curves), allOwn, allOthers };
}
