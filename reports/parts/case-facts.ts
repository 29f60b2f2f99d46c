import { addDays } from 'date-fns/addDays';
import { lightFormat } from 'date-fns/lightFormat';
import { parseISO } from 'date-fns/parseISO';
import { pooledOthers, type StripTarget, type StripWeek } from '../charts/case-strip.js';
import { type Estimate, estimateShare } from '../drawing/wilson.js';
import {
  type AlertRow,
  type CaseEvidence,
  type CaseRow,
  type CaseWeek,
  type ComparisonRow,
  type CutOffRow,
  foreseenFrom,
  type TargetRow,
} from '../snapshot.js';
import type { PageContext } from './context.js';

/** x of n. */
export interface Count {
  x: number;
  n: number;
}

/** What a page tells of a case, read off the published rows. */
export interface CaseFacts {
  row: CaseRow;
  evidence: CaseEvidence;
  /** Of an alert. */
  alert: AlertRow | null;
  /** Of a comparison. */
  comparison: ComparisonRow | null;
  /** The agreed figure that holds there, if there is one. */
  target: TargetRow | null;
  /** Of a hand-over cut-off: the last 28 days, and the 90 before. */
  latest: CutOffRow | null;
  earlier: CutOffRow | null;
  /** A larger figure is the better one. */
  isHighGood: boolean;
  /** The carrier there in the weeks that the alert is judged by; `usual` is the same at the case's own mix of delivery types. */
  before: Count | null;
  /** The other carriers there, in the days of the case and in the weeks before; null where none has parcels. */
  othersNow: Count | null;
  othersBefore: Count | null;
  /** In the days of the case. */
  foreseen: Count;
  late: Count;
}

const baselineWeeks = 26;
const stripWeeks = 26;

/** The case with all that is known of it. */
export function readFacts(context: PageContext, row: CaseRow): CaseFacts {
  const { snapshot } = context;
  const evidence = snapshot.caseEvidence.find(({ case_number }) => case_number === row.case_number) ?? {
    ...{ case_number: row.case_number, first_date: row.since, last_date: row.since, marked_weeks: null },
    ...{ weeks: [], services: [], parcels_sql: null, parcels: [], parcel_count: 0 },
  };
  const baseline = new Set(findBaseline(context, row));
  const isOwn = (week: CaseWeek) => week.carrier_code === row.carrier_code;
  const isNow = ({ week_start_date: week }: CaseWeek) =>
    evidence.marked_weeks?.includes(week) ?? (week >= evidence.first_date && week <= evidence.last_date);
  const isBefore = (week: CaseWeek) => baseline.has(week.week_start_date);
  const sum = (test: (week: CaseWeek) => boolean, x: 'x' | 'foreseen_x' | 'late_x' = 'x'): Count => {
    const n = x === 'x' ? 'n' : x === 'late_x' ? 'late_n' : 'foreseen_n';
    const weeks = evidence.weeks.filter(test);
    const total = (column: keyof CaseWeek) => weeks.reduce((all, week) => all + Number(week[column]), 0);
    return { x: total(x), n: total(n) };
  };
  const some = (count: Count) => (count.n > 0 ? count : null);
  const before = some(sum((week) => isOwn(week) && isBefore(week)));
  return {
    row,
    evidence,
    alert: snapshot.alerts.find((alert) => isAlertOf(alert, row)) ?? null,
    comparison: snapshot.comparisons.find((each) => isComparisonOf(each, row)) ?? null,
    target: findTarget(snapshot.targets, row),
    latest: findCutOff(context, row, 'latest'),
    earlier: findCutOff(context, row, 'before'),
    isHighGood: snapshot.metrics.find(({ name }) => name === row.metric)?.better !== 'lower',
    before,
    othersNow: some(sum((week) => !isOwn(week) && isNow(week))),
    othersBefore: some(sum((week) => !isOwn(week) && isBefore(week))),
    foreseen: sum((week) => isOwn(week) && isNow(week), 'foreseen_x'),
    late: sum((week) => isOwn(week) && isNow(week), 'late_x'),
  };
}

