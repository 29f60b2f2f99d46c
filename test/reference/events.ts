/** Event hygiene: one row per distinct event, what is quarantined and why, and the order of events. */
import type { RawEvent, RawParcel } from './bodies.js';
import { DAY_US, formatInstant, parseDay, type Stamp, utcDay } from './time.js';
import type { EventRow, ExceptionGroup, QuarantineReason, StatusCodeSeed } from './types.js';

export interface CleanEvent extends Omit<RawEvent, 'stamp'> {
  at: number | null;
  isDateOnly: boolean | null;
  /** Of the zone as written; of several, the most eastern: there the date comes first. */
  offset: number;
  firstSeenAt: number;
  lastSeenAt: number;
  quarantineReason: QuarantineReason | null;
  /** A physical scan by the carrier. */
  isScan: boolean;
  /** Of the code, whoever reported it. */
  scanOrder: number | null;
  /** Of an exception, whoever reported it; else null. */
  exceptionGroup: ExceptionGroup | null;
  isUnmapped: boolean;
}

export type UsableEvent = CleanEvent & Stamp;

export interface Vocabulary {
  find(code: string | null): StatusCodeSeed | undefined;
}

export function createVocabulary(rows: StatusCodeSeed[]): Vocabulary {
  const byCode = new Map(rows.map((row) => [row.status_code, row]));
  return { find: (code) => (code === null ? undefined : byCode.get(code)) };
}

const GRAVITY = ['success', 'warning', 'error'];

/** Error before warning before success before anything else; among the latter the alphabet, null last. */
function graver(a: string | null, b: string | null): string | null {
  const byGravity = GRAVITY.indexOf(a ?? '') - GRAVITY.indexOf(b ?? '');
  if (byGravity !== 0) return byGravity > 0 ? a : b;
  return compareText(a, b) <= 0 ? a : b;
}

/** By code unit, null last. */
export function compareText(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
}

/**
 * The order in which "first" and "last" are meant: UTC date, timed before date-only, event_at, scan order (others
 * last), status code, event type, sub-status code.
 */
export function compareEvents(a: UsableEvent, b: UsableEvent): number {
  return (
    utcDay(a.at) - utcDay(b.at) ||
    Number(a.isDateOnly) - Number(b.isDateOnly) ||
    a.at - b.at ||
    (a.scanOrder ?? 99) - (b.scanOrder ?? 99) ||
    compareText(a.code, b.code) ||
    compareText(a.type, b.type) ||
    compareText(a.subCode, b.subCode)
  );
}

function mergeEvents(parcel: RawParcel, vocabulary: Vocabulary): CleanEvent[] {
  const merged = new Map<string, CleanEvent>();
  for (const poll of parcel.polls) {
    for (const { stamp, ...event } of poll.events) {
      const { at, isDateOnly, offset } = stamp ?? { at: null, isDateOnly: null, offset: 0 };
      const key = JSON.stringify([at, isDateOnly, event.type, event.code, event.subCode]);
      const known = merged.get(key);
      if (known) {
        known.statusType = graver(known.statusType, event.statusType);
        known.lastSeenAt = poll.observedAt;
        known.offset = Math.max(known.offset, offset);
        continue;
      }
      const seed = vocabulary.find(event.code);
      merged.set(key, {
        ...event,
        at,
        isDateOnly,
        offset,
        firstSeenAt: poll.observedAt,
        lastSeenAt: poll.observedAt,
        quarantineReason: null,
        isScan: event.type === 'carrier' && seed?.is_scan === true,
        scanOrder: seed?.scan_order ?? null,
        exceptionGroup: null,
        isUnmapped: seed === undefined,
      });
    }
  }
  return [...merged.values()];
}

/** Needs the gravest status type, so it runs after merging. */
function groupOf(event: CleanEvent, vocabulary: Vocabulary): ExceptionGroup | null {
  if (event.code === null) return null;
  const seed = vocabulary.find(event.code);
  if (seed) return seed.is_exception ? seed.exception_group : null;
  return event.statusType === 'error' || event.statusType === 'warning' ? 'unattributed' : null;
}

export interface Timeline {
  /** All of them, quarantined ones too. */
  events: CleanEvent[];
  /** In order. */
  usable: UsableEvent[];
  labelAt: Stamp | null;
  /** announced_at was there, and not to be believed. */
  hasImplausibleLabel: boolean;
  observedAt: number;
}

function isUsable(event: CleanEvent): event is UsableEvent {
  return event.at !== null && event.quarantineReason === null;
}

const FIRST_PLAUSIBLE = (parseDay('2000-01-01') ?? 0) * DAY_US;

/** Of the reasons that need no label, the first that holds. */
function judgeTime({ at, isDateOnly, offset }: CleanEvent, observedAt: number): QuarantineReason | null {
  if (at === null) return 'no_timestamp';
  if (at < FIRST_PLAUSIBLE) return 'implausible';
  const isFuture = isDateOnly ? utcDay(at) > utcDay(observedAt + offset) : at > observedAt;
  return isFuture ? 'future' : null;
}

/** The events of one parcel, cleaned with its own polls. */
export function cleanEvents(parcel: RawParcel, vocabulary: Vocabulary): Timeline {
  const latest = parcel.polls.at(-1) ?? parcel.polls[0];
  const observedAt = latest.observedAt;
  const events = mergeEvents(parcel, vocabulary);
  for (const event of events) {
    event.exceptionGroup = groupOf(event, vocabulary);
    event.quarantineReason = judgeTime(event, observedAt);
  }
  const dated = events.filter(isUsable).sort(compareEvents);
  const announcedAt = latest.header.announcedAt;
  const hasImplausibleLabel =
    announcedAt !== null && (announcedAt.at < FIRST_PLAUSIBLE || announcedAt.at > observedAt + DAY_US);
  const labelAt = hasImplausibleLabel ? findAnnounced(dated) : (announcedAt ?? findAnnounced(dated));
  for (const event of dated) {
    if (event.type === 'carrier' && labelAt !== null && event.at < labelAt.at - 30 * DAY_US) {
      event.quarantineReason = 'before_label';
    }
  }
  return { events, usable: dated.filter(isUsable), labelAt, hasImplausibleLabel, observedAt };
}

function findAnnounced(dated: UsableEvent[]): Stamp | null {
  return dated.find((event) => event.code === 'announced') ?? null;
}

export function toEventRow(trackingNumber: string, event: CleanEvent): EventRow {
  return {
    tracking_number: trackingNumber,
    event_at: event.at === null ? null : formatInstant(event.at),
    event_type: event.type,
    status_code: event.code,
    sub_status_code: event.subCode,
    status_type: event.statusType,
    first_seen_at: formatInstant(event.firstSeenAt),
    last_seen_at: formatInstant(event.lastSeenAt),
    quarantine_reason: event.quarantineReason,
    is_date_only: event.isDateOnly,
  };
}
