/** Raw answers to parcels: reading tolerantly, and who owns what when registered parcels share numbers. */
import { parseStamp, readWrittenDay, type WrittenStamp } from './time.js';
import type { DeliveryType, Observation } from './types.js';

export interface RawEvent {
  stamp: WrittenStamp | null;
  type: string | null;
  code: string | null;
  subCode: string | null;
  statusType: string | null;
}

export interface Header {
  carrierCode: string;
  multiCarrier: boolean;
  fromCountry: string | null;
  toCountry: string | null;
  fromPostalArea: string | null;
  toPostalArea: string | null;
  shippingOptionCode: string;
  /** A carrier or shipping-option code was not written as its slug. */
  hasUnusualCode: boolean;
  brandId: number | null;
  deliveryType: DeliveryType;
  isReturn: boolean;
  announcedAt: WrittenStamp | null;
}

export interface Poll {
  observedAt: number;
  /** Every number the answer lists; the first is the registered one. */
  numbers: string[];
  header: Header;
  expectedDay: number | null;
  events: RawEvent[];
}

export interface RawParcel {
  trackingNumber: string;
  /** Oldest first; those of its aliases among them. */
  polls: [Poll, ...Poll[]];
}

type Fields = Record<string, unknown>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** What the allow-list makes of a code: anything but plain short ASCII is `invalid_code`. */
function codeOf(value: unknown): string | null {
  const text = textOf(value);
  if (text === null) return null;
  return /^[A-Za-z0-9_:./=-]{1,64}$/.test(text) ? text : 'invalid_code';
}

/** Trimmed, lower case, anything unusual becomes `_`; `unknown` where none is given. */
function slugOf(value: unknown): { slug: string; isGiven: boolean; isChanged: boolean } {
  const text = textOf(value);
  const slug = (text ?? '')
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9_:/=.-]/gu, '_');
  if (slug === '') return { slug: 'unknown', isGiven: false, isChanged: false };
  return { slug, isGiven: true, isChanged: slug !== text };
}

function addressOf(value: unknown): { country: string | null; area: string | null } {
  const address = fieldsOf(value);
  return {
    country: textOf(address.country_code)?.toUpperCase() ?? null,
    area: textOf(address.postal_code)?.slice(0, 2).toUpperCase() ?? null,
  };
}

function headerOf(body: Fields): Header {
  const details = fieldsOf(body.details);
  const from = addressOf(body.from_address);
  const to = addressOf(body.to_address);
  const carriers = listOf(body.tracking_numbers).map((entry) => slugOf(entry.carrier_code));
  const carrier = carriers[0] ?? slugOf(null);
  const option = slugOf(fieldsOf(fieldsOf(body.ship_with).properties).shipping_option_code);
  const given = carriers.filter(({ isGiven }) => isGiven).map(({ slug }) => slug);
  return {
    carrierCode: carrier.slug,
    multiCarrier: new Set(given).size > 1,
    hasUnusualCode: carrier.isChanged || option.isChanged,
    fromCountry: from.country,
    toCountry: to.country,
    fromPostalArea: from.area,
    toPostalArea: to.area,
    shippingOptionCode: option.slug,
    brandId: typeof details.brand_id === 'number' ? details.brand_id : null,
    deliveryType:
      details.is_to_service_point === true
        ? 'service_point'
        : details.is_mail_box === true
          ? 'mailbox'
          : 'home',
    isReturn: details.is_return === true,
    announcedAt: parseStamp(body.announced_at),
  };
}

/** One answer; null if it names no parcel. */
export function readPoll({ observedAt, response }: Observation): Poll | null {
  const body = fieldsOf(response);
  const entries = listOf(body.tracking_numbers);
  if (textOf(entries[0]?.tracking_number) === null) return null;
  return {
    observedAt: observedAt.getTime() * 1000,
    numbers: entries.map((entry) => textOf(entry.tracking_number)).filter((number) => number !== null),
    header: headerOf(body),
    expectedDay: readWrittenDay(fieldsOf(body.details).expected_delivery_date),
    events: listOf(body.events).map((event) => ({
      stamp: parseStamp(event.event_at),
      type: codeOf(event.event_type),
      code: codeOf(event.status_code)?.toLowerCase() ?? null,
      subCode: codeOf(event.sub_status_code),
      statusType: codeOf(event.status_type),
    })),
  };
}

/**
 * Polls to parcels. A registered parcel one of whose answers lists a number that an older registered parcel holds
 * (in any of its own answers) is that parcel's alias; the eldest such parcel, or what that one is itself an alias of,
 * owns its polls; registrations joined through a third are one parcel. Older: first poll earlier, ties by tracking number.
 */
export function gatherParcels(polls: Poll[]): RawParcel[] {
  const registered = new Map<string, Poll[]>();
  for (const poll of polls) {
    const number = poll.numbers[0];
    if (number === undefined) continue;
    const own = registered.get(number);
    if (own) own.push(poll);
    else registered.set(number, [poll]);
  }
  const byAge = [...registered]
    .map(([trackingNumber, own]) => {
      own.sort((a, b) => a.observedAt - b.observedAt);
      return { trackingNumber, own, since: own[0]?.observedAt ?? 0 };
    })
    .sort((a, b) => a.since - b.since || (a.trackingNumber < b.trackingNumber ? -1 : 1));

  const holders = new Map<string, number>();
  const owners: { trackingNumber: string; polls: Poll[] }[] = [];
  for (const { trackingNumber, own } of byAge) {
    const numbers = new Set(own.flatMap((poll) => poll.numbers));
    const held = [...numbers].map((number) => holders.get(number)).filter((index) => index !== undefined);
    const ownerIndex = held.length > 0 ? Math.min(...held) : owners.push({ trackingNumber, polls: [] }) - 1;
    owners[ownerIndex]?.polls.push(...own);
    for (const number of numbers) holders.set(number, ownerIndex);
    // One response can show that two older registrations are one parcel.
    for (const merged of new Set(held)) {
      if (merged === ownerIndex) continue;
      owners[ownerIndex]?.polls.push(...(owners[merged]?.polls.splice(0) ?? []));
      for (const [number, index] of holders) if (index === merged) holders.set(number, ownerIndex);
    }
  }
  return owners
    .filter(({ polls: own }) => own.length > 0)
    .map((owner) => {
      const [first, ...rest] = owner.polls.sort((a, b) => a.observedAt - b.observedAt);
      if (!first) throw new Error('a registered parcel without a poll');
      return { trackingNumber: owner.trackingNumber, polls: [first, ...rest] };
    });
}
