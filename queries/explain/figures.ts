import type { Metrics, Parcels, RunParameters } from '../schema.js';
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
const workingDayFigures = ['transit_working_days_p50', 'transit_working_days_p90'];

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

/** The answers of rate_answers.sql to one parcel in one cohort: a rate asks it (true counted, false not) or does not (null). */
export interface CohortAnswers {
  cohort: Cohort;
  /** By rate, as they stand. */
  now: Readonly<Record<string, boolean | string | null>>;
  /** As they would stand with every horizon over and watched. */
  later: Readonly<Record<string, boolean | string | null>>;
}

/**
 * What the parcel is to every figure (docs/methodology.md, "Whose parcels a figure is about" and "Fixed horizons"): in or left out,
 * counted or not, and why. It holds for each period that the cohort's start lies in; over all parcels of a period the verdicts add up
 * to the published figures (a test does it).
 */
export function judgeFigures(
  parcel: Parcels,
  run: RunParameters,
  metrics: readonly Metrics[],
  answers: readonly CohortAnswers[],
): Verdict[] {
  const cohorts = findStarts(parcel, run)
    .filter(({ membership }) => membership !== null)
    .map(({ cohort }) => cohort);
  const rates = metrics.filter(({ estimator }) => estimator === 'rate');
  const verdicts = [
    ...judgeFirstScan(parcel),
    ...judgeTransit(parcel),
    ...rates.flatMap((metric) => judgeRate(metric, parcel, run, answers)),
    ...judgePickup(parcel),
  ];
  return verdicts.filter(({ cohort }) => cohorts.includes(cohort));
}

const startOf = (cohort: Cohort, { label_at, first_scan_at, edd_original }: Parcels) =>
  cohort === 'label'
    ? label_at
    : cohort === 'scan'
      ? first_scan_at
      : edd_original && `${edd_original}T00:00:00Z`;

/** Why a rate does not ask the parcel yet, whose horizon is not over or was not watched. */
function whyNotYet(startAt: string, days: number, parcel: Parcels, run: RunParameters): string {
  const hours = days * 24;
  if (hoursBetween(startAt, run.as_of) < hours) {
    const endsOn = shiftDate(startAt.slice(0, 10), days);
    return `its ${days} days end on ${endsOn}: too young`;
  }
  return `last polled ${sayHours(hoursBetween(startAt, parcel.observed_at))} after its start, before the ${days} days were over: not guessed`;
}

/** Whether a rate asks the parcel, and whether it counts it: the answer is rate_answers.sql's, the words are those of the metric. */
function judgeRate(
  { name, cohort, horizon_days, counted, out_of }: Metrics,
  parcel: Parcels,
  run: RunParameters,
  answers: readonly CohortAnswers[],
): Verdict[] {
  const own = answers.find((each) => each.cohort === cohort);
  if (!own) return [];
  const figures = [name];
  const answer = own.now[name];
  if (typeof answer === 'boolean') {
    const reason = `${counted}? ${answer ? 'yes' : 'no'}`;
    return [{ cohort: own.cohort, figures, isIn: true, isCounted: answer, reason }];
  }
  const startAt = startOf(own.cohort, parcel);
  const isLater = startAt !== null && horizon_days !== null && typeof own.later[name] === 'boolean';
  const reason = isLater
    ? whyNotYet(startAt, horizon_days, parcel, run)
    : `not asked: it is about ${out_of}, and this is none (${describeParcel(own.cohort, parcel)})`;
  return [{ cohort: own.cohort, figures, isIn: false, isCounted: null, reason }];
}

/** What decides whether a rate is about a parcel. */
function describeParcel(cohort: Cohort, parcel: Parcels): string {
  if (cohort === 'due') {
    const scan =
      parcel.first_scan_date === null ? 'never scanned' : `first scanned on ${parcel.first_scan_date}`;
    return `${scan}, promised for ${parcel.edd_original}`;
  }
  const ending = parcel.outcome === 'forced' ? 'closed by the platform' : parcel.outcome;
  if (cohort === 'label') return ending;
  return [
    parcel.delivery_type,
    parcel.first_attempt_at === null ? 'no attempt yet' : 'attempted',
    parcel.edd_original === null ? 'no promise' : 'promised',
    ending,
  ].join(', ');
}
