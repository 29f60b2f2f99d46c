import { millisecondsInDay } from 'date-fns/constants';
import { type Country, createCalendar, formatDay } from './calendar.js';
import { type Journey, planJourney } from './journey.js';
import { inventPerson, type Person } from './people.js';
import { createPlaces, type Placement, streams } from './placement.js';
import { createRandom, happens, pick, pickWeighted, type Random } from './random.js';
import type { Json, ListedParcel, ParcelSource } from './source.js';
import type { Moment } from './timeline.js';

function writeInstant(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

function writeEvent(moment: Moment): Json {
  return {
    event_at: writeInstant(moment.eventAt),
    event_type: moment.eventType,
    status_code: moment.statusCode,
    status_description: moment.description,
    status_type: moment.statusType,
    sub_status_code: moment.subStatusCode,
  };
}

function writeAddress(country: Country, person: Person, company: string | null): Json {
  return {
    address_line_1: person.street,
    address_line_2: null,
    city: person.city,
    company_name: company,
    country_code: country,
    email: person.email,
    house_number: person.houseNumber,
    name: person.name,
    phone_number: person.phone,
    po_box: null,
    postal_code: person.postalCode,
    state_province_code: null,
  };
}

function writeTrackingNumber(carrierCode: string, number: string, postalCode: string): Json {
  const query = new URLSearchParams({ postal_code: postalCode });
  return {
    carrier_code: carrierCode,
    tracking_number: number,
    tracking_url: `https://tracking.example.com/${carrierCode}/${number}?${query}`,
  };
}

function writeShipWith(random: Random, { carrier, deliveryType }: Placement): Json | undefined {
  const properties = { contract_id: carrier.contractId };
  const optionCode =
    deliveryType === 'mailbox' ? `${carrier.code}:mailbox` : pickWeighted(random, carrier.optionCodes);
  const form = random();
  if (form < 0.02) return undefined;
  if (form < 0.06) return { type: 'contract', properties };
  return { type: 'shipping_option_code', properties: { ...properties, shipping_option_code: optionCode } };
}

function writeItems(random: Random, from: Country): Json[] {
  const item = pick(random, [
    { description: 'Example socks, pair', hs_code: '611595', value: '9.95', weight: 0.1 },
    { description: 'Sample mug', hs_code: '691200', value: '12.50', weight: 0.45 },
    { description: 'Placeholder novel', hs_code: '490199', value: '18.00', weight: 0.6 },
  ]);
  return [
    {
      description: item.description,
      hs_code: item.hs_code,
      origin_country: from,
      quantity: 1 + Math.floor(random() * 3),
      price: { currency: 'EUR', value: item.value },
      weight: { unit: 'kg', value: item.weight },
    },
  ];
}

function writeDetails(random: Random, parcel: Placement, journey: Journey, now: number): Json {
  const promise = journey.promises.findLast(({ from }) => from <= now);
  const withoutPromise = happens(random, 0.5) ? { expected_delivery_date: null } : {};
  return {
    brand_id: pick(random, [123, 124]),
    integration_id: pick(random, [4560, 4561, 4562]),
    is_mail_box: parcel.deliveryType === 'mailbox',
    is_return: parcel.isReturn,
    is_to_service_point: parcel.deliveryType === 'service_point',
    ...(promise ? { expected_delivery_date: formatDay(promise.day) } : withoutPromise),
  };
}

/**
 * A world of `count` parcels announced in the `days` days before the last midnight (UTC) before `now`: invented, but shaped
 * like a merchant's feed (see carriers.ts for what is true in it). Nothing is kept: each parcel is made anew from seed and
 * index whenever it is asked for, the same every time as long as the options are the same.
 * Throws RangeError for a count or a number of days that is not a whole number from 1 on (count: up to 1e8).
 */
export function simulateParcels(options: {
  seed: number;
  count: number;
  now: Date;
  days?: number;
}): ParcelSource {
  const { seed, count, now: end, days = 200 } = options;
  if (!Number.isInteger(count) || count < 1 || count > 1e8)
    throw new RangeError(`count: 1 to 1e8, not ${count}`);
  if (!Number.isInteger(days) || days < 1)
    throw new RangeError(`days: a whole number from 1 on, not ${days}`);
  const calendar = createCalendar();
  const places = createPlaces({ seed, count, now: end, days }, calendar);
  const world = { seed, stream: streams.journey, endDay: places.endDay, calendar };

  function imagine(parcel: Placement) {
    const random = createRandom(seed, parcel.index, streams.people);
    const sender = inventPerson(random, parcel.from);
    const recipient = inventPerson(random, parcel.to);
    return { random, sender, recipient, journey: planJourney(parcel, recipient, world) };
  }

  function listMoves(trackingNumber: string): { at: number; name: string }[] {
    const index = places.decode(trackingNumber);
    const parcel = index === null ? null : places.place(index);
    if (parcel === null) return [];
    return imagine(parcel).journey.moments.map(({ seenAt, statusCode }) => ({
      at: seenAt,
      name: statusCode,
    }));
  }

  function find(trackingNumber: string, at: Date): object | null {
    const now = at.getTime();
    const index = places.decode(trackingNumber);
    const parcel = index === null ? null : places.place(index);
    if (parcel === null || parcel.announcedAt > now) return null;
    const { carrier, from, to } = parcel;
    const { random, sender, recipient, journey } = imagine(parcel);
    const isRelabelled = journey.relabelledAt !== null && journey.relabelledAt <= now;
    if (trackingNumber === parcel.secondNumber && !isRelabelled) return null;

    const numbers = [writeTrackingNumber(carrier.code, parcel.trackingNumber, recipient.postalCode)];
    const secondCarrier = happens(random, 0.3) ? 'dhl' : carrier.code;
    if (isRelabelled)
      numbers.push(writeTrackingNumber(secondCarrier, parcel.secondNumber, recipient.postalCode));
    const shown = journey.moments
      .filter(({ seenAt }) => seenAt <= now)
      .sort((one, other) => one.seenAt - other.seenAt)
      .map(writeEvent);
    // The API promises no order, and gives both.
    const events = happens(random, 0.5) ? shown.reverse() : shown;
    const announcedAt = writeInstant(parcel.announcedAt);
    const shipWith = writeShipWith(random, parcel);
    return {
      announced_at: announcedAt,
      created_at: announcedAt,
      details: writeDetails(random, parcel, journey, now),
      events,
      from_address: writeAddress(from, sender, parcel.isReturn ? null : 'Example Webshop'),
      parcel_items: writeItems(random, from),
      ...(happens(random, 0.3) ? { parent_status: shown.length > 1 ? 'shipped' : 'announced' } : {}),
      ...(shipWith ? { ship_with: shipWith } : {}),
      source_id: `order-${100_000 + parcel.index}`,
      to_address: writeAddress(to, recipient, null),
      tracking_numbers: numbers,
      updated_at: announcedAt,
    };
  }

  function* list(at: Date): Iterable<ListedParcel> {
    for (let index = 0; index < count; index += 1) {
      const parcel = places.place(index);
      if (parcel.announcedAt > at.getTime()) {
        // Indices follow the days, so nothing later than the day after can have been announced.
        if (parcel.announcedAt > at.getTime() + 2 * millisecondsInDay) return;
        continue;
      }
      yield {
        trackingNumber: parcel.trackingNumber,
        carrierCode: parcel.carrier.code,
        announcedAt: writeInstant(parcel.announcedAt),
      };
    }
  }

  return { find, list, listMoves };
}
