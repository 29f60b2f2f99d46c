import { dayMs, hoursBetween, microsOf, sayHours } from './explain-clock.js';
import type { Cohort, Verdict } from './explain-figures.js';
import type { Parcels, RunParameters } from './schema.js';

/** Null once the horizon has passed and was watched; else why the rate does not ask the parcel yet. */
function whyTooYoung(
  startAt: string,
  days: number,
  isSettled: boolean,
  parcel: Parcels,
  run: RunParameters,
): string | null {
  const hours = days * 24;
  if (hoursBetween(startAt, run.as_of) < hours) {
    const endsOn = new Date(microsOf(startAt) / 1000 + days * dayMs).toISOString().slice(0, 10);
    return `its ${days} days end on ${endsOn}: too young`;
  }
  if (isSettled || hoursBetween(startAt, parcel.observed_at) >= hours) return null;
  return `last polled ${sayHours(hoursBetween(startAt, parcel.observed_at))} after its start, before the ${days} days were over: not guessed`;
}

export interface Rate {
  name: string;
  cohort: Cohort;
  horizonDays?: 7 | 14 | 30;
  /** Why the rate does not ask this parcel; null if it does. */
  leavesOut?: (parcel: Parcels) => string | null;
  counts: (parcel: Parcels) => boolean;
  /** What being counted means, as a question. */
  question: string;
}

const isWithin = (from: string | null, at: string | null, days: number) =>
  from !== null && at !== null && hoursBetween(from, at) <= days * 24;

const endedWithin30d = (outcome: string) => (parcel: Parcels) =>
  parcel.outcome === outcome && isWithin(parcel.first_scan_at, parcel.outcome_at, 30);

const needsPromise = ({ edd_original }: Parcels) => (edd_original === null ? 'no promise' : null);

const needsHomeAttempt = ({ delivery_type, first_attempt_at }: Parcels) =>
  delivery_type !== 'home'
    ? `not a home parcel (${delivery_type})`
    : first_attempt_at === null
      ? 'no attempt yet'
      : null;

const exceptionRate = (name: string, column: keyof Parcels, whose: string): Rate => ({
  name,
  cohort: 'scan',
  horizonDays: 14,
  counts: (parcel) => parcel[column] === true,
  question: `an exception${whose} within 14 days of the first scan`,
});