function isAlertOf(alert: AlertRow, row: CaseRow): boolean {
  return (
    row.kind === 'alert' &&
    alert.is_worse &&
    alert.carrier_code === row.carrier_code &&
    alert.metric === row.metric &&
    alert.first_week === row.since
  );
}

function isComparisonOf(each: ComparisonRow, row: CaseRow): boolean {
  return (
    each.scope === row.kind &&
    each.other_carrier_code === '*' &&
    each.carrier_code === row.carrier_code &&
    each.metric === row.metric &&
    each.from_country === row.from_country &&
    each.to_country === row.to_country &&
    each.delivery_type === row.delivery_type
  );
}

function findCutOff({ snapshot }: PageContext, row: CaseRow, period: string): CutOffRow | null {
  if (row.kind !== 'cut_off') return null;
  return (
    snapshot.cutOffs.find((each) => each.carrier_code === row.carrier_code && each.period === period) ?? null
  );
}

/** The weeks that an alert's first one, or a lane's latest ones, are judged by. */
function findBaseline({ snapshot, thresholds }: PageContext, row: CaseRow): string[] {
  if (row.kind !== 'alert' && row.kind !== 'change') return [];
  return snapshot.control
    .filter(
      (week) =>
        week.carrier_code === row.carrier_code &&
        week.metric === row.metric &&
        week.week_start_date < row.since &&
        week.n >= thresholds.rankedFrom,
    )
    .map((week) => week.week_start_date)
    .slice(-baselineWeeks);
}

/** The agreed figure that covers the case, the one that says most where there are several. */
function findTarget(targets: readonly TargetRow[], row: CaseRow): TargetRow | null {
  const columns = ['carrier_code', 'from_country', 'to_country', 'delivery_type'] as const;
  if (row.kind === 'target')
    return targets.find(({ target_number }) => target_number === row.target_number) ?? null;
  const isHeld = (target: TargetRow) =>
    target.metric === row.metric &&
    target.service_level === null &&
    columns.every((column) => target[column] === null || target[column] === row[column]);
  const said = (target: TargetRow) => columns.filter((column) => target[column] !== null).length;
  return targets.filter(isHeld).sort((one, other) => said(other) - said(one))[0] ?? null;
}

/** A count with its interval; null for no parcels. */
export function estimate({ x, n }: Count): Estimate | null {
  return n > 0 ? estimateShare(x, n) : null;
}

/** A strip: points of one or of several weeks, and how many weeks each has. */
export interface Strip {
  weeks: StripWeek[];
  /** Of the case's carrier. */
  weeksEach: number;
}

const monday = (date: string) => {
  const day = parseISO(date);
  return addDays(day, -((day.getDay() + 6) % 7));
};
const toDate = (date: Date) => lightFormat(date, 'yyyy-MM-dd');

