/** Durations of one parcel as the curves take them. */
import type { Sample } from './estimators.js';
import type { Milestones } from './parcels.js';
import { type Calendar, HOUR_US, isDateOnly, utcDay } from './time.js';
import type { Exclusions } from './types.js';

/** A sample, or why the hour curve leaves the parcel out. */
export type HourSample = Sample | keyof Exclusions;

interface End {
  at: number;
  kind: Sample['kind'];
  /** Polls never are, whatever their time. */
  isDateOnly: boolean;
}

function eventEnd(at: number | null, kind: Sample['kind']): End[] {
  return at === null ? [] : [{ at, kind, isDateOnly: isDateOnly(at) }];
}

/** The earliest; of ties the one named first. */
function earliest(ends: End[], otherwise: End): End {
  return ends.reduceRight((best, end) => (end.at <= best.at ? end : best), otherwise);
}

function toHourSample(start: number, end: End): HourSample {
  if (isDateOnly(start)) return 'date_only_start';
  if (end.isDateOnly) return 'date_only_end';
  if (end.at < start) return 'negative_duration';
  return { t: (end.at - start) / HOUR_US, kind: end.kind };
}

/** From the label to the first scan; null without a label. */
export function firstScanSample(parcel: Milestones): HourSample | null {
  if (parcel.labelAt === null) return null;
  const poll: End = { at: parcel.observedAt, kind: 'censored', isDateOnly: false };
  return toHourSample(parcel.labelAt, earliest(eventEnd(parcel.firstScanAt, 'interest'), poll));
}

function transitEnd(parcel: Milestones): End {
  return earliest(
    [
      ...eventEnd(parcel.firstAttemptAt, 'interest'),
      ...eventEnd(parcel.returnedAt, 'competing'),
      ...eventEnd(parcel.lostAt, 'competing'),
      ...eventEnd(parcel.forcedAt, 'censored'),
    ],
    { at: parcel.observedAt, kind: 'censored', isDateOnly: false },
  );
}

/** From the first scan to the first attempt in hours; null unless transit is measurable. */
export function transitSample(parcel: Milestones): HourSample | null {
  if (parcel.transitMeasurable !== true || parcel.firstScanAt === null) return null;
  return toHourSample(parcel.firstScanAt, transitEnd(parcel));
}

/** The same in whole working days, date-only stamps and all; null unless transit is measurable. */
export function transitDaySample(parcel: Milestones, calendar: Calendar): Sample | null {
  if (parcel.transitMeasurable !== true || parcel.firstScanDay === null) return null;
  const { carrierCode, toCountry } = parcel;
  const end = transitEnd(parcel);
  const endDay = end.isDateOnly ? utcDay(end.at) : calendar.dayOfInstant(end.at, toCountry);
  return { t: calendar.workingDays(parcel.firstScanDay, endDay, carrierCode, toCountry), kind: end.kind };
}
