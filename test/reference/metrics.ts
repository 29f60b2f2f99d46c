/**
 * An independent reference of the metrics contract, sections 2 to 6, in plain TypeScript: what property tests hold the
 * SQL models against. Slow and plain on purpose; it shares no code with the models.
 */
import { gatherParcels, readPoll } from './bodies.js';
import { cohortsOf, labelMaturity, type Period, periodsOf, scanMaturity } from './cohorts.js';
import { cleanEvents, createVocabulary, toEventRow } from './events.js';
import { toParcelRow } from './parcel-row.js';
import { deriveMilestones, type Milestones } from './parcels.js';
import { adjustedFor, noAdjustment, summarise } from './performance.js';
import { firstScanSample, type HourSample, transitSample } from './samples.js';
import { type Calendar, createCalendar, formatDay, isoWeekday } from './time.js';
import type {
  DataQuality,
  EventRow,
  Exclusions,
  LaneRow,
  Observation,
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
}

export interface Reference {
  events: EventRow[];
  /** By tracking number; an alias has no row. */
  parcels: Map<string, ParcelRow>;
  /** Both periods of every carrier that has a parcel, and of '*'. */
  carrierPerformance: PerformanceRow[];
  /** Both periods of every carrier and lane that has a parcel, and of '*' on every lane. */
  lanePerformance: LaneRow[];
  /** The 53 ISO weeks up to the clock's, where a carrier (or '*') has a label, scan or due cohort in them. */
  weeklyPerformance: WeekRow[];
  dataQuality: DataQuality;
}

/** Everything at once; pure. Throws RangeError for a time zone that Intl does not know. */
export function computeReference(input: ReferenceInput): Reference {
  const { asOf, days, seeds } = input;
  const visible = input.observations.filter(({ observedAt }) => observedAt <= asOf);
  const polls = visible.map(readPoll).filter((poll) => poll !== null);
  const vocabulary = createVocabulary(seeds.statusCodes);
  const calendar = createCalendar(seeds, input.holidays);
  const serviceLevelOf = createServiceLevels(seeds);
  const raw = gatherParcels(polls).map((parcel) => ({ parcel, timeline: cleanEvents(parcel, vocabulary) }));

  const periods = periodsOf(asOf.getTime() * 1000, days);
  const milestonesAt = (clock: number) =>
    raw.map(({ parcel, timeline }) => deriveMilestones(parcel, timeline, clock, calendar, serviceLevelOf));
  const current = milestonesAt(periods.current.clock);
  const views: View[] = [
    { period: periods.current, parcels: current },
    { period: periods.previous, parcels: milestonesAt(periods.previous.clock) },
  ];

  const events = raw.flatMap(({ timeline }) => timeline.events);
  const countQuarantined = (reason: string) =>
    events.filter((event) => event.quarantineReason === reason).length;
  return {
    events: raw.flatMap(({ parcel, timeline }) =>
      timeline.events.map((event) => toEventRow(parcel.trackingNumber, event)),
    ),
    parcels: new Map(current.map((parcel) => [parcel.trackingNumber, toParcelRow(parcel)])),
    carrierPerformance: views.flatMap((view) => carrierRows(view, calendar)),
    lanePerformance: views.flatMap((view) => laneRows(view, calendar)),
    weeklyPerformance: weekRows(current, periods.current, calendar),
    dataQuality: {
      unmapped_status_code: events.filter((event) => event.quarantineReason === null && event.isUnmapped)
        .length,
      quarantined: {
        no_timestamp: countQuarantined('no_timestamp'),
        future: countQuarantined('future'),
        before_label: countQuarantined('before_label'),
      },
      ...countLeftOut(current, periods.current),
      unattributable_observations: visible.length - polls.length,
    },
  };
}

/** LIKE patterns in file order; `unknown` where none fits. */
function createServiceLevels({ serviceLevels }: Seeds): (shippingOptionCode: string | null) => string {
  const rules = serviceLevels.map(({ pattern, service_level }) => {
    const source = pattern
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('%', '.*')
      .replaceAll('_', '.');
    return { matcher: new RegExp(`^${source}$`, 's'), service_level };
  });
  return (code) =>
    (code !== null && rules.find(({ matcher }) => matcher.test(code.toLowerCase()))?.service_level) ||
    'unknown';
}