// One line a rate of METRICS section 6, in its order.
export const RATES: readonly Rate[] = [
  {
    name: 'never_scanned_7d_rate',
    cohort: 'label',
    horizonDays: 7,
    leavesOut: ({ outcome }) => (outcome === 'forced' ? 'closed by the platform without a scan' : null),
    counts: ({ label_at, first_scan_at }) => !isWithin(label_at, first_scan_at, 7),
    question: 'no scan within 7 days of the label',
  },
  {
    name: 'acceptance_scan_rate',
    cohort: 'scan',
    counts: ({ first_scan_code }) => first_scan_code === 'accepted',
    question: 'the first scan was the acceptance',
  },
  {
    name: 'transit_measurable_rate',
    cohort: 'scan',
    counts: ({ transit_measurable }) => transit_measurable === true,
    question: 'scanned on the way in, so that transit can be measured',
  },
  {
    name: 'on_time_rate',
    cohort: 'due',
    leavesOut: ({ handed_over_in_time }) =>
      handed_over_in_time === true
        ? null
        : 'the carrier had it only after the promised day, or never: not held against the carrier',
    counts: ({ on_time }) => on_time === true,
    question: 'attempted by the promised day',
  },
  {
    name: 'promise_kept_rate',
    cohort: 'due',
    counts: ({ on_time }) => on_time === true,
    question: 'attempted by the promised day, whoever was late',
  },
  {
    name: 'promise_kept_plus_1d_rate',
    cohort: 'due',
    counts: ({ days_late }) => days_late !== null && days_late <= 1,
    question: 'attempted at most a day after the promised day',
  },
  {
    name: 'handed_over_late_rate',
    cohort: 'due',
    counts: ({ handed_over_in_time }) => handed_over_in_time === false,
    question: 'first scanned after the promised day, or never',
  },
  {
    name: 'edd_coverage_rate',
    cohort: 'scan',
    counts: ({ edd_original }) => edd_original !== null,
    question: 'a poll showed a promise',
  },
  {
    name: 'promise_seen_late_rate',
    cohort: 'scan',
    leavesOut: needsPromise,
    counts: ({ edd_original_seen_at, first_attempt_at }) =>
      edd_original_seen_at !== null &&
      first_attempt_at !== null &&
      microsOf(edd_original_seen_at) > microsOf(first_attempt_at),
    question: 'the promise was first seen after the attempt',
  },
  exceptionRate('exception_rate', 'exception_within_14d', ''),
  exceptionRate('exception_rate_sender', 'exception_sender_within_14d', " of the sender's"),
  exceptionRate('exception_rate_recipient', 'exception_recipient_within_14d', " of the recipient's"),
  exceptionRate('exception_rate_carrier', 'exception_carrier_within_14d', " of the carrier's"),
  exceptionRate('exception_rate_border', 'exception_border_within_14d', ' at the border'),
  exceptionRate('exception_rate_unattributed', 'exception_unattributed_within_14d', ' put down to nobody'),
  exceptionRate('inferred_exception_rate', 'inferred_exception_within_14d', ' inferred by the platform'),
  {
    name: 'first_attempt_success_rate',
    cohort: 'scan',
    leavesOut: needsHomeAttempt,
    counts: ({ first_attempt_success }) => first_attempt_success === true,
    question: 'the first attempt was the delivery',
  },
  {
    name: 'diverted_to_pickup_rate',
    cohort: 'scan',
    leavesOut: needsHomeAttempt,
    counts: ({ diverted_to_pickup }) => diverted_to_pickup === true,
    question: 'it went to a pick-up point',
  },
  ...(['returned', 'lost', 'forced'] as const).map(
    (outcome): Rate => ({
      name: `${outcome}_30d_rate`,
      cohort: 'scan',
      horizonDays: 30,
      counts: endedWithin30d(outcome),
      question: `${outcome === 'forced' ? 'closed by the platform' : outcome} within 30 days of the first scan`,
    }),
  ),
  {
    name: 'unresolved_30d_rate',
    cohort: 'scan',
    horizonDays: 30,
    counts: ({ first_scan_at, first_attempt_at, outcome_at }) =>
      !isWithin(first_scan_at, first_attempt_at, 30) && !isWithin(first_scan_at, outcome_at, 30),
    question: 'neither attempted nor ended within 30 days of the first scan',
  },
];

const startOf = (cohort: Cohort, { label_at, first_scan_at, edd_original }: Parcels) =>
  cohort === 'label'
    ? label_at
    : cohort === 'scan'
      ? first_scan_at
      : edd_original && `${edd_original}T00:00:00Z`;

/** Whether a rate asks the parcel, and whether it counts it. */
export function judgeRate(rate: Rate, parcel: Parcels, run: RunParameters): Verdict {
  const { name, cohort, horizonDays, leavesOut, counts, question } = rate;
  const startAt = startOf(cohort, parcel);
  const isSettled = cohort === 'label' ? parcel.first_scan_at !== null : parcel.outcome !== 'open';
  const tooYoung =
    horizonDays === undefined || startAt === null
      ? null
      : whyTooYoung(startAt, horizonDays, isSettled, parcel, run);
  const why = leavesOut?.(parcel) ?? tooYoung;
  if (why !== null) return { cohort, figures: [name], isIn: false, isCounted: null, reason: why };
  const isCounted = counts(parcel);
  return {
    cohort,
    figures: [name],
    isIn: true,
    isCounted,
    reason: `${question}? ${isCounted ? 'yes' : 'no'}`,
  };
}
