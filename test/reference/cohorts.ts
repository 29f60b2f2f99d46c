/** Which parcels a metric counts: by the day they started, never by the day they finished. */
import type { Milestones } from './parcels.js';
import { DAY_US, type Stamp, utcDay } from './time.js';
import type { PeriodName } from './types.js';

export interface Period {
  name: PeriodName;
  /** Microseconds: nothing dated later has happened. */
  clock: number;
  /** Local start days, the second excluded. */
  fromDay: number;
  toDay: number;
}

/** The `days` days before the clock's UTC date, and as many before those with a clock as much earlier. */
export function periodsOf(asOf: number, days: number): { current: Period; previous: Period } {
  const today = utcDay(asOf);
  return {
    current: { name: 'current', clock: asOf, fromDay: today - days, toDay: today },
    previous: {
      name: 'previous',
      clock: asOf - days * DAY_US,
      fromDay: today - 2 * days,
      toDay: today - days,
    },
  };
}

export type CohortName = 'label' | 'scan' | 'due';
export type Cohorts = Record<CohortName, Milestones[]>;

/** The local date at which a parcel starts to belong to a cohort. */
export function startDayOf(parcel: Milestones, cohort: CohortName): number | null {
  if (cohort === 'label') return parcel.labelDay;
  return cohort === 'scan' ? parcel.firstScanDay : parcel.eddOriginal;
}

/** Outbound parcels that are not cancelled and started in the window. */
export function cohortsOf(parcels: Milestones[], { name, clock, fromDay, toDay }: Period): Cohorts {
  const isWithin = (day: number | null) => day !== null && day >= fromDay && day < toDay;
  const outbound = parcels.filter((parcel) => !parcel.isReturn && parcel.outcome !== 'cancelled');
  // Near the end of the window a local date can be reached before the clock: what is later has not happened yet.
  const hasHappened = (stamp: Stamp | null) => name === 'current' || (stamp !== null && stamp.at <= clock);
  return {
    label: outbound.filter((parcel) => isWithin(parcel.labelDay) && hasHappened(parcel.labelAt)),
    scan: outbound.filter((parcel) => isWithin(parcel.firstScanDay)),
    due: outbound.filter((parcel) => parcel.isDue && isWithin(parcel.eddOriginal)),
  };
}

/** How a parcel stands to a fixed horizon: too young at the clock, never watched to it, or counted. */
export type Maturity = 'young' | 'unobserved' | 'mature';

function maturity(
  parcel: Milestones,
  start: Stamp | null,
  isKnown: boolean,
  days: number,
  clock: number,
): Maturity {
  if (start === null || start.at > clock - days * DAY_US) return 'young';
  return isKnown || parcel.observedAt >= start.at + days * DAY_US ? 'mature' : 'unobserved';
}

/** From the first scan; a closed parcel needs no more watching. */
export function scanMaturity(parcel: Milestones, days: number, clock: number): Maturity {
  return maturity(parcel, parcel.firstScanAt, parcel.outcome !== 'open', days, clock);
}

/** From the first scan; neither a closed nor an attempted parcel needs more watching. */
export function attemptMaturity(parcel: Milestones, days: number, clock: number): Maturity {
  const isKnown = parcel.outcome !== 'open' || parcel.firstAttemptAt !== null;
  return maturity(parcel, parcel.firstScanAt, isKnown, days, clock);
}

/** From the label, for "never scanned": a parcel with a scan needs no more watching. */
export function labelMaturity(parcel: Milestones, days: number, clock: number): Maturity {
  return maturity(parcel, parcel.labelAt, parcel.firstScanAt !== null, days, clock);
}

/**
 * Whether changes against the previous period mean anything for a group: its first known label does not lie after that
 * window's first day. Where no label is known at all, the first scan stands for it: then that is what is known first.
 */
export function isCovered(parcels: Milestones[], previous: Period): boolean {
  const known = (days: (number | null)[]) => days.filter((day) => day !== null);
  const labels = known(parcels.map(({ labelDay }) => labelDay));
  const starts = labels.length > 0 ? labels : known(parcels.map(({ firstScanDay }) => firstScanDay));
  return starts.some((day) => day <= previous.fromDay);
}
