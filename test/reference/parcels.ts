/** Milestones of one parcel, as they stood at a clock. */
import type { Header, RawParcel } from './bodies.js';
import type { Timeline, UsableEvent } from './events.js';
import { type Calendar, DAY_US, HOUR_US, type Stamp, utcDay } from './time.js';
import type { ExceptionGroup, Outcome } from './types.js';

/** Polls in microseconds, days as day numbers; names as in the public table, in camel case. */
export interface Milestones extends Header {
  trackingNumber: string;
  serviceLevel: string;
  labelAt: Stamp | null;
  droppedAt: Stamp | null;
  returnedAt: Stamp | null;
  firstScanAt: Stamp | null;
  firstScanCode: string | null;
  outForDeliveryAt: Stamp | null;
  pickupPointAt: Stamp | null;
  deliveredAt: Stamp | null;
  firstAttemptAt: Stamp | null;
  firstAttemptCode: string | null;
  lostAt: Stamp | null;
  forcedAt: Stamp | null;
  outcome: Outcome;
  outcomeAt: Stamp | null;
  returnedAfterDelivery: boolean;
  observedAt: number;
  eddOriginal: number | null;
  eddOriginalSeenAt: number | null;
  eddCurrent: number | null;
  transitMeasurable: boolean | null;
  transitCalendarDays: number | null;
  transitWorkingDays: number | null;
  /** Reported exceptions up to the outcome, in order. */
  exceptions: { at: Stamp; code: string | null; group: ExceptionGroup }[];
  /** Groups of those within 14 d of the first scan. */
  earlyGroups: Set<ExceptionGroup>;
  /** The platform inferred an exception within them. */
  hasEarlyInference: boolean;
  firstAttemptSuccess: boolean | null;
  divertedToPickup: boolean | null;
  handedOverInTime: boolean | null;
  isDue: boolean;
  onTime: boolean | null;
  daysLate: number | null;
  /** Judged once, with all up to as_of: the previous period takes it over. */
  promiseForeseen: boolean | null;
  promiseSeenLate: boolean;
  currentStatus: string | null;
  currentStatusAt: Stamp | null;
  lastCarrierEventAt: Stamp | null;
  /** Code of the last physical scan of the carrier: where the parcel lies. */
  lastScanCode: string | null;
  /** What the carrier told of this parcel at all, whenever. */
  hasReported: { codes: Set<string>; exception: boolean; subStatus: boolean };
  labelDay: number | null;
  firstScanDay: number | null;
  qualityFlags: string[];
}

/** Hours between two stamps; null unless both are there, both are times and the second is not earlier. */
export function hoursBetween(from: Stamp | null, to: Stamp | null): number | null {
  if (from === null || to === null || from.isDateOnly || to.isDateOnly || to.at < from.at) return null;
  return (to.at - from.at) / HOUR_US;
}

function isCarrier(event: UsableEvent, ...codes: string[]): boolean {
  return event.type === 'carrier' && event.code !== null && codes.includes(event.code);
}

function stampOf(event: UsableEvent | undefined): Stamp | null {
  return event === undefined ? null : { at: event.at, isDateOnly: event.isDateOnly };
}

/** The smallest event_at; of ties the one named first. */
function decideOutcome(candidates: [Outcome, Stamp | null][]): {
  outcome: Outcome;
  outcomeAt: Stamp | null;
} {
  let outcome: Outcome = 'open';
  let outcomeAt: Stamp | null = null;
  for (const [name, stamp] of candidates) {
    if (stamp !== null && (outcomeAt === null || stamp.at < outcomeAt.at))
      [outcome, outcomeAt] = [name, stamp];
  }
  return { outcome, outcomeAt };
}

/** A date-only scan of the first scan's date can lend its code, never its time. */
function decideFirstScanCode(firstScan: UsableEvent | undefined, scans: UsableEvent[]): string | null {
  if (!firstScan) return null;
  let best = firstScan;
  for (const scan of scans) {
    const isSameDate = scan.isDateOnly && utcDay(scan.at) === utcDay(firstScan.at);
    if (isSameDate && (scan.scanOrder ?? 99) < (best.scanOrder ?? 99)) best = scan;
  }
  return best.code;
}

