/** Durations of one parcel as the curves take them. */
import type { Sample } from './estimators.js';
import type { Milestones } from './parcels.js';
import { type Calendar, HOUR_US, type Stamp } from './time.js';
import type { Exclusions } from './types.js';

/** A sample, or why the hour curve leaves the parcel out. */
export type HourSample = Sample | keyof Exclusions;

interface End extends Stamp {
  kind: Sample['kind'];
}

function eventEnd(stamp: Stamp | null, kind: Sample['kind']): End[] {
  return stamp === null ? [] : [{ ...stamp, kind }];
}

/** Polls are never date-only, whatever their time. */
function pollEnd(parcel: Milestones): End {
  return { at: parcel.observedAt, kind: 'censored', isDateOnly: false };
}

/** The earliest; of ties the one named first. */
function earliest(ends: End[], otherwise: End): End {
  return ends.reduceRight((best, end) => (end.at <= best.at ? end : best), otherwise);
}

function toHourSample(start: Stamp, end: End): HourSample {
  if (start.isDateOnly) return 'date_only_start';
  if (end.isDateOnly) return 'date_only_end';
  if (end.at < start.at) return 'negative_duration';
  return { t: (end.at - start.at) / HOUR_US, kind: end.kind };
}

/** From the label to the first scan; null without a label. */
export function firstScanSample(parcel: Milestones): HourSample | null {
  if (parcel.labelAt === null) return null;
  const scan = eventEnd(parcel.firstScanAt, 'interest');
  return toHourSample(parcel.labelAt, earliest(scan, pollEnd(parcel)));
}

/** Interest wins ties, then what competes. */
function endOf(parcel: Milestones, interest: Stamp | null): End {
  return earliest(
    [
      ...eventEnd(interest, 'interest'),
      ...eventEnd(parcel.returnedAt, 'competing'),
      ...eventEnd(parcel.lostAt, 'competing'),
      ...eventEnd(parcel.forcedAt, 'censored'),
    ],
    pollEnd(parcel),
  );
}

/** From the first scan to the first attempt in hours; null unless transit is measurable. */
export function transitSample(parcel: Milestones): HourSample | null {
  if (parcel.transitMeasurable !== true || parcel.firstScanAt === null) return null;
  return toHourSample(parcel.firstScanAt, endOf(parcel, parcel.firstAttemptAt));
}

/** The same in whole working days, date-only stamps and all; null unless transit is measurable. */
export function transitDaySample(parcel: Milestones, calendar: Calendar): Sample | null {
  if (parcel.transitMeasurable !== true || parcel.firstScanDay === null) return null;
  const { carrierCode, toCountry } = parcel;
  const end = endOf(parcel, parcel.firstAttemptAt);
  const endDay = calendar.dayOfStamp(end, toCountry);
  return { t: calendar.workingDays(parcel.firstScanDay, endDay, carrierCode, toCountry), kind: end.kind };
}

/** The three clocks of a parcel's way, all started by the label. */
export interface WaySamples {
  scan: Sample;
  attempt: Sample;
  delivery: Sample;
}

/** Null where the label is missing or date-only; a parcel that one curve must leave out is left out of all. */
export function waySamples(parcel: Milestones): WaySamples | null {
  const { labelAt } = parcel;
  if (labelAt === null || labelAt.isDateOnly) return null;
  const [scan, attempt, delivery] = [parcel.firstScanAt, parcel.firstAttemptAt, parcel.deliveredAt].map(
    (interest) => toHourSample(labelAt, endOf(parcel, interest)),
  );
  if (typeof scan !== 'object' || typeof attempt !== 'object' || typeof delivery !== 'object') return null;
  return { scan, attempt, delivery };
}
