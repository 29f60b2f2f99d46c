/**
 * Random raw observations for property tests: several carriers and lanes, date-only stamps, future and vanishing events,
 * duplicates, unknown and upper-case codes, claims, returns, promises that move, relabelled pairs, leaf fields null or
 * missing. The containers that the API's schema requires (details, addresses, tracking_numbers, events) are always
 * there, and so is the first tracking number.
 */
import fc from 'fast-check';
import { defaultStatusCodes } from './seeds.js';
import type { Observation } from './types.js';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/** Mostly the first, now and then one of the others. */
function mostly<T, U>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<U>, weight = 12): fc.Arbitrary<T | U> {
  return fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd });
}

const rarely = (weight = 12) => mostly(fc.constant(false), fc.constant(true), weight);
/** Undefined stands for a field that is missing. */
const absent = fc.constantFrom(null, undefined);
const minutes = (days: number) => fc.integer({ min: 0, max: days * DAY_MINUTES });
const horizons = fc.constantFrom(7 * DAY_MINUTES, 14 * DAY_MINUTES, 30 * DAY_MINUTES);

const marks = {
  isDateOnly: rarely(),
  /** How the stamp is written: whole seconds, fractions of them, an offset. */
  style: mostly(fc.constant(0), fc.constantFrom(1, 2, 3), 6),
  isUpperCase: rarely(30),
  /** Shown by every poll, also by one before it happened. */
  isLeaked: rarely(30),
  /** Not shown any more by the last poll. */
  isVanishing: rarely(30),
  /** Shown twice by a poll, the second time with this status type. */
  repeatedAs: mostly(fc.constant(null), fc.constantFrom('error', 'success', 'info'), 12),
  statusType: mostly(
    fc.constantFrom('success', 'success', 'warning', 'error'),
    fc.constantFrom(null, undefined, 'info'),
  ),
  subCode: mostly(fc.constant('none'), fc.constantFrom(null, undefined, 'a', 'b'), 8),
};

const PATH = 'announced dropped accepted sorted in_transit customs in_delivery attempted pup delivered'.split(
  ' ',
);
const KEPT = [9, 2, 6, 7, 7, 2, 8, 3, 2, 10];

/** A step of the usual way; left out as often as such steps are. */
const step = (index: number) =>
  fc.record({
    isTaken: fc.integer({ min: 0, max: 9 }).map((draw) => draw < (KEPT[index] ?? 5)),
    gap: mostly(minutes(2), fc.oneof(fc.constant(0), minutes(12)), 5),
    ...marks,
  });

const CODES = defaultStatusCodes.map((row) => row.status_code);
const ENDS = 'returned_sender missing claim delivery_forced cancelled cancelled_upstream delivered'.split(
  ' ',
);
const EXCEPTIONS = defaultStatusCodes.filter((row) => row.is_exception).map((row) => row.status_code);

/** Anything, at any time from 50 days before the label to 45 days after it. */
const noise = fc.record({
  code: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...EXCEPTIONS) },
    { weight: 2, arbitrary: fc.constantFrom(...ENDS) },
    { weight: 2, arbitrary: fc.constantFrom(...CODES) },
    { weight: 1, arbitrary: fc.constantFrom('teleported', 'eaten-by-dog', null, undefined) },
  ),
  type: mostly(
    fc.constantFrom('carrier', 'carrier', 'carrier', 'internal'),
    fc.constantFrom('calculated', 'claim', null, undefined),
    3,
  ),
  after: fc.oneof(
    { weight: 6, arbitrary: minutes(12) },
    { weight: 2, arbitrary: minutes(45) },
    { weight: 1, arbitrary: horizons },
    { weight: 1, arbitrary: minutes(50).map((value) => -value) },
  ),
  isUndated: rarely(20),
  ...marks,
});

/** Minutes before the clock (negative: after it), or after the label. */
const poll = fc.oneof(
  { weight: 5, arbitrary: minutes(1).map((ago) => ({ ago, after: null })) },
  { weight: 2, arbitrary: fc.constant({ ago: 0, after: null }) },
  { weight: 3, arbitrary: minutes(200).map((ago) => ({ ago, after: null })) },
  { weight: 1, arbitrary: minutes(3).map((value) => ({ ago: -value, after: null })) },
  { weight: 1, arbitrary: horizons.map((after) => ({ ago: 0, after })) },
  { weight: 3, arbitrary: minutes(20).map((after) => ({ ago: 0, after })) },
);

const country = (...usual: string[]) =>
  mostly(fc.constantFrom(...usual), fc.constantFrom('nl', 'XX', null, undefined), 25);
const flag = (weight: number) => mostly(rarely(weight), absent, 20);
const promise = mostly(fc.integer({ min: 0, max: 8 }), fc.constantFrom(null, undefined, -4, 20), 4);

