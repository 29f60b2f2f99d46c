/**
 * Random raw observations for property tests: several carriers, brands and lanes, codes that need a slug, codes that a
 * carrier never reports, date-only stamps in any zone, implausible, future and vanishing events, duplicates, unknown and
 * upper-case codes, claims, returns, losses and their end, promises that move or come late, relabelled pairs, leaf fields
 * null or missing. The containers that the API's schema requires (details, addresses, tracking_numbers, events) are always
 * there, and so is the first tracking number.
 */
import fc from 'fast-check';
import { DAY_MINUTES, type Draft, draft, type Marks, PATH, TAILS, UNREPORTED } from './drafts.js';
import type { Observation } from './types.js';

const MINUTE_MS = 60_000;

interface Shown extends Marks {
  atMs: number;
  isUndated: boolean;
  code: string | null | undefined;
  type: string | null | undefined;
}

const midnightOf = (atMs: number) => Math.floor(atMs / 86_400_000) * 86_400_000;

function writeStamp(atMs: number, style: number): string {
  const second = new Date(atMs).toISOString().slice(0, 19);
  if (style === 1) return `${second}.000001Z`;
  if (style === 2) return `${second}.25Z`;
  if (style === 3) return `${new Date(atMs + 120 * MINUTE_MS).toISOString().slice(0, 19)}+02:00`;
  if (style === 4) return `${new Date(atMs - 300 * MINUTE_MS).toISOString().slice(0, 19)}-05:00`;
  if (style === 5) return `${new Date(midnightOf(atMs) - 300 * MINUTE_MS).toISOString().slice(0, 19)}-05:00`;
  return `${second}Z`;
}

/** The date in one of the ways in which carriers write it. */
function writeDate(atMs: number, style: number): string {
  const date = new Date(atMs).toISOString().slice(0, 10);
  return `${date}${['T00:00:00Z', 'T00:00:00+02:00', 'T00:00:00.000-05:00', '', 'T00:00+14:00', 'T00:00:00'][style] ?? ''}`;
}

function plotEvents(parcel: Draft, startMs: number): Shown[] {
  const shown: Shown[] = [];
  let atMs = startMs;
  for (const [index, step] of parcel.path.slice(0, parcel.stopsAfter).entries()) {
    if (!step.isTaken) continue;
    if (index > 0) atMs += step.gap * MINUTE_MS;
    const type = index === 0 ? 'internal' : 'carrier';
    shown.push({ ...step, atMs, isUndated: false, code: PATH[index], type });
  }
  const [plain] = parcel.path;
  for (const [index, code] of (TAILS[parcel.tail.name] ?? []).entries()) {
    atMs += (parcel.tail.gap + index) * MINUTE_MS;
    const type = code === 'claim' ? 'claim' : 'carrier';
    if (plain)
      shown.push({ ...plain, isDateOnly: false, isImplausible: false, atMs, isUndated: false, code, type });
  }
  for (const event of parcel.noise) shown.push({ ...event, atMs: startMs + event.after * MINUTE_MS });
  const unreported = UNREPORTED[parcel.carrier?.trim() ?? ''] ?? [];
  return shown.filter((event) => !unreported.includes(event.code ?? ''));
}

function writeEvent(event: Shown, statusType: string | null | undefined) {
  const atMs = event.isImplausible ? event.style * 3_600_000 : event.atMs;
  const stamp = event.isDateOnly ? writeDate(atMs, event.style) : writeStamp(atMs, event.style);
  return {
    event_at: event.isUndated ? null : stamp,
    event_type: event.type,
    status_code: event.isUpperCase ? event.code?.toUpperCase() : event.code,
    sub_status_code: event.subCode,
    status_type: statusType,
    status_description: 'left with the neighbour',
  };
}

const numberOf = (index: number) => `RT${String(index).padStart(6, '0')}`;

/** Mostly a date; now and then a date-time, whose date as written counts. */
function writePromise(atMs: number, index: number): string {
  return index % 7 === 0 ? writeStamp(atMs, 4) : writeStamp(atMs, 0).slice(0, 10);
}

function writeLabel(announced: Draft['announced'], startMs: number): string | null | undefined {
  if (announced === null || announced === undefined) return announced;
  if (announced === 'midnight') return writeDate(startMs, 0);
  if (announced === 'local midnight') return writeDate(startMs, 1);
  if (announced === 'epoch') return '1970-01-01T00:00:00+01:00';
  return writeStamp(startMs + (announced === 'ahead' ? 400 * DAY_MINUTES : announced) * MINUTE_MS, 0);
}

