/** Milestones of one parcel, as they stood at a clock. */
import type { Header, RawParcel } from './bodies.js';
import type { Timeline, UsableEvent } from './events.js';
import { type Calendar, DAY_US, HOUR_US, isDateOnly } from './time.js';
import type { ExceptionGroup, Outcome } from './types.js';

/** Instants in microseconds, days as day numbers; names as in the public table, in camel case. */
export interface Milestones extends Header {
  trackingNumber: string;
  serviceLevel: string;
  labelAt: number | null;
  droppedAt: number | null;
  returnedAt: number | null;
  firstScanAt: number | null;
  firstScanCode: string | null;
  outForDeliveryAt: number | null;
  pickupPointAt: number | null;
  deliveredAt: number | null;
  firstAttemptAt: number | null;
  firstAttemptCode: string | null;
  lostAt: number | null;
  forcedAt: number | null;
  outcome: Outcome;
  outcomeAt: number | null;
  returnedAfterDelivery: boolean;
  observedAt: number;
  eddOriginal: number | null;
  eddOriginalSeenAt: number | null;
  eddCurrent: number | null;
  transitMeasurable: boolean | null;
  transitCalendarDays: number | null;
  transitWorkingDays: number | null;
  /** Reported exceptions up to the outcome, in order. */
  exceptions: { at: number; code: string | null; group: ExceptionGroup }[];
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
  promiseSeenLate: boolean;
  currentStatus: string | null;
  currentStatusAt: number | null;
  lastCarrierEventAt: number | null;
  /** Code of the last physical scan of the carrier: where the parcel lies. */
  lastScanCode: string | null;
  labelDay: number | null;
  firstScanDay: number | null;
  qualityFlags: string[];
}

/** Hours between two instants; null unless both are there, both are times and the second is not earlier. */
export function hoursBetween(from: number | null, to: number | null): number | null {
  if (from === null || to === null || isDateOnly(from) || isDateOnly(to) || to < from) return null;
  return (to - from) / HOUR_US;
}

function isCarrier(event: UsableEvent, ...codes: string[]): boolean {
  return event.type === 'carrier' && event.code !== null && codes.includes(event.code);
}

function decideOutcome(candidates: [Outcome, number | null][]): {
  outcome: Outcome;
  outcomeAt: number | null;
} {
  let outcome: Outcome = 'open';
  let outcomeAt: number | null = null;
  for (const [name, at] of candidates) {
    if (at !== null && (outcomeAt === null || at < outcomeAt)) [outcome, outcomeAt] = [name, at];
  }
  return { outcome, outcomeAt };
}