/** The physical scans of the way there; what follows a return is the way back. */
function readWay(events: UsableEvent[]) {
  const allScans = events.filter((event) => event.isScan);
  const returnedAt = stampOf(events.find((event) => isCarrier(event, 'returned_sender')));
  const scans = allScans.filter((scan) => returnedAt === null || scan.at <= returnedAt.at);
  const scanned = (...codes: string[]) => scans.find((scan) => isCarrier(scan, ...codes));
  const firstAttempt = scanned('attempted', 'pup', 'delivered');
  return {
    allScans,
    returnedAt,
    firstScanAt: stampOf(scans[0]),
    firstScanCode: decideFirstScanCode(scans[0], scans),
    outForDeliveryAt: stampOf(scanned('in_delivery')),
    firstAttemptAt: stampOf(firstAttempt),
    firstAttemptCode: firstAttempt?.code ?? null,
    pickupPointAt: stampOf(scanned('pup')),
    deliveredAt: stampOf(scanned('delivered')),
  };
}

function readEnds(events: UsableEvent[], way: ReturnType<typeof readWay>) {
  const { allScans } = way;
  const isUnrevoked = (at: number) => allScans.every((scan) => scan.at <= at);
  const isLoss = (event: UsableEvent) => isCarrier(event, 'missing') || event.type === 'claim';
  const lostAt = stampOf(events.find((event) => isLoss(event) && isUnrevoked(event.at)));
  const cancelled = events.find((event) => event.code === 'cancelled' || event.code === 'cancelled_upstream');
  const forcedAt = stampOf(events.find((event) => event.code === 'delivery_forced'));
  const decided = decideOutcome([
    ['delivered', way.deliveredAt],
    ['returned', way.returnedAt],
    ['lost', lostAt],
    ['cancelled', allScans.length === 0 ? stampOf(cancelled) : null],
    ['forced', forcedAt],
  ]);
  return { lostAt, forcedAt, ...decided };
}

function readPromises(parcel: RawParcel) {
  const promises = parcel.polls.filter((poll) => poll.expectedDay !== null);
  const first = promises[0];
  return {
    eddOriginal: first?.expectedDay ?? null,
    eddOriginalSeenAt: first?.observedAt ?? null,
    eddCurrent: promises.at(-1)?.expectedDay ?? null,
  };
}

/** Whether the promise was seen in time for an attempt; against a date-only one, on an earlier local date. */
function isSeenBefore(seenAt: number, attempt: Stamp, calendar: Calendar, toCountry: string | null): boolean {
  if (!attempt.isDateOnly) return seenAt <= attempt.at;
  return calendar.dayOfInstant(seenAt, toCountry) < calendar.dayOfStamp(attempt, toCountry);
}

function judgePromise(
  { eddOriginal, eddOriginalSeenAt: seenAt }: ReturnType<typeof readPromises>,
  attempt: Stamp | null,
  calendar: Calendar,
  toCountry: string | null,
) {
  if (eddOriginal === null || seenAt === null) return { promiseForeseen: null, promiseSeenLate: false };
  if (attempt === null) {
    return {
      promiseForeseen: calendar.dayOfInstant(seenAt, toCountry) <= eddOriginal,
      promiseSeenLate: false,
    };
  }
  const promiseForeseen = isSeenBefore(seenAt, attempt, calendar, toCountry);
  return { promiseForeseen, promiseSeenLate: !promiseForeseen };
}

/**
 * The parcel as all polls show it, or (`clock`, microseconds) as it stood then: events dated later have not happened,
 * the parcel was not observed later, while header, promises and quarantine stay as the timeline has them.
 */
