import { hash } from 'node:crypto';
import { AllowedReader, readNumber } from './allow-list.js';
import { parseTimestamp, readDate, readStamp, type Stamp } from './timestamps.js';
import { countUnknownFields, findRefusal, isObject, nameType, type Refusal } from './wire.js';

export interface TimelineEvent {
  /** Microseconds since epoch, UTC; null when missing or unreadable. Of a date without a time, 00:00 UTC of the date as written. */
  eventAt: bigint | null;
  isDateOnly: boolean;
  /** Of a date without a time: how many minutes the writer's clock was ahead of UTC; else null. */
  dateOffsetMinutes: number | null;
  eventType: string | null;
  statusCode: string | null;
  subStatusCode: string | null;
  statusType: string | null;
}

/** All that is kept of a response: the allow-list. Carrier and option codes are slugs, the others keep the case that they came in. */
export interface Timeline {
  /** Unsigned 64 bits of a SHA-256 over what is kept: equal for bodies that differ only in order or in what is not kept. */
  bodyHash: bigint;
  announcedAt: bigint | null;
  announcedIsDateOnly: boolean;
  createdAt: bigint | null;
  trackingNumbers: { carrierCode: string; trackingNumber: string }[];
  fromCountry: string | null;
  fromPostalArea: string | null;
  toCountry: string | null;
  toPostalArea: string | null;
  isReturn: boolean | null;
  isMailBox: boolean | null;
  isToServicePoint: boolean | null;
  /** 'YYYY-MM-DD', a real date. */
  expectedDeliveryDate: string | null;
  brandId: number | null;
  integrationId: number | null;
  shipWithType: string | null;
  shippingOptionCode: string | null;
  contractId: number | null;
  /** Null unless asked for. */
  sourceId: string | null;
  /** Distinct, by time (unknown time first), then by code. */
  events: TimelineEvent[];
  /** Codes that do not look like codes. */
  invalidCodeCount: number;
  /** Carrier and option codes that were written otherwise than their slug. */
  unusualCodeCount: number;
  /** Fields of another type, and dates whose meaning is not certain: they count as missing. */
  unreadableFieldCount: number;
  /** Their paths, as `events.event_at`, in order. */
  unreadableFields: string[];
  unknownFieldCount: number;
}

export type ReadTimelineResult = { ok: true; timeline: Timeline } | { ok: false; refusal: Refusal };

const unknownCarrier = 'unknown';
const DAY_MICROS = 86_400_000_000n;

/**
 * Cuts a response body down to the allow-list. Lenient by field: whatever is missing, null or of another type is left out and, of
 * another type, counted by path; unknown fields and codes are counted. Only a body that is no timeline is refused, by path and
 * types, never by content.
 * @param body the parsed JSON of a 200, or one line of an archive.
 * @param options.asked the number that it answers, where it was asked for: the parcel's name where the body has no usable one.
 */