function writeBody(
  parcel: Draft,
  index: number,
  pollIndex: number,
  startMs: number,
  events: unknown[],
  isAlone: boolean,
) {
  const { announced, sharesFromPoll } = parcel;
  const promised = parcel.promises[pollIndex];
  const sharesNumber = !isAlone && sharesFromPoll !== null && pollIndex >= sharesFromPoll;
  const body = {
    announced_at: writeLabel(announced, startMs),
    created_at: writeStamp(startMs, 0),
    updated_at: writeStamp(startMs, 0),
    source_id: `order-${index}`,
    parent_status: 'whatever',
    details: {
      is_return: parcel.isReturn,
      is_mail_box: parcel.isMailBox,
      brand_id: parcel.brand,
      is_to_service_point: parcel.turnsServicePoint && pollIndex > 0 ? true : parcel.isToServicePoint,
      expected_delivery_date:
        typeof promised === 'number'
          ? writePromise(startMs + promised * DAY_MINUTES * MINUTE_MS, index)
          : promised,
    },
    from_address: { country_code: parcel.from, postal_code: parcel.postalCode, city: 'Utrecht' },
    to_address: { country_code: parcel.to, postal_code: parcel.postalCode, city: 'Utrecht' },
    ship_with:
      parcel.shippingOption === null || parcel.shippingOption === undefined
        ? parcel.shippingOption
        : {
            type: 'shipping_option_code',
            properties: { shipping_option_code: parcel.shippingOption, contract_id: 517 },
          },
    events,
    tracking_numbers: [
      { carrier_code: parcel.carrier, tracking_number: numberOf(index) },
      ...(parcel.otherCarrier
        ? [{ carrier_code: parcel.otherCarrier, tracking_number: `${numberOf(index)}L` }]
        : []),
      ...(sharesNumber ? [{ carrier_code: parcel.carrier, tracking_number: numberOf(index - 1) }] : []),
    ],
  };
  return JSON.parse(JSON.stringify(body)) as unknown;
}

/** What the polls of one parcel showed. Two polls of parcels that share a number are never at the same instant. */
function observe(parcel: Draft, index: number, asOf: Date, isAlone: boolean): Observation[] {
  const startMs = Math.floor(asOf.getTime() / MINUTE_MS) * MINUTE_MS - parcel.startAgo * MINUTE_MS;
  const shiftMs = parcel.sharesFromPoll === null ? 0 : 1 + (index % 1000);
  const pollTimes = parcel.polls.map(({ ago, after }) =>
    after === null ? asOf.getTime() - ago * MINUTE_MS - shiftMs : startMs + after * MINUTE_MS - shiftMs,
  );
  const ordered = [...new Set(pollTimes)].sort((a, b) => a - b);
  const events = plotEvents(parcel, startMs);
  return ordered.map((pollMs, pollIndex) => {
    const isLast = pollIndex > 0 && pollIndex === ordered.length - 1;
    const shown = events.filter(
      (event) => (event.isLeaked || event.atMs <= pollMs) && !(event.isVanishing && isLast),
    );
    const written = shown.flatMap((event) => [
      writeEvent(event, event.statusType),
      ...(event.repeatedAs === null ? [] : [writeEvent(event, event.repeatedAs)]),
    ]);
    const response = writeBody(parcel, index, pollIndex, startMs, written.reverse(), isAlone);
    return { observedAt: new Date(pollMs), response };
  });
}

/** In no useful order: every second observation first. */
function observeAll(parcels: Draft[], asOf: Date): Observation[] {
  // Those of the carrier that never reports some codes are nobody's alias, or it would seem to report them.
  const isSilent = (parcel: Draft | undefined) => parcel?.carrier?.trim() === 'gls';
  const all = parcels.flatMap((parcel, index) => {
    const isAlone = index === 0 || isSilent(parcel) || isSilent(parcels[index - 1]);
    return observe(parcel, index, asOf, isAlone);
  });
  return [...all.filter((_, index) => index % 2 === 1), ...all.filter((_, index) => index % 2 === 0)];
}

/** Up to `maxParcels` parcels; shrinks to few, plain ones. `asOf` in whole milliseconds. */
export function histories(asOf: Date, maxParcels: number): fc.Arbitrary<Observation[]> {
  return fc.array(draft, { minLength: 1, maxLength: maxParcels }).map((parcels) => observeAll(parcels, asOf));
}

/** The same observations for the same seed, count and clock. */
export function randomHistories(seed: number, parcelCount: number, asOf: Date): Observation[] {
  return observeAll(fc.sample(draft, { seed, numRuns: parcelCount }), asOf);
}