interface View {
  period: Period;
  parcels: Milestones[];
}

function groupBy(
  parcels: Milestones[],
  keyOf: (parcel: Milestones) => unknown[],
): [Milestones, Milestones[]][] {
  const groups = new Map<string, [Milestones, Milestones[]]>();
  for (const parcel of parcels) {
    const key = JSON.stringify(keyOf(parcel));
    const group = groups.get(key);
    if (group) group[1].push(parcel);
    else groups.set(key, [parcel, [parcel]]);
  }
  return [...groups.values()];
}

function carrierRows({ period, parcels }: View, calendar: Calendar): PerformanceRow[] {
  const adjust = adjustedFor(parcels, period);
  const rows = groupBy(parcels, (parcel) => [parcel.carrierCode]).map(([{ carrierCode }, own]) => ({
    carrier_code: carrierCode,
    period: period.name,
    ...summarise(own, period, calendar),
    ...adjust(carrierCode),
  }));
  const all = {
    carrier_code: '*',
    period: period.name,
    ...summarise(parcels, period, calendar),
    ...noAdjustment,
  };
  return [...rows, all];
}

function laneRows({ period, parcels }: View, calendar: Calendar): LaneRow[] {
  const laneOf = (parcel: Milestones) => [parcel.fromCountry, parcel.toCountry, parcel.deliveryType];
  const toRow = (carrierCode: string | null, lane: Milestones, own: Milestones[]): LaneRow => ({
    carrier_code: carrierCode,
    from_country: lane.fromCountry,
    to_country: lane.toCountry,
    delivery_type: lane.deliveryType,
    period: period.name,
    ...summarise(own, period, calendar),
  });
  return [
    ...groupBy(parcels, (parcel) => [parcel.carrierCode, ...laneOf(parcel)]).map(([lane, own]) =>
      toRow(lane.carrierCode, lane, own),
    ),
    ...groupBy(parcels, laneOf).map(([lane, own]) => toRow('*', lane, own)),
  ];
}

/** Parcels by the Monday of any of their start days: only those can be in a cohort of that week. */
function groupByWeek(parcels: Milestones[]): Map<number, Set<Milestones>> {
  const weeks = new Map<number, Set<Milestones>>();
  for (const parcel of parcels) {
    for (const day of [parcel.labelDay, parcel.firstScanDay, parcel.eddOriginal]) {
      if (day === null) continue;
      const monday = day - isoWeekday(day) + 1;
      const week = weeks.get(monday);
      if (week) week.add(parcel);
      else weeks.set(monday, new Set([parcel]));
    }
  }
  return weeks;
}

function weekRows(parcels: Milestones[], { name, clock, toDay }: Period, calendar: Calendar): WeekRow[] {
  const lastMonday = toDay - isoWeekday(toDay) + 1;
  const toRows = (carrier_code: string | null, own: Milestones[]): WeekRow[] =>
    [...groupByWeek(own)].flatMap(([monday, started]) => {
      if (monday < lastMonday - 52 * 7 || monday > lastMonday) return [];
      const period = { name, clock, fromDay: monday, toDay: Math.min(monday + 7, toDay) };
      const { label, scan, due } = cohortsOf([...started], period);
      if (label.length + scan.length + due.length === 0) return [];
      // Parcels still open belong to no week.
      const columns = { ...summarise([...started], period, calendar), open_now: null, stalled_now: null };
      return [{ carrier_code, week_start_date: formatDay(monday), ...columns }];
    });
  return [
    ...groupBy(parcels, (parcel) => [parcel.carrierCode]).flatMap(([{ carrierCode }, own]) =>
      toRows(carrierCode, own),
    ),
    ...toRows('*', parcels),
  ];
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
  return {
    not_observed_long_enough: {
      label_7d: label.filter(
        (parcel) => parcel.outcome !== 'forced' && labelMaturity(parcel, 7, clock) === 'unobserved',
      ).length,
      scan_14d: unwatched(14),
      scan_30d: unwatched(30),
    },
    first_scan_excluded: countExcluded(label.map(firstScanSample)),
    transit_excluded: countExcluded(scan.map(transitSample)),
  };
}