export function readTimeline(
  body: unknown,
  options: { keepSourceId: boolean; asked?: string },
): ReadTimelineResult {
  const refusal = findRefusal(body);
  if (refusal !== null || !isObject(body)) return { ok: false, refusal: refusal ?? noObject };

  const fields = new AllowedReader();
  const trackingNumbers = new Map<string, { carrierCode: string; trackingNumber: string }>();
  for (const [index, value] of (body.tracking_numbers as unknown[]).entries()) {
    const entry = fields.object(value, 'tracking_numbers');
    const isFirst = index === 0;
    const trackingNumber = readNumber(entry.tracking_number) ?? (isFirst ? options.asked : undefined) ?? null;
    if (typeof entry.tracking_number !== 'string')
      fields.text(entry.tracking_number, 'tracking_numbers.tracking_number');
    if (trackingNumber === null && isFirst) return refuseFirst(entry.tracking_number);
    if (trackingNumber === null) continue;
    const carrierCode = fields.slug(entry.carrier_code, 'tracking_numbers.carrier_code') ?? unknownCarrier;
    trackingNumbers.set(`${carrierCode}|${trackingNumber}`, { carrierCode, trackingNumber });
  }

  const events = new Map<string, TimelineEvent>();
  // Required, so that null is noted too.
  if (!Array.isArray(body.events)) fields.note('events');
  for (const value of Array.isArray(body.events) ? (body.events as unknown[]) : []) {
    if (!isObject(value)) {
      fields.note('events');
      continue;
    }
    const stamp = fields.when(value.event_at, 'events.event_at', readStamp);
    const event = {
      eventAt: stamp?.at ?? null,
      isDateOnly: stamp?.isDateOnly ?? false,
      dateOffsetMinutes: stamp?.isDateOnly ? stamp.offsetMinutes || null : null,
      eventType: fields.code(value.event_type, 'events.event_type'),
      statusCode: fields.code(value.status_code, 'events.status_code'),
      subStatusCode: fields.code(value.sub_status_code, 'events.sub_status_code'),
      statusType: fields.code(value.status_type, 'events.status_type'),
    };
    events.set(eventKey(event), event);
  }
  const sorted = [...events].sort(compareEvents);

  const from = fields.object(body.from_address, 'from_address');
  const to = fields.object(body.to_address, 'to_address');
  const details = fields.object(body.details, 'details');
  const shipWith = fields.object(body.ship_with, 'ship_with');
  const properties = fields.object(shipWith.properties, 'ship_with.properties');
  const announced = fields.when(body.announced_at, 'announced_at', readStamp);
  const kept = {
    announcedAt: announced?.at ?? null,
    createdAt: fields.when(body.created_at, 'created_at', parseTimestamp),
    trackingNumbers: [...trackingNumbers.values()],
    fromCountry: fields.country(from.country_code, 'from_address.country_code'),
    fromPostalArea: fields.postalArea(from.postal_code, 'from_address.postal_code'),
    toCountry: fields.country(to.country_code, 'to_address.country_code'),
    toPostalArea: fields.postalArea(to.postal_code, 'to_address.postal_code'),
    isReturn: fields.flag(details.is_return, 'details.is_return'),
    isMailBox: fields.flag(details.is_mail_box, 'details.is_mail_box'),
    isToServicePoint: fields.flag(details.is_to_service_point, 'details.is_to_service_point'),
    expectedDeliveryDate: fields.when(
      details.expected_delivery_date,
      'details.expected_delivery_date',
      readDate,
    ),
    brandId: fields.id(details.brand_id, 'details.brand_id'),
    integrationId: fields.id(details.integration_id, 'details.integration_id'),
    shipWithType: fields.code(shipWith.type, 'ship_with.type'),
    shippingOptionCode: fields.slug(
      properties.shipping_option_code,
      'ship_with.properties.shipping_option_code',
    ),
    contractId: fields.id(properties.contract_id, 'ship_with.properties.contract_id'),
    sourceId: options.keepSourceId ? fields.text(body.source_id, 'source_id') : null,
  };
  const unreadable = [...(fields.noted() ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ok: true,
    timeline: {
      bodyHash: hashKept(kept, announced, sorted, unreadable),
      ...kept,
      announcedIsDateOnly: announced?.isDateOnly ?? false,
      events: sorted.map(([, event]) => event),
      ...fields.counts(),
      unreadableFieldCount: unreadable.reduce((sum, [, count]) => sum + count, 0),
      unreadableFields: unreadable.map(([path]) => path),
      unknownFieldCount: countUnknownFields(body),
    },
  };
}

/**
 * Of bodies without anything odd, the same hash as the first versions gave: what an archive brought then is not landed again. What
 * they did not tell apart is added where it is.
 */
function hashKept(
  kept: { announcedAt: bigint | null; createdAt: bigint | null },
  announced: Stamp | null,
  sorted: readonly [string, TimelineEvent][],
  unreadable: readonly [string, number][],
): bigint {
  // JSON has no bigint, and a replacer for two of them would be called for every value.
  const instants = { announcedAt: writeBigint(kept.announcedAt), createdAt: writeBigint(kept.createdAt) };
  const parts: unknown[] = [{ ...kept, ...instants }, sorted.map(([key]) => key)];
  const oddity = announced === null ? '' : markOddity(announced.at, announced.isDateOnly, null);
  if (oddity !== '') parts.push(oddity);
  if (unreadable.length > 0) parts.push(unreadable);
  return hash('sha256', JSON.stringify(parts), 'buffer').readBigUInt64BE(0);
}

/** Whether a body has anything of a timeline, well-formed or not. */
export function isLikeTimeline(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('events' in body || 'tracking_numbers' in body);
}

/** Most stamps at midnight UTC are dates, and the others times: what is otherwise is marked. */
function markOddity(at: bigint | null, isDateOnly: boolean, offsetMinutes: number | null): string {
  if (isDateOnly) return offsetMinutes === null ? '' : `|date${offsetMinutes}`;
  return at !== null && at % DAY_MICROS === 0n ? '|time' : '';
}

/** A code cannot contain '|', so that different events never share a key. */
function eventKey(event: TimelineEvent): string {
  const { eventAt, isDateOnly, dateOffsetMinutes } = event;
  return `${eventAt ?? ''}|${event.eventType ?? ''}|${event.statusCode ?? ''}|${event.subStatusCode ?? ''}|${event.statusType ?? ''}${markOddity(eventAt, isDateOnly, dateOffsetMinutes)}`;
}

function compareEvents([aKey, a]: [string, TimelineEvent], [bKey, b]: [string, TimelineEvent]): number {
  if (a.eventAt !== b.eventAt) {
    if (a.eventAt === null) return -1;
    if (b.eventAt === null) return 1;
    return a.eventAt < b.eventAt ? -1 : 1;
  }
  return aKey < bKey ? -1 : 1;
}

const noObject: Refusal = { path: '$', expected: 'object', found: 'missing' };

function refuseFirst(value: unknown): ReadTimelineResult {
  const isText = typeof value === 'string';
  return {
    ok: false,
    refusal: {
      path: '$.tracking_numbers[0].tracking_number',
      expected: isText ? 'string of 1 to 255 characters, none of them a control character' : 'string',
      found: nameType(value),
    },
  };
}

function writeBigint(value: bigint | null): string | null {
  return value === null ? null : String(value);
}
