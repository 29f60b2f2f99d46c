/** The random choices that a history is made of: what a parcel is, when what happens, how it is written, who polls. */
import fc from 'fast-check';
import { defaultStatusCodes } from './seeds.js';

export const DAY_MINUTES = 24 * 60;

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
  /** The date alone, however it is written: with a time of zero, in a zone of its own, or without a time. */
  isDateOnly: rarely(),
  /** How the stamp is written: whole seconds, fractions of them, offsets, an offset in which UTC's midnight is a time. */
  style: mostly(fc.constant(0), fc.constantFrom(1, 2, 3, 4, 5), 6),
  /** Before anybody had a parcel: an epoch. */
  isImplausible: rarely(120),
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

export const PATH =
  'announced dropped accepted sorted in_transit customs in_delivery attempted pup delivered'.split(' ');
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

/** How the way goes on after the steps: what a carrier writes when it goes wrong, and takes back. */
export const TAILS: Record<string, string[]> = {
  none: [],
  returned: ['returned_sender', 'sorted', 'delivered'],
  lost: ['missing'],
  revoked: ['missing', 'sorted', 'delivered'],
  claimed: ['missing', 'claim'],
  forced: ['delivery_forced'],
  cancelled: ['cancelled'],
};

const tail = fc.record({
  name: mostly(fc.constant('none'), fc.constantFrom(...Object.keys(TAILS).slice(1)), 6),
  /** Minutes between its events. */
  gap: minutes(6),
});

/** What some carriers never report, though their parcels go the same way. */
export const UNREPORTED: Record<string, string[]> = {
  gls: ['accepted', 'attempted'],
  'Air Charter': EXCEPTIONS,
};

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

export const draft = fc.noBias(
  fc.record({
    carrier: mostly(
      fc.constantFrom('dhl', 'dpd', 'gls', 'gls', 'postnl', 'Air Charter'),
      fc.oneof(absent, fc.constantFrom('DHL', ' gls ', 'air_charter', '')),
      12,
    ),
    brand: mostly(fc.constantFrom(7, 7, 11), absent, 8),
    otherCarrier: mostly(absent, fc.constantFrom('dhl', 'dpd', 'DPD'), 20),
    from: country('NL', 'NL', 'NL', 'NL', 'DE', 'US'),
    to: country('NL', 'NL', 'NL', 'DE', 'DE', 'FR', 'AU'),
    postalCode: mostly(fc.constantFrom('1012AB', 'sw1a 1aa', '7'), absent, 6),
    shippingOption: mostly(
      fc.constantFrom('dhl:standard', 'dhl:standard', 'dhl:standard', 'dhl:Express/insured=1', 'gls:economy'),
      fc.constantFrom('pigeon', 'Carrier Pigeon', null, undefined),
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
        fc.constantFrom('midnight' as const, 'local midnight' as const, 'epoch' as const, 'ahead' as const),
        minutes(45),
        minutes(2).map((value) => -value),
      ),
      5,
    ),
    path: fc.tuple(...PATH.map((_, index) => step(index))),
    stopsAfter: mostly(fc.constant(PATH.length), fc.integer({ min: 0, max: PATH.length }), 4),
    tail,
    noise: mostly(fc.constant([]), fc.array(noise, { minLength: 1, maxLength: 5 }), 1),
    polls: fc.array(poll, { minLength: 1, maxLength: 3 }),
    promises: fc.tuple(promise, promise, promise),
    /** Lists the number of the parcel before it, from its first or second poll on. */
    sharesFromPoll: mostly(fc.constant(null), fc.constantFrom(0, 1), 10),
  }),
);

export type Draft = typeof draft extends fc.Arbitrary<infer T> ? T : never;
export type Marks = Pick<Draft['path'][number], keyof typeof marks>;
