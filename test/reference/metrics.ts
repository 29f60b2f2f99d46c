/**
 * An independent reference of the metrics contract, sections 2 to 6, in plain TypeScript: what property tests hold the
 * SQL models against. Slow and plain on purpose; it shares no code with the models.
 */
import type { Alert, AlertLaneRow, AlertRow } from './alerts.js';
import { gatherParcels, readPoll } from './bodies.js';
import { type CarrierReportRow, carrierReportRows } from './carrier-reports.js';
import { type Candidate, chooseCases, findCandidates } from './cases.js';
import {
  type CellHourRow,
  type CellRow,
  cellHourRows,
  cellRows,
  type RateAnswerRow,
  rateAnswerRows,
} from './cells.js';
import {
  attemptMaturity,
  cohortsOf,
  labelMaturity,
  type Period,
  periodsOf,
  scanMaturity,
} from './cohorts.js';
import { type CutOffRow, cutOffMoves, cutOffRows } from './cut-offs.js';
import type { DelayRow, ParcelDayRow } from './delay.js';
import { cleanEvents, createVocabulary, toEventRow } from './events.js';
import { toParcelRow } from './parcel-row.js';
import { deriveMilestones, type Milestones } from './parcels.js';
import { firstScanSample, type HourSample, transitSample } from './samples.js';
import {
  alertLaneRows,
  alertRows,
  alertsOf,
  brandRows,
  type CoverageRow,
  type CurveRow,
  carrierRows,
  coverageRows,
  curveRows,
  dayRows,
  delayRows,
  laneChanges,
  laneRows,
  optionRows,
  type View,
  weekRows,
} from './tables.js';
import { type Target, type TargetRow, targetRows } from './targets.js';
import { createCalendar } from './time.js';
import type {
  BrandRow,
  DataQuality,
  EventRow,
  Exclusions,
  LaneRow,
  Observation,
  OptionRow,
  ParcelRow,
  PerformanceRow,
  Seeds,
  WeekRow,
} from './types.js';

export interface ReferenceInput {
  /** In any order; a parcel may be observed several times. */
  observations: Observation[];
  asOf: Date;
  /** Length of a period. */
  days: number;
  seeds: Seeds;
  holidays: (countryCode: string, isoDate: string) => boolean;
  targets?: Target[];
}

/** Tables are computed when they are first asked for. */
export interface Reference {
  events: EventRow[];
  /** By tracking number; an alias has no row. */
  parcels: Map<string, ParcelRow>;
  /** Both periods of every carrier that has a parcel, and of '*'; so are lanes, options and brands. */
  carrierPerformance: PerformanceRow[];
  lanePerformance: LaneRow[];
  optionPerformance: OptionRow[];
  brandPerformance: BrandRow[];
  /** The 53 ISO weeks up to the clock's, where a carrier (or '*') has a label, scan or due cohort in them. */
  weeklyPerformance: WeekRow[];
  rateAnswers: RateAnswerRow[];
  cells: CellRow[];
  cellHours: CellHourRow[];
  alerts: AlertRow[];
  alertLanes: AlertLaneRow[];
  delayBreakdown: DelayRow[];
  parcelDays: ParcelDayRow[];
  carrierReports: CarrierReportRow[];
  /** Every carrier that has a parcel, and '*', in three periods. */
  cutOffs: CutOffRow[];
  targets: TargetRow[];
  candidates: Candidate[];
  cases: Candidate[];
  coverage: CoverageRow[];
  curves(kind: 'first_scan' | 'transit', wanted: { carrier_code: string; hours: number }[]): CurveRow[];
  dataQuality: DataQuality;
}