/** The last 26 whole weeks of every carrier there, in steps of one, two or four weeks: as few as give most points enough parcels. */
export function makeStrip(context: PageContext, { row, evidence }: CaseFacts): Strip {
  const { snapshot, thresholds } = context;
  const asOf = snapshot.parameters.as_of_date;
  const end = monday(asOf);
  const metric = snapshot.metrics.find(({ name }) => name === row.metric);
  const horizon = metric?.alert_horizon ?? metric?.horizon_days ?? 7;
  const isComplete = (sunday: Date) => toDate(addDays(sunday, horizon)) <= asOf;
  if (evidence.weeks.length === 0 && row.metric.endsWith('_hours')) {
    const weeks = snapshot.control
      .filter((week) => week.metric === row.metric && week.carrier_code !== '*')
      .filter((week) => week.week_start_date >= toDate(addDays(end, -7 * stripWeeks)))
      .map(({ carrier_code, week_start_date, value, n, is_mature }) => ({
        ...{
          carrier_code,
          start: week_start_date,
          weeksEach: 1,
          value,
          lo: null,
          hi: null,
          n,
          isComplete: is_mature,
        },
      }));
    return { weeks, weeksEach: 1 };
  }
  const [first] = evidence.weeks.length === 0 ? [] : [monday(evidence.first_date)];
  const whole = evidence.weeks.filter(
    ({ week_start_date: week }) => week >= toDate(addDays(end, -7 * stripWeeks)) && week < toDate(end),
  );
  const judged = row.metric === 'on_time_rate' ? whole.filter(isForeseen(whole)) : whole;
  const pool = (weeksEach: number, codeOf: (code: string) => string): StripWeek[] => {
    const groups = new Map<string, CaseWeek[]>();
    // a step begins where the case does, so that what changed is not mixed with what was
    const anchor = first ?? end;
    for (const week of judged) {
      const start = parseISO(week.week_start_date);
      const passed = Math.round((start.getTime() - anchor.getTime()) / 604_800_000);
      const step = toDate(addDays(anchor, Math.floor(passed / weeksEach) * weeksEach * 7));
      const key = JSON.stringify([codeOf(week.carrier_code), step]);
      groups.set(key, [...(groups.get(key) ?? []), week]);
    }
    return [...groups].flatMap(([key, weeks]) => {
      const [carrier_code, start] = JSON.parse(key) as [string, string];
      const count = {
        x: weeks.reduce((sum, { x }) => sum + x, 0),
        n: weeks.reduce((sum, { n }) => sum + n, 0),
      };
      const share = estimate(count);
      const sunday = addDays(parseISO(start), weeksEach * 7 - 1);
      return share === null
        ? []
        : [{ carrier_code, start, weeksEach, ...share, n: count.n, isComplete: isComplete(sunday) }];
    });
  };
  const isRich = (weeks: readonly StripWeek[]) =>
    weeks.filter(({ n }) => n >= thresholds.withheldBelow).length >= 0.8 * weeks.length;
  const ofCarrier = (weeks: readonly StripWeek[], code: string) =>
    weeks.filter(({ carrier_code }) => carrier_code === code);
  const steps = [1, 2, 4];
  const weeksEach =
    steps.find((each) =>
      isRich(
        ofCarrier(
          pool(each, (code) => code),
          row.carrier_code,
        ),
      ),
    ) ?? 4;
  const apart = pool(weeksEach, (code) => code);
  const others = [...new Set(apart.map(({ carrier_code }) => carrier_code))].filter(
    (code) => code !== row.carrier_code,
  );
  if (others.every((code) => isRich(ofCarrier(apart, code)))) return { weeks: apart, weeksEach };
  // else theirs would be gaps for the most part: one line for all of them, in steps as long as it needs
  const pooled = steps
    .filter((each) => each >= weeksEach)
    .map((each) =>
      ofCarrier(
        pool(each, (code) => (code === row.carrier_code ? code : pooledOthers)),
        pooledOthers,
      ),
    );
  const together = pooled.find(isRich) ?? pooled.at(-1) ?? [];
  return { weeks: [...ofCarrier(apart, row.carrier_code), ...together], weeksEach };
}

/** Carriers whose promises there were mostly read in time: only they are judged by them. */
function isForeseen(weeks: readonly CaseWeek[]): (week: CaseWeek) => boolean {
  const counts = new Map<string, Count>();
  for (const { carrier_code, foreseen_x, foreseen_n } of weeks) {
    const known = counts.get(carrier_code) ?? { x: 0, n: 0 };
    counts.set(carrier_code, { x: known.x + foreseen_x, n: known.n + foreseen_n });
  }
  return ({ carrier_code }) => {
    const { x, n } = counts.get(carrier_code) ?? { x: 0, n: 0 };
    return n === 0 || x >= foreseenFrom * n;
  };
}

/** The agreed figure as the strip draws it: over the days for which it was agreed. */
export function stripTarget({ target }: CaseFacts): StripTarget | null {
  return target === null ? null : { value: target.target, from: target.from_date, to: target.to_date };
}
