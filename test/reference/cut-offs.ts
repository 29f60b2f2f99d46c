/** From which hour labels wait for the next collection, and whether that hour moved. */
import { cohortsOf, type Period } from './cohorts.js';
import { aalenJohansen, percentile, type Sample } from './estimators.js';
import type { Milestones } from './parcels.js';
import { isSample } from './performance.js';
import { fisherTwoSided } from './probability.js';
import { firstScanSample } from './samples.js';
import { groupBy } from './tables.js';
import { type Calendar, isoWeekday } from './time.js';

const LEAST_LABELS = 10;
const LEAST_HOURS = 4;
const LEAST_STEP = 6;

export interface HourMedian {
  hour: number;
  labels: number;
  median: number | null;
  lo: number | null;
  hi: number | null;
}

export interface CutOff {
  hour: number;
  step: number;
  before: HourMedian;
  after: HourMedian;
}

function neighboursOf(hours: HourMedian[]): { before: HourMedian; after: HourMedian }[] {
  const enough = hours.filter(({ labels }) => labels >= LEAST_LABELS);
  return enough.flatMap((before) => {
    const after = enough.find(({ hour }) => hour === before.hour + 1);
    return after ? [{ before, after }] : [];
  });
}

/** The largest step up of those that are one; of equal ones the earliest; null where none is, or too few hours have labels. */
export function findCutOff(hours: HourMedian[]): CutOff | null {
  if (hours.filter(({ labels }) => labels >= LEAST_LABELS).length < LEAST_HOURS) return null;
  const steps = neighboursOf(hours).flatMap(({ before, after }): CutOff[] => {
    if (before.median === null || after.median === null || before.hi === null || after.lo === null) return [];
    const step = after.median - before.median;
    return step >= LEAST_STEP - 1e-9 && after.lo > before.hi
      ? [{ hour: after.hour, step, before, after }]
      : [];
  });
  return steps.reduce<CutOff | null>(
    (best, one) =>
      best === null || one.step > best.step + 1e-9 || (one.step > best.step - 1e-9 && one.hour < best.hour)
        ? one
        : best,
    null,
  );
}

interface Label {
  carrier: string;
  day: number;
  hour: number;
  sample: Sample;
}

function medianOf(hour: number, labels: Label[]): HourMedian {
  const { value, lo, hi } = percentile(aalenJohansen(labels.map(({ sample }) => sample)), 0.5);
  return { hour, labels: labels.length, median: value, lo, hi };
}

function hoursOf(labels: Label[]): HourMedian[] {
  return Array.from({ length: 24 }, (_, hour) => labels.filter((label) => label.hour === hour)).flatMap(
    (own, hour) => (own.length > 0 ? [medianOf(hour, own)] : []),
  );
}

/** Labels of Mondays to Thursdays that are followed to the first scan. */
function labelsOf(parcels: Milestones[], period: Period, calendar: Calendar): Label[] {
  return cohortsOf(parcels, period).label.flatMap((parcel): Label[] => {
    const sample = firstScanSample(parcel);
    const { labelDay, labelAt, carrierCode, fromCountry } = parcel;
    if (labelDay === null || labelAt === null || sample === null || !isSample(sample)) return [];
    if (isoWeekday(labelDay) > 4) return [];
    return [
      {
        carrier: carrierCode,
        day: labelDay,
        hour: calendar.hourOfInstant(labelAt.at, fromCountry),
        sample,
      },
    ];
  });
}

export interface CutOffRow {
  carrier_code: string;
  period: 'current' | 'latest' | 'before';
  labelled: number;
  hours_counted: number;
  cut_off_hour: number | null;
  step_hours: number | null;
  hours_before: number | null;
  hours_before_lo: number | null;
  hours_before_hi: number | null;
  hours_before_n: number | null;
  hours_after: number | null;
  hours_after_lo: number | null;
  hours_after_hi: number | null;
  hours_after_n: number | null;
  labelled_after: number | null;
  moved_by_hours: number | null;
  moved_p: number | null;
  between_waited_from: number | null;
  between_labels: number | null;
  between_late_labels: number | null;
  between_days: number | null;
  between_late_days: number | null;
}

interface Between {
  labels: number;
  lateLabels: number;
  days: number;
  lateDays: number;
}

/** Labels of some hours whose wait is known to be longer than `waitedFrom`, or had an end before; and by days. */
function countBetween(labels: Label[], from: number, to: number, waitedFrom: number, today: number): Between {
  const byDay = new Map<number, { late: number; all: number }>();
  for (const { hour, day, sample } of labels) {
    if (hour < from || hour >= to || day + 2 + Math.ceil(waitedFrom / 24) > today) continue;
    const isLate = Math.floor(Math.min(sample.t, 336)) >= waitedFrom;
    if (!isLate && sample.kind !== 'interest') continue;
    const { late, all } = byDay.get(day) ?? { late: 0, all: 0 };
    byDay.set(day, { late: late + Number(isLate), all: all + 1 });
  }
  const days = [...byDay.values()];
  return {
    labels: days.reduce((sum, { all }) => sum + all, 0),
    lateLabels: days.reduce((sum, { late }) => sum + late, 0),
    days: days.length,
    lateDays: days.filter(({ late, all }) => late > all / 2).length,
  };
}