export function deriveMilestones(
  parcel: RawParcel,
  timeline: Timeline,
  clock: number | null,
  calendar: Calendar,
  serviceLevelOf: (shippingOptionCode: string) => string,
): Milestones {
  const header = (parcel.polls.at(-1) ?? parcel.polls[0]).header;
  const { carrierCode, fromCountry, toCountry } = header;
  const { labelAt } = timeline;
  const observedAt = clock === null ? timeline.observedAt : Math.min(timeline.observedAt, clock);
  const events = timeline.usable.filter((event) => clock === null || event.at <= clock);
  const { allScans, ...way } = readWay(events);
  const ends = readEnds(events, { allScans, ...way });
  const { firstScanAt, firstScanCode, firstAttemptAt, deliveredAt } = way;
  const { outcome, outcomeAt } = ends;

  const exceptionsOf = (type: string) =>
    events.flatMap((event) =>
      event.type === type && event.exceptionGroup !== null && (outcomeAt === null || event.at <= outcomeAt.at)
        ? [
            {
              at: { at: event.at, isDateOnly: event.isDateOnly },
              code: event.code,
              group: event.exceptionGroup,
            },
          ]
        : [],
    );
  const isEarly = ({ at: { at } }: { at: Stamp }) =>
    firstScanAt !== null && at >= firstScanAt.at && at <= firstScanAt.at + 14 * DAY_US;
  const exceptions = exceptionsOf('carrier');

  const promises = readPromises(parcel);
  const { eddOriginal } = promises;
  const dayOf = (stamp: Stamp | null, country: string | null) =>
    stamp === null ? null : calendar.dayOfStamp(stamp, country);
  const firstScanDay = dayOf(firstScanAt, fromCountry);
  const attemptDay = dayOf(firstAttemptAt, toCountry);
  const isDue =
    outcome !== 'cancelled' &&
    outcome !== 'forced' &&
    eddOriginal !== null &&
    (eddOriginal < calendar.dayOfInstant(observedAt, toCountry) || firstAttemptAt !== null);
  const isHomeAttempt = header.deliveryType === 'home' && firstAttemptAt !== null;
  const judged = judgePromise(promises, firstAttemptAt, calendar, toCountry);

  const transitMeasurable =
    firstScanCode === null ? null : ['accepted', 'sorted', 'in_transit', 'customs'].includes(firstScanCode);
  const hasTransitDays = transitMeasurable === true && firstScanDay !== null && attemptDay !== null;

  const isAfterDelivery = (event: UsableEvent) => deliveredAt !== null && event.at > deliveredAt.at;
  const late = events.filter(isAfterDelivery);
  const isScanBeforeLabel =
    labelAt !== null &&
    firstScanAt !== null &&
    !labelAt.isDateOnly &&
    !firstScanAt.isDateOnly &&
    firstScanAt.at < labelAt.at;
  const flags: [string, boolean][] = [
    ['acceptance_missing', firstScanCode !== null && firstScanCode !== 'accepted'],
    ['event_after_delivery', late.length > 0],
    [
      'exception_after_delivery',
      late.some((event) => event.type === 'carrier' && event.exceptionGroup !== null),
    ],
    ['implausible_label', timeline.hasImplausibleLabel],
    ['multi_carrier', header.multiCarrier],
    ['promise_seen_late', judged.promiseSeenLate],
    ['quarantined_event', timeline.events.some((event) => event.quarantineReason !== null)],
    ['reused_tracking_number', timeline.events.some((event) => event.quarantineReason === 'before_label')],
    ['scan_before_label', isScanBeforeLabel],
    ['unknown_country', !calendar.knowsCountry(fromCountry) || !calendar.knowsCountry(toCountry)],
    ['unmapped_status_code', events.some((event) => event.isUnmapped)],
  ];

  const last = events.at(-1);
  return {
    ...header,
    ...way,
    ...ends,
    ...promises,
    ...judged,
    trackingNumber: parcel.trackingNumber,
    serviceLevel: serviceLevelOf(header.shippingOptionCode),
    labelAt,
    droppedAt: stampOf(events.find((event) => isCarrier(event, 'dropped'))),
    returnedAfterDelivery: late.some((event) => isCarrier(event, 'returned_sender')),
    observedAt,
    transitMeasurable,
    transitCalendarDays: hasTransitDays ? attemptDay - firstScanDay : null,
    transitWorkingDays: hasTransitDays
      ? calendar.workingDays(firstScanDay, attemptDay, carrierCode, toCountry)
      : null,
    exceptions,
    earlyGroups: new Set(exceptions.filter(isEarly).map((exception) => exception.group)),
    hasEarlyInference: exceptionsOf('calculated').some(isEarly),
    firstAttemptSuccess: isHomeAttempt ? way.firstAttemptCode === 'delivered' : null,
    divertedToPickup: isHomeAttempt ? way.pickupPointAt !== null : null,
    handedOverInTime: eddOriginal === null ? null : firstScanDay !== null && firstScanDay <= eddOriginal,
    isDue,
    onTime: isDue ? attemptDay !== null && attemptDay <= eddOriginal : null,
    daysLate: attemptDay === null || eddOriginal === null ? null : attemptDay - eddOriginal,
    currentStatus: last?.code ?? null,
    currentStatusAt: stampOf(last),
    lastCarrierEventAt: stampOf(events.findLast((event) => event.type === 'carrier')),
    lastScanCode: allScans.at(-1)?.code ?? null,
    hasReported: {
      exception: events.some((event) => event.type === 'carrier' && event.exceptionGroup !== null),
      codes: new Set(events.flatMap((event) => (event.type === 'carrier' && event.code ? [event.code] : []))),
      subStatus: events.some(
        (event) => event.type === 'carrier' && event.subCode !== null && event.subCode !== 'none',
      ),
    },
    labelDay: dayOf(labelAt, fromCountry),
    firstScanDay,
    qualityFlags: flags.filter(([, isSet]) => isSet).map(([name]) => name),
  };
}