/** Everything, from what was polled; pure. Throws RangeError for a time zone that Intl does not know. */
export function computeReference(input: ReferenceInput): Reference {
  const { asOf, days, seeds, targets = [] } = input;
  const visible = input.observations.filter(({ observedAt }) => observedAt <= asOf);
  const polls = visible.map(readPoll).filter((poll) => poll !== null);
  const vocabulary = createVocabulary(seeds.statusCodes);
  const calendar = createCalendar(seeds, input.holidays);
  const serviceLevelOf = createServiceLevels(seeds);
  const raw = gatherParcels(polls).map((parcel) => ({ parcel, timeline: cleanEvents(parcel, vocabulary) }));

  const periods = periodsOf(asOf.getTime() * 1000, days);
  const milestonesAt = (clock: number | null) =>
    raw.map(({ parcel, timeline }) => deriveMilestones(parcel, timeline, clock, calendar, serviceLevelOf));
  const parcels = milestonesAt(null);
  const current: View = { period: periods.current, parcels };
  const previous: View = {
    period: periods.previous,
    // Whether a promise was foreseen is judged once, with all that is known by now.
    parcels: milestonesAt(periods.previous.clock).map((parcel, index) => ({
      ...parcel,
      promiseForeseen: parcels[index]?.promiseForeseen ?? null,
    })),
  };
  const both = [current, previous];
  const { toDay: today } = periods.current;
  const alerts = once((): Alert[] => alertsOf(current));
  const candidates = once(() =>
    findCandidates(
      parcels,
      periods.current,
      alerts(),
      targets,
      cutOffMoves(parcels, periods.current, calendar),
      laneChanges(current),
    ),
  );

  return onDemand({
    events: () =>
      raw.flatMap(({ parcel, timeline }) =>
        timeline.events.map((event) => toEventRow(parcel.trackingNumber, event)),
      ),
    parcels: () => new Map(parcels.map((parcel) => [parcel.trackingNumber, toParcelRow(parcel)])),
    carrierPerformance: () => both.flatMap((view) => carrierRows(view, calendar)),
    lanePerformance: () => both.flatMap((view) => laneRows(view, calendar)),
    optionPerformance: () => both.flatMap((view) => optionRows(view, calendar)),
    brandPerformance: () => both.flatMap((view) => brandRows(view, calendar)),
    weeklyPerformance: () => weekRows(current, calendar),
    rateAnswers: () => both.flatMap((view) => rateAnswerRows(view.parcels, view.period)),
    cells: () => cellRows(parcels, periods.current),
    cellHours: () => cellHourRows(parcels, periods.current),
    alerts: () => alertRows(alerts()),
    alertLanes: () => alertLaneRows(alerts()),
    delayBreakdown: () => delayRows(current),
    parcelDays: () => dayRows(current),
    carrierReports: () => carrierReportRows(parcels, today),
    cutOffs: () => cutOffRows(parcels, periods.current, calendar),
    targets: () => targetRows(targets, parcels, periods.current),
    candidates,
    cases: () => chooseCases(candidates()),
    coverage: () => coverageRows(current, periods.previous),
    curves: () => (kind: 'first_scan' | 'transit', wanted: { carrier_code: string; hours: number }[]) =>
      curveRows(kind, current, wanted),
    dataQuality: () => {
      const events = raw.flatMap(({ timeline }) => timeline.events);
      const count = (reason: string) => events.filter((event) => event.quarantineReason === reason).length;
      return {
        unmapped_status_code: events.filter((event) => event.quarantineReason === null && event.isUnmapped)
          .length,
        quarantined: {
          no_timestamp: count('no_timestamp'),
          implausible: count('implausible'),
          future: count('future'),
          before_label: count('before_label'),
        },
        ...countLeftOut(parcels, periods.current),
        unusual_code: parcels.filter(({ hasUnusualCode }) => hasUnusualCode).length,
        implausible_label: raw.filter(({ timeline }) => timeline.hasImplausibleLabel).length,
        no_label: parcels.filter(({ labelAt }) => labelAt === null).length,
        unattributable_observations: visible.length - polls.length,
      };
    },
  });
}

function once<T>(compute: () => T): () => T {
  let known: { value: T } | null = null;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}

/** An object whose fields are computed when first read. */
function onDemand<T extends object>(makers: { [K in keyof T]: () => T[K] }): T {
  const result = {} as T;
  for (const [name, make] of Object.entries(makers)) {
    Object.defineProperty(result, name, { get: once(make as () => unknown), enumerable: true });
  }
  return result;
}

/** LIKE patterns in file order; `unknown` where none fits. */
function createServiceLevels({ serviceLevels }: Seeds): (shippingOptionCode: string) => string {
  const rules = serviceLevels.map(({ pattern, service_level }) => {
    const source = pattern
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('%', '.*')
      .replaceAll('_', '.');
    return { matcher: new RegExp(`^${source}$`, 's'), service_level };
  });
  return (code) => rules.find(({ matcher }) => matcher.test(code))?.service_level ?? 'unknown';
}

function countExcluded(samples: (HourSample | null)[]): Exclusions {
  const count = (reason: keyof Exclusions) => samples.filter((sample) => sample === reason).length;
  return {
    date_only_start: count('date_only_start'),
    date_only_end: count('date_only_end'),
    negative_duration: count('negative_duration'),
  };
}

function countLeftOut(parcels: Milestones[], period: Period) {
  const { label, scan } = cohortsOf(parcels, period);
  const { clock } = period;
  const unwatched = (days: number) =>
    scan.filter((parcel) => scanMaturity(parcel, days, clock) === 'unobserved').length;
  const isUnattempted = (parcel: Milestones, days: number) =>
    attemptMaturity(parcel, days, clock) === 'unobserved';
  return {
    not_observed_long_enough: {
      label_7d: label.filter(
        (parcel) => parcel.outcome !== 'forced' && labelMaturity(parcel, 7, clock) === 'unobserved',
      ).length,
      scan_7d: scan.filter(
        (parcel) =>
          parcel.transitMeasurable === true && parcel.outcome !== 'forced' && isUnattempted(parcel, 7),
      ).length,
      scan_14d: unwatched(14),
      scan_30d: unwatched(30),
      unresolved_30d: scan.filter((parcel) => isUnattempted(parcel, 30)).length,
    },
    first_scan_excluded: countExcluded(label.map(firstScanSample)),
    transit_excluded: countExcluded(scan.map(transitSample)),
  };
}