export interface CutOffMove {
  oldHour: number;
  newHour: number;
  waitedFrom: number;
  latest: Between;
  before: Between;
  p: number;
}

function findMove(latest: Label[], before: Label[], today: number): CutOffMove | null {
  const [newHours, oldHours] = [hoursOf(latest), hoursOf(before)];
  const [moved, usual] = [findCutOff(newHours), findCutOff(oldHours)];
  if (!moved || !usual || moved.hour === usual.hour) return null;
  const waitedFrom = Math.round(((usual.before.median ?? 0) + (usual.after.median ?? 0)) / 2);
  const [from, to] = [Math.min(moved.hour, usual.hour), Math.max(moved.hour, usual.hour)];
  const counted = (labels: Label[]) => countBetween(labels, from, to, waitedFrom, today);
  const [one, other] = [counted(latest), counted(before)];
  if (one.days + other.days === 0) return null;
  const pairs = neighboursOf(newHours).length * neighboursOf(oldHours).length;
  const p = fisherTwoSided({ x: one.lateDays, n: one.days }, { x: other.lateDays, n: other.days });
  return {
    oldHour: usual.hour,
    newHour: moved.hour,
    waitedFrom,
    latest: one,
    before: other,
    p: Math.min(1, pairs * p),
  };
}

function rowOf(
  carrier: string,
  period: CutOffRow['period'],
  labels: Label[],
  move: CutOffMove | null,
): CutOffRow {
  const hours = hoursOf(labels);
  const cutOff = findCutOff(hours);
  const between = move && period !== 'current' ? move[period] : null;
  return {
    carrier_code: carrier,
    period,
    labelled: labels.length,
    hours_counted: hours.filter((hour) => hour.labels >= LEAST_LABELS).length,
    cut_off_hour: cutOff?.hour ?? null,
    step_hours: cutOff?.step ?? null,
    hours_before: cutOff?.before.median ?? null,
    hours_before_lo: cutOff?.before.lo ?? null,
    hours_before_hi: cutOff?.before.hi ?? null,
    hours_before_n: cutOff?.before.labels ?? null,
    hours_after: cutOff?.after.median ?? null,
    hours_after_lo: cutOff?.after.lo ?? null,
    hours_after_hi: cutOff?.after.hi ?? null,
    hours_after_n: cutOff?.after.labels ?? null,
    labelled_after: cutOff ? labels.filter(({ hour }) => hour >= cutOff.hour).length : null,
    moved_by_hours: between && move ? move.newHour - move.oldHour : null,
    moved_p: between && move ? move.p : null,
    between_waited_from: between && move ? move.waitedFrom : null,
    between_labels: between?.labels ?? null,
    between_late_labels: between?.lateLabels ?? null,
    between_days: between?.days ?? null,
    between_late_days: between?.lateDays ?? null,
  };
}

function latestAndBefore(current: Period): { latest: Period; before: Period } {
  const { toDay } = current;
  return {
    latest: { ...current, fromDay: toDay - 28 },
    before: { ...current, fromDay: toDay - 28 - 90, toDay: toDay - 28 },
  };
}

/** Moves by carrier; all carriers together have none, since each has a van of its own. */
export function cutOffMoves(
  parcels: Milestones[],
  current: Period,
  calendar: Calendar,
): Map<string, CutOffMove> {
  const { latest, before } = latestAndBefore(current);
  return new Map(
    groupBy(parcels, ({ carrierCode }) => [carrierCode]).flatMap(([{ carrierCode }, own]) => {
      const move = findMove(labelsOf(own, latest, calendar), labelsOf(own, before, calendar), current.toDay);
      return move ? [[carrierCode, move] as const] : [];
    }),
  );
}

export function cutOffRows(parcels: Milestones[], current: Period, calendar: Calendar): CutOffRow[] {
  const moves = cutOffMoves(parcels, current, calendar);
  const groups = groupBy(parcels, ({ carrierCode }) => [carrierCode]);
  const carriers = [
    ...groups.map(([{ carrierCode }, own]) => ({ carrier: carrierCode, own })),
    ...(parcels.length > 0 ? [{ carrier: '*', own: parcels }] : []),
  ];
  const periods = { current, ...latestAndBefore(current) };
  return carriers.flatMap(({ carrier, own }) =>
    (['current', 'latest', 'before'] as const).map((period) =>
      rowOf(carrier, period, labelsOf(own, periods[period], calendar), moves.get(carrier) ?? null),
    ),
  );
}