const draft = fc.noBias(
  fc.record({
    carrier: mostly(fc.constantFrom('dhl', 'dpd', 'gls', 'postnl'), absent, 60),
    otherCarrier: mostly(absent, fc.constantFrom('dhl', 'dpd'), 20),
    from: country('NL', 'NL', 'NL', 'NL', 'DE', 'US'),
    to: country('NL', 'NL', 'NL', 'DE', 'DE', 'FR', 'AU'),
    postalCode: mostly(fc.constantFrom('1012AB', 'sw1a 1aa', '7'), absent, 6),
    shippingOption: mostly(
      fc.constantFrom('dhl:standard', 'dhl:standard', 'dhl:standard', 'dhl:Express/insured=1', 'gls:economy'),
      fc.constantFrom('pigeon', null, undefined),
      5,
    ),
    isReturn: flag(12),
    isMailBox: flag(6),
    isToServicePoint: flag(6),
    turnsServicePoint: rarely(20),
    startAgo: mostly(minutes(220), fc.oneof(horizons, minutes(3)), 8),
    /** Minutes from the start; null or missing, and 'midnight' of the start's date. */
    announced: mostly(
      fc.constant(0),
      fc.oneof(
        absent,
        fc.constant('midnight' as const),
        minutes(45),
        minutes(2).map((value) => -value),
      ),
      5,
    ),
    path: fc.tuple(...PATH.map((_, index) => step(index))),
    stopsAfter: mostly(fc.constant(PATH.length), fc.integer({ min: 0, max: PATH.length }), 4),
    noise: mostly(fc.constant([]), fc.array(noise, { minLength: 1, maxLength: 5 }), 1),
    polls: fc.array(poll, { minLength: 1, maxLength: 3 }),
    promises: fc.tuple(promise, promise, promise),
    /** Lists the number of the parcel before it, from its first or second poll on. */
    sharesFromPoll: mostly(fc.constant(null), fc.constantFrom(0, 1), 20),
  }),
);

type Draft = typeof draft extends fc.Arbitrary<infer T> ? T : never;
type Marks = Pick<Draft['path'][number], keyof typeof marks>;

interface Shown extends Marks {
  atMs: number;
  isUndated: boolean;
  code: string | null | undefined;
  type: string | null | undefined;
}

function writeStamp(atMs: number, style: number): string {
  const second = new Date(atMs).toISOString().slice(0, 19);
  if (style === 1) return `${second}.000001Z`;
  if (style === 2) return `${second}.25Z`;
  if (style === 3) return `${new Date(atMs + 120 * MINUTE_MS).toISOString().slice(0, 19)}+02:00`;
  return `${second}Z`;
}

const midnightOf = (atMs: number) => Math.floor(atMs / 86_400_000) * 86_400_000;

function plotEvents(parcel: Draft, startMs: number): Shown[] {
  const shown: Shown[] = [];
  let atMs = startMs;
  for (const [index, step] of parcel.path.slice(0, parcel.stopsAfter).entries()) {
    if (!step.isTaken) continue;
    if (index > 0) atMs += step.gap * MINUTE_MS;
    const type = index === 0 ? 'internal' : 'carrier';
    shown.push({ ...step, atMs, isUndated: false, code: PATH[index], type });
  }
  for (const event of parcel.noise) shown.push({ ...event, atMs: startMs + event.after * MINUTE_MS });
  return shown;
}

function writeEvent(event: Shown, statusType: string | null | undefined) {
  const stamp = event.isDateOnly
    ? writeStamp(midnightOf(event.atMs), 0)
    : writeStamp(event.atMs, event.style);
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

function writeBody(parcel: Draft, index: number, pollIndex: number, startMs: number, events: unknown[]) {
  const { announced, sharesFromPoll } = parcel;
  const promised = parcel.promises[pollIndex];
  const announcedMs = announced === 'midnight' ? midnightOf(startMs) : startMs + (announced ?? 0) * MINUTE_MS;
  const sharesNumber = index > 0 && sharesFromPoll !== null && pollIndex >= sharesFromPoll;
  const body = {
    announced_at: announced === null || announced === undefined ? announced : writeStamp(announcedMs, 0),
    created_at: writeStamp(startMs, 0),
    updated_at: writeStamp(startMs, 0),
    source_id: `order-${index}`,
    parent_status: 'whatever',
    details: {
      is_return: parcel.isReturn,
      is_mail_box: parcel.isMailBox,
      is_to_service_point: parcel.turnsServicePoint && pollIndex > 0 ? true : parcel.isToServicePoint,
      expected_delivery_date:
        typeof promised === 'number'
          ? writeStamp(startMs + promised * DAY_MINUTES * MINUTE_MS, 0).slice(0, 10)
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
function observe(parcel: Draft, index: number, asOf: Date): Observation[] {
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
    const response = writeBody(parcel, index, pollIndex, startMs, written.reverse());
    return { observedAt: new Date(pollMs), response };
  });
}

/** In no useful order: every second observation first. */
function observeAll(parcels: Draft[], asOf: Date): Observation[] {
  const all = parcels.flatMap((parcel, index) => observe(parcel, index, asOf));
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
