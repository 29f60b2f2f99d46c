import type { Parcels, RunParameters } from '../schema.js';
import { hoursBetween, microsOf, mondayOf, sayHours, shiftDate } from './clock.js';
import { sayNoLabel, sayNoPromise } from './missing.js';

/** Which start puts a parcel into a figure. */
export type Cohort = 'label' | 'scan' | 'due';

/** Where a start date lies, seen from a run's clock. */
export type Membership =
  /** In the current window: counts in carrier_performance and its like. */
  | 'current'
  /** In the window before: counts there as it stood at previous_as_of. */
  | 'previous'
  /** Older, yet within the 53 weeks of weekly_performance. */
  | 'weekly'
  | 'older'
  /** On the clock's own date or later: from the next day on. */
  | 'not_yet';

/** A parcel's start in one cohort; `membership` null where it does not belong to it at all. */
export interface CohortStart {
  cohort: Cohort;
  startDate: string | null;
  membership: Membership | null;
  /** Monday of the week in which weekly_performance counts it. */
  week: string | null;
  reason: string;
}

/** What one parcel is to one figure, once its start lies in the figure's period. */
export interface Verdict {
  cohort: Cohort;
  figures: readonly string[];
  isIn: boolean;
  /** For a rate: whether it is among the parcels counted (the numerator). Null for durations, and where it is left out. */
  isCounted: boolean | null;
  reason: string;
}

function findMembership(date: string, run: RunParameters): Membership {
  if (date > run.window_end_date) return 'not_yet';
  if (date >= run.window_start_date) return 'current';
  if (date >= run.previous_window_start_date) return 'previous';
  return date >= shiftDate(mondayOf(run.window_end_date), -52 * 7) ? 'weekly' : 'older';
}

/** The three cohorts of docs/methodology.md, "Whose parcels a figure is about", and why the parcel is in each or is not. */
export function findStarts(parcel: Parcels, run: RunParameters): CohortStart[] {
  const whyNever = parcel.is_return
    ? 'a return: in no outbound figure'
    : parcel.outcome === 'cancelled'
      ? 'cancelled before any scan: in no figure'
      : null;
  const start = (cohort: Cohort, startDate: string | null, missing: string): CohortStart => {
    const reason = whyNever ?? (startDate === null ? missing : null);
    if (reason !== null || startDate === null) {
      return { cohort, startDate, membership: null, week: null, reason: reason ?? missing };
    }
    const membership = findMembership(startDate, run);
    const isWeekly =
      startDate >= shiftDate(mondayOf(run.window_end_date), -52 * 7) && membership !== 'not_yet';
    const week = isWeekly ? mondayOf(startDate) : null;
    const { window_start_date: from, window_end_date: to } = run;
    const reasons: Record<Membership, string> = {
      current: `${startDate} lies in the window ${from} to ${to}`,
      previous: `${startDate} lies in the window before (${run.previous_window_start_date} to ${run.previous_window_end_date}): counted there as it stood on ${run.previous_as_of.slice(0, 10)}`,
      weekly: `${startDate} lies before both windows: in the weekly figures only`,
      older: `${startDate} lies before every window`,
      not_yet: `${startDate} is not over yet on the clock of ${run.as_of_date}: counted from the day after it on`,
    };
    return { cohort, startDate, membership, week, reason: reasons[membership] };
  };
  const undue =
    parcel.edd_original === null
      ? sayNoPromise(parcel)
      : parcel.outcome === 'forced'
        ? 'closed by the platform without a scan: the promise is not judged'
        : `the promised day ${parcel.edd_original} was not over when it was last polled, and there was no attempt: not due yet`;
  return [
    start('label', parcel.label_date, sayNoLabel(parcel)),
    start('scan', parcel.first_scan_date, 'no physical scan by the carrier'),
    start('due', parcel.is_due ? parcel.edd_original : null, undue),
  ];
}

interface FollowUp {
  cohort: Cohort;
  figures: readonly string[];
  /** What the time is from and to, as in "from the label to the first scan". */
  span: string;
}

function judgeHours(
  { cohort, figures, span }: FollowUp,
  start: { at: string; isDateOnly: boolean },
  end: { at: string; isDateOnly: boolean; kind: 'interest' | 'competing' | 'censored'; words: string },
): Verdict {
  const out = (reason: string): Verdict => ({ cohort, figures, isIn: false, isCounted: null, reason });
  if (start.isDateOnly) return out('its start has a date and no time: left out of the hours');
  if (end.isDateOnly) return out('its end has a date and no time: left out of the hours');
  const hours = hoursBetween(start.at, end.at);
  if (hours < 0) return out('its end lies before its start: left out');
  const size = sayHours(hours);
  const reason =
    end.kind === 'interest'
      ? `${size} ${span}`
      : end.kind === 'competing'
        ? `${end.words} after ${size}: it counts as never reaching the end, not as missing`
        : `${end.words} after ${size}: it counts as not there yet for that long`;
  return { cohort, figures, isIn: true, isCounted: null, reason };
}

const firstScanFigures = [
  'first_scan_p50_hours',
  'first_scan_p90_hours',
  'first_scan_24h_share',
  'first_scan_48h_share',
  'first_scan_curves',
  'label_waiting',
];
const transitFigures = [
  'transit_p50_hours',
  'transit_p90_hours',
  'transit_p95_hours',
  'transit_reached_share',
  'transit_curves',
];
const workingDayFigures = [
  'transit_working_days_p50',
  'transit_working_days_p90',
  'transit_2_working_days_share',
];