/** A date-only scan of the first scan's date can lend its code, never its time. */
function decideFirstScanCode(firstScan: UsableEvent | undefined, scans: UsableEvent[]): string | null {
  if (!firstScan) return null;
  const midnight = firstScan.at - (firstScan.at % DAY_US);
  let best = firstScan;
  for (const scan of scans) {
    if (scan.at === midnight && (scan.scanOrder ?? 99) < (best.scanOrder ?? 99)) best = scan;
  }
  return best.code;
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

/**
 * The parcel at `clock` (microseconds): events dated later have not happened, the parcel was not observed later, while
 * header, promises and quarantine stay as the timeline has them.
 */
export function deriveMilestones(
  parcel: RawParcel,
  timeline: Timeline,
  clock: number,
  calendar: Calendar,
  serviceLevelOf: (shippingOptionCode: string | null) => string,
): Milestones {
  const header = (parcel.polls.at(-1) ?? parcel.polls[0]).header;
  const { carrierCode, fromCountry, toCountry } = header;
  const { labelAt } = timeline;
  const observedAt = Math.min(timeline.observedAt, clock);
  const events = timeline.usable.filter((event) => event.at <= clock);
  const allScans = events.filter((event) => event.isScan);

  const returnedAt = events.find((event) => isCarrier(event, 'returned_sender'))?.at ?? null;
  const scans = allScans.filter((scan) => returnedAt === null || scan.at <= returnedAt);
  const scanned = (...codes: string[]) => scans.find((scan) => isCarrier(scan, ...codes));
  const firstScan = scans[0];
  const firstScanAt = firstScan?.at ?? null;
  const firstScanCode = decideFirstScanCode(firstScan, scans);
  const firstAttempt = scanned('attempted', 'pup', 'delivered');
  const firstAttemptAt = firstAttempt?.at ?? null;
  const pickupPointAt = scanned('pup')?.at ?? null;
  const deliveredAt = scanned('delivered')?.at ?? null;

  const isLastScanUpTo = (at: number) => allScans.every((scan) => scan.at <= at);
  const lostAt =
    events.find(
      (event) => (isCarrier(event, 'missing') || event.type === 'claim') && isLastScanUpTo(event.at),
    )?.at ?? null;
  const cancelled = events.find((event) => event.code === 'cancelled' || event.code === 'cancelled_upstream');
  const forcedAt = events.find((event) => event.code === 'delivery_forced')?.at ?? null;
  const { outcome, outcomeAt } = decideOutcome([
    ['delivered', deliveredAt],
    ['returned', returnedAt],
    ['lost', lostAt],
    ['cancelled', allScans.length === 0 ? (cancelled?.at ?? null) : null],
    ['forced', forcedAt],
  ]);

  const exceptionsOf = (type: string) =>
    events.flatMap(({ type: from, at, code, exceptionGroup: group }) =>
      from === type && group !== null && (outcomeAt === null || at <= outcomeAt) ? [{ at, code, group }] : [],
    );
  const isEarly = ({ at }: { at: number }) =>
    firstScanAt !== null && at >= firstScanAt && at <= firstScanAt + 14 * DAY_US;
  const exceptions = exceptionsOf('carrier');

  const { eddOriginal, eddOriginalSeenAt, eddCurrent } = readPromises(parcel);
  const labelDay = labelAt === null ? null : calendar.dayOfStamp(labelAt, fromCountry);
  const firstScanDay = firstScanAt === null ? null : calendar.dayOfStamp(firstScanAt, fromCountry);
  const attemptDay = firstAttemptAt === null ? null : calendar.dayOfStamp(firstAttemptAt, toCountry);
  const observedDay = calendar.dayOfInstant(observedAt, toCountry);
  const isDue =
    outcome !== 'cancelled' &&
    outcome !== 'forced' &&
    eddOriginal !== null &&
    (eddOriginal < observedDay || firstAttemptAt !== null);
  const isHomeAttempt = header.deliveryType === 'home' && firstAttempt !== undefined;
  const promiseSeenLate =
    eddOriginalSeenAt !== null && firstAttemptAt !== null && eddOriginalSeenAt > firstAttemptAt;

  const transitMeasurable =
    firstScanCode === null ? null : ['accepted', 'sorted', 'in_transit', 'customs'].includes(firstScanCode);
  const hasTransitDays = transitMeasurable === true && firstScanDay !== null && attemptDay !== null;

  const isAfterDelivery = (event: UsableEvent) => deliveredAt !== null && event.at > deliveredAt;
  const isScanBeforeLabel =
    labelAt !== null &&
    firstScanAt !== null &&
    !isDateOnly(labelAt) &&
    !isDateOnly(firstScanAt) &&
    firstScanAt < labelAt;
  const flags: [string, boolean][] = [
    ['acceptance_missing', firstScanCode !== null && firstScanCode !== 'accepted'],
    ['event_after_delivery', events.some(isAfterDelivery)],
    [
      'exception_after_delivery',
      events.some(
        (event) => event.type === 'carrier' && event.exceptionGroup !== null && isAfterDelivery(event),
      ),
    ],
    ['multi_carrier', header.multiCarrier],
    ['promise_seen_late', promiseSeenLate],
    ['quarantined_event', timeline.events.some((event) => event.quarantineReason !== null)],
    ['reused_tracking_number', timeline.events.some((event) => event.quarantineReason === 'before_label')],
    ['scan_before_label', isScanBeforeLabel],
    ['unknown_country', !calendar.knowsCountry(fromCountry) || !calendar.knowsCountry(toCountry)],
    ['unmapped_status_code', events.some((event) => event.isUnmapped)],
  ];

  const last = events.at(-1);
  return {
    ...header,
    trackingNumber: parcel.trackingNumber,
    serviceLevel: serviceLevelOf(header.shippingOptionCode),
    labelAt,
    droppedAt: events.find((event) => isCarrier(event, 'dropped'))?.at ?? null,
    returnedAt,
    firstScanAt,
    firstScanCode,
    outForDeliveryAt: scanned('in_delivery')?.at ?? null,
    pickupPointAt,
    deliveredAt,
    firstAttemptAt,
    firstAttemptCode: firstAttempt?.code ?? null,
    lostAt,
    forcedAt,
    outcome,
    outcomeAt,
    returnedAfterDelivery: events.some(
      (event) => isCarrier(event, 'returned_sender') && isAfterDelivery(event),
    ),
    observedAt,
    eddOriginal,
    eddOriginalSeenAt,
    eddCurrent,
    transitMeasurable,
    transitCalendarDays: hasTransitDays ? attemptDay - firstScanDay : null,
    transitWorkingDays: hasTransitDays
      ? calendar.workingDays(firstScanDay, attemptDay, carrierCode, toCountry)
      : null,
    exceptions,
    earlyGroups: new Set(exceptions.filter(isEarly).map((exception) => exception.group)),
    hasEarlyInference: exceptionsOf('calculated').some(isEarly),
    firstAttemptSuccess: isHomeAttempt ? firstAttempt.code === 'delivered' : null,
    divertedToPickup: isHomeAttempt ? pickupPointAt !== null : null,
    handedOverInTime: eddOriginal === null ? null : firstScanDay !== null && firstScanDay <= eddOriginal,
    isDue,
    onTime: isDue ? attemptDay !== null && attemptDay <= eddOriginal : null,
    daysLate: attemptDay === null || eddOriginal === null ? null : attemptDay - eddOriginal,
    promiseSeenLate,
    currentStatus: last?.code ?? null,
    currentStatusAt: last?.at ?? null,
    lastCarrierEventAt: events.findLast((event) => event.type === 'carrier')?.at ?? null,
    lastScanCode: allScans.at(-1)?.code ?? null,
    labelDay,
    firstScanDay,
    qualityFlags: flags.filter(([, isSet]) => isSet).map(([name]) => name),
  };
}
