import { hash } from 'node:crypto';
import { parseTimestamp, readDate } from './timestamps.js';
import { countUnknownFields, findRefusal, type Refusal, Wire } from './wire.js';

export interface TimelineEvent {
  /** Microseconds since epoch, UTC; null when missing or no ISO 8601 timestamp. */
  eventAt: bigint | null;
  eventType: string | null;
  statusCode: string | null;
  subStatusCode: string | null;
  statusType: string | null;
}

/** All that is kept of a response: the allow-list. Codes keep the case that they came in. */
export interface Timeline {
  /** Unsigned 64 bits of a SHA-256 over what is kept: equal for bodies that differ only in order or in what is not kept. */
  bodyHash: bigint;
  announcedAt: bigint | null;
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
  invalidCodeCount: number;
  unknownFieldCount: number;
}

export type ReadTimelineResult = { ok: true; timeline: Timeline } | { ok: false; refusal: Refusal };

const INVALID_CODE = 'invalid_code';
const CODE = /^[A-Za-z0-9_:./=-]{1,64}$/;
const COUNTRY = /^[A-Za-z]{2}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * Cuts a response body down to the allow-list. Lenient: whatever a timeline can be told without may be missing or
 * null (archives lack addresses, details and stamps that the schema requires), unknown fields and codes are counted;
 * only a field of another type is refused, by path and types, never by content.
 * @param body the parsed JSON of a 200, or one line of an archive.
 */
export function readTimeline(body: unknown, options: { keepSourceId: boolean }): ReadTimelineResult {
  const parsed = Wire.safeParse(body);
  if (!parsed.success) return { ok: false, refusal: findRefusal(body, parsed.error) };
  const wire = parsed.data;

  let invalidCodeCount = 0;
  const readCode = (value: string | null | undefined): string | null => {
    if (value === null || value === undefined) return null;
    if (CODE.test(value)) return value;
    invalidCodeCount += 1;
    return INVALID_CODE;
  };
  const readCountry = (value: string | null | undefined): string | null => {
    if (value === null || value === undefined) return null;
    if (COUNTRY.test(value)) return value.toUpperCase();
    invalidCodeCount += 1;
    return null;
  };

  const trackingNumbers = new Map<string, { carrierCode: string; trackingNumber: string }>();
  for (const [index, entry] of wire.tracking_numbers.entries()) {
    const trackingNumber = entry.tracking_number;
    const isUsable = typeof trackingNumber === 'string' && isTrackingNumber(trackingNumber);
    if (index === 0 && !isUsable) return refuseFirst('tracking_number', trackingNumber);
    if (index === 0 && typeof entry.carrier_code !== 'string') {
      return refuseFirst('carrier_code', entry.carrier_code);
    }
    if (!isUsable) continue;
    const carrierCode = readCode(entry.carrier_code) ?? INVALID_CODE;
    trackingNumbers.set(`${carrierCode}|${trackingNumber}`, { carrierCode, trackingNumber });
  }

  const events = new Map<string, TimelineEvent>();
  for (const entry of wire.events) {
    const event = {
      eventAt: parseTimestamp(entry.event_at),
      eventType: readCode(entry.event_type),
      statusCode: readCode(entry.status_code),
      subStatusCode: readCode(entry.sub_status_code),
      statusType: readCode(entry.status_type),
    };
    events.set(eventKey(event), event);
  }
  const sorted = [...events].sort(compareEvents);

  const kept = {
    announcedAt: parseTimestamp(wire.announced_at),
    createdAt: parseTimestamp(wire.created_at),
    trackingNumbers: [...trackingNumbers.values()],
    fromCountry: readCountry(wire.from_address?.country_code),
    fromPostalArea: readPostalArea(wire.from_address?.postal_code),
    toCountry: readCountry(wire.to_address?.country_code),
    toPostalArea: readPostalArea(wire.to_address?.postal_code),
    isReturn: wire.details?.is_return ?? null,
    isMailBox: wire.details?.is_mail_box ?? null,
    isToServicePoint: wire.details?.is_to_service_point ?? null,
    expectedDeliveryDate: readDate(wire.details?.expected_delivery_date),
    brandId: wire.details?.brand_id ?? null,
    integrationId: wire.details?.integration_id ?? null,
    shipWithType: readCode(wire.ship_with?.type),
    shippingOptionCode: readCode(wire.ship_with?.properties?.shipping_option_code),
    contractId: wire.ship_with?.properties?.contract_id ?? null,
    sourceId: options.keepSourceId ? (wire.source_id ?? null) : null,
  };
  // JSON has no bigint, and a replacer for two of them would be called for every value.
  const instants = { announcedAt: writeBigint(kept.announcedAt), createdAt: writeBigint(kept.createdAt) };
  const content = JSON.stringify([{ ...kept, ...instants }, sorted.map(([key]) => key)]);
  return {
    ok: true,
    timeline: {
      bodyHash: hash('sha256', content, 'buffer').readBigUInt64BE(0),
      ...kept,
      events: sorted.map(([, event]) => event),
      invalidCodeCount,
      unknownFieldCount: countUnknownFields(body),
    },
  };
}

/** Whether a body has anything of a timeline, well-formed or not. */
export function isLikeTimeline(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('events' in body || 'tracking_numbers' in body);
}

/** Whether a tracking number can be asked for: 1 to 255 characters, none of them a control character. */
export function isTrackingNumber(value: string): boolean {
  return value.length >= 1 && value.length <= 255 && !CONTROL.test(value);
}

/** A code cannot contain '|', so that different events never share a key. */
function eventKey(event: TimelineEvent): string {
  return `${event.eventAt ?? ''}|${event.eventType ?? ''}|${event.statusCode ?? ''}|${event.subStatusCode ?? ''}|${event.statusType ?? ''}`;
}

function compareEvents([aKey, a]: [string, TimelineEvent], [bKey, b]: [string, TimelineEvent]): number {
  if (a.eventAt !== b.eventAt) {
    if (a.eventAt === null) return -1;
    if (b.eventAt === null) return 1;
    return a.eventAt < b.eventAt ? -1 : 1;
  }
  return aKey < bKey ? -1 : 1;
}

function readPostalArea(value: string | null | undefined): string | null {
  const area = (value ?? '').trim().slice(0, 2).trim();
  return area === '' || CONTROL.test(area) ? null : area;
}

function refuseFirst(field: string, value: unknown): ReadTimelineResult {
  const isText = typeof value === 'string';
  return {
    ok: false,
    refusal: {
      path: `$.tracking_numbers[0].${field}`,
      expected: isText ? 'string of 1 to 255 characters, none of them a control character' : 'string',
      found: isText ? 'string' : value === undefined ? 'missing' : 'null',
    },
  };
}

function writeBigint(value: bigint | null): string | null {
  return value === null ? null : String(value);
}