function judgeFirstScan(parcel: Parcels): Verdict[] {
  const { label_at, first_scan_at, observed_at } = parcel;
  if (label_at === null) return [];
  const followUp: FollowUp = {
    cohort: 'label',
    figures: firstScanFigures,
    span: 'from the label to the first scan',
  };
  const end =
    first_scan_at === null
      ? {
          at: observed_at,
          isDateOnly: false,
          kind: 'censored' as const,
          words: 'not scanned when last polled,',
        }
      : {
          at: first_scan_at,
          isDateOnly: parcel.is_first_scan_date_only,
          kind: 'interest' as const,
          words: '',
        };
  return [judgeHours(followUp, { at: label_at, isDateOnly: parcel.is_label_date_only }, end)];
}

function judgeTransit(parcel: Parcels): Verdict[] {
  const { first_scan_at, first_scan_code, first_attempt_at, outcome, outcome_at, observed_at } = parcel;
  if (first_scan_at === null) return [];
  const cohort = 'scan';
  if (parcel.transit_measurable !== true) {
    const reason = `first seen as ${first_scan_code}, never scanned in: its transit is unknown, not short`;
    return [transitFigures, workingDayFigures].map(
      (figures): Verdict => ({ cohort, figures, isIn: false, isCounted: null, reason }),
    );
  }
  const isOther = outcome === 'returned' || outcome === 'lost' || outcome === 'forced';
  const isAttemptedFirst =
    first_attempt_at !== null &&
    (!isOther || (outcome_at !== null && microsOf(first_attempt_at) <= microsOf(outcome_at)));
  const [end, workingDays] = isAttemptedFirst
    ? [
        {
          at: first_attempt_at,
          isDateOnly: parcel.is_first_attempt_date_only,
          kind: 'interest' as const,
          words: 'attempted',
        },
        parcel.transit_working_days,
      ]
    : isOther && outcome_at !== null
      ? [
          outcome === 'forced'
            ? {
                at: outcome_at,
                isDateOnly: parcel.is_outcome_date_only,
                kind: 'censored' as const,
                words: 'closed by the platform',
              }
            : {
                at: outcome_at,
                isDateOnly: parcel.is_outcome_date_only,
                kind: 'competing' as const,
                words: outcome,
              },
          parcel.outcome_working_days,
        ]
      : [
          {
            at: observed_at,
            isDateOnly: false,
            kind: 'censored' as const,
            words: 'not attempted when last polled,',
          },
          parcel.observed_working_days,
        ];
  const span = 'from the first scan to the first attempt';
  const days: Verdict = {
    cohort,
    figures: workingDayFigures,
    isIn: workingDays !== null,
    isCounted: null,
    reason:
      workingDays === null
        ? 'its working days are not known'
        : `${end.words} after ${workingDays} working day${workingDays === 1 ? '' : 's'}`,
  };
  return [
    judgeHours(
      { cohort, figures: transitFigures, span },
      { at: first_scan_at, isDateOnly: parcel.is_first_scan_date_only },
      end,
    ),
    days,
  ];
}

function judgePickup(parcel: Parcels): Verdict[] {
  const { pickup_point_at, delivered_at, outcome, outcome_at, observed_at } = parcel;
  if (pickup_point_at === null) return [];
  const isPoll = delivered_at === null && outcome_at === null;
  const isOther = outcome === 'returned' || outcome === 'lost';
  const end = {
    at: delivered_at ?? outcome_at ?? observed_at,
    isDateOnly:
      delivered_at !== null ? parcel.is_delivered_date_only : !isPoll && parcel.is_outcome_date_only,
    kind:
      delivered_at !== null
        ? ('interest' as const)
        : isOther
          ? ('competing' as const)
          : ('censored' as const),
    words: isPoll ? 'not collected when last polled,' : outcome,
  };
  const followUp: FollowUp = {
    cohort: 'scan',
    figures: ['pickup_point_dwell'],
    span: 'from the pick-up point to the collection',
  };
  return [judgeHours(followUp, { at: pickup_point_at, isDateOnly: parcel.is_pickup_point_date_only }, end)];
}

/**
 * What the parcel is to every figure (docs/methodology.md, "Whose parcels a figure is about" and "Fixed horizons"): in or left out,
 * counted or not, and why. It holds for each period that the cohort's start lies in; over all parcels of a period the verdicts add up
 * to the published figures (a test does it).
 */
export function judgeFigures(parcel: Parcels, run: RunParameters): Verdict[] {
  const cohorts = findStarts(parcel, run)
    .filter(({ membership }) => membership !== null)
    .map(({ cohort }) => cohort);
  const verdicts = [
    ...judgeFirstScan(parcel),
    ...judgeTransit(parcel),
    ...RATES.map((rate) => judgeRate(rate, parcel, run)),
    ...judgePickup(parcel),
  ];
  return verdicts.filter(({ cohort }) => cohorts.includes(cohort));
}

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
    const endsOn = shiftDate(startAt.slice(0, 10), days);
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

// One line a rate, in the order of carrier_performance.
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
