import type { Parcels } from '../schema.js';
import { microsOf, sayHours, sayLateness } from './clock.js';
import { sayNoPromise } from './missing.js';
import type { ParcelStory, ToldEvent } from './parcel.js';

/** What an event is to its parcel. */
export interface EventMeaning {
  event: ToldEvent;
  kind:
    | 'scan'
    | 'exception'
    | 'inference'
    | 'claim'
    | 'carrier notice'
    | 'platform'
    | 'quarantined'
    | 'other';
  /** What it made or moved, or why it moved nothing. */
  notes: string[];
}

const quarantineWords: Readonly<Record<string, string>> = {
  no_timestamp: 'it has no usable time',
  future: 'dated after the last poll; judged anew at each build',
  implausible: 'dated before 2000, so no date at all',
  before_label: 'more than 30 days before the label, so of an earlier parcel with this number',
};

const attempts = ['attempted', 'pup', 'delivered'];

// Name of the milestone, its column, and the codes of which the first makes it.
const milestones: readonly (readonly [
  words: string,
  column: keyof Parcels,
  codes: readonly string[] | null,
])[] = [
  ['first scan', 'first_scan_at', null],
  ['out for delivery', 'out_for_delivery_at', ['in_delivery']],
  ['first attempt', 'first_attempt_at', attempts],
  ['at the pick-up point', 'pickup_point_at', ['pup']],
  ['delivered', 'delivered_at', ['delivered']],
];

const isBy = (event: ToldEvent, at: string | null) =>
  at === null || (event.event_at !== null && microsOf(event.event_at) <= microsOf(at));

function meanEvent(event: ToldEvent, { parcel }: ParcelStory): EventMeaning {
  const { event_type: type, status_code: code } = event;
  const notes: string[] = [];
  if (event.is_date_only) notes.push('date without a time: counts in days, never in hours');
  if (microsOf(event.last_seen_at) < microsOf(parcel.observed_at)) {
    notes.push(`no longer shown since the poll of ${event.last_seen_at}`);
  }
  if (event.quarantine_reason !== null) {
    const why = quarantineWords[event.quarantine_reason] ?? event.quarantine_reason;
    return { event, kind: 'quarantined', notes: [`moves nothing: ${why}`, ...notes] };
  }
  if (type === 'calculated') {
    return {
      event,
      kind: 'inference',
      notes: ["the platform's conclusion, not the carrier's word", ...notes],
    };
  }
  if (type === 'claim') return { event, kind: 'claim', notes };
  if (!event.is_mapped && code !== null) notes.push('this code is not in seeds/status_codes.csv: no scan');
  if (type !== 'carrier') return { event, kind: type === 'internal' ? 'platform' : 'other', notes };
  if (event.is_scan) {
    if (!isBy(event, parcel.returned_at)) notes.push('on the way back: moves no milestone of the way out');
    return { event, kind: 'scan', notes };
  }
  if (event.is_exception) {
    const isLate = !isBy(event, parcel.outcome_at);
    notes.unshift(
      isLate ? 'after the outcome: not counted' : `where it lies: ${event.exception_group ?? 'unattributed'}`,
    );
    return { event, kind: 'exception', notes };
  }
  return { event, kind: 'carrier notice', notes };
}

/** Each event and what it is, with the milestones that it made, in the order of the timeline. */
export function meanEvents(story: ParcelStory): EventMeaning[] {
  const { parcel, events } = story;
  const meanings = events.map((event) => meanEvent(event, story));
  const mark = (words: string, at: string | null, matches: (meaning: EventMeaning) => boolean) => {
    const made = at === null ? undefined : meanings.find(matches);
    // A milestone is named only where event and published column agree.
    if (made && made.event.event_at === at) made.notes.unshift(`= ${words}`);
  };
  const isOutward = ({ kind, event }: EventMeaning) => kind === 'scan' && isBy(event, parcel.returned_at);
  for (const [words, column, codes] of milestones.toReversed()) {
    mark(
      words,
      parcel[column] as string | null,
      (meaning) => isOutward(meaning) && (codes === null || codes.includes(meaning.event.status_code ?? '')),
    );
  }
  const isCarrier = ({ kind, event }: EventMeaning) =>
    kind !== 'quarantined' && event.event_type === 'carrier';
  mark('handed in', parcel.dropped_at, (one) => isCarrier(one) && one.event.status_code === 'dropped');
  mark(
    'way back begins',
    parcel.returned_at,
    (one) => isCarrier(one) && one.event.status_code === 'returned_sender',
  );
  mark(
    'label',
    parcel.label_at,
    ({ kind, event }) => kind !== 'quarantined' && event.status_code === 'announced',
  );
  return meanings;
}

const outcomeWords: Readonly<Record<string, string>> = {
  returned: 'It went back to the sender',
  lost: 'It counts as lost: reported missing or claimed, and not scanned since,',
  cancelled: 'It was cancelled and never scanned',
  forced: 'The platform closed it as delivered without a scan',
};

/**
 * The parcel's story in sentences that can be sent to a carrier: no figure of anyone else's, no name, every time with its place.
 */
export function describeParcel(story: ParcelStory): string[] {
  const { parcel, carrierName } = story;
  const at = (name: string) => {
    const moment = story.moments.find((one) => one.name === name);
    if (moment === undefined) return 'an unknown time';
    return moment.local.includes(':') ? `${moment.local} (${moment.zone})` : `${moment.local} (date only)`;
  };
  const told: string[] = [];
  const option = parcel.shipping_option_code === null ? '' : `, ${parcel.shipping_option_code}`;
  const lane = `${parcel.from_country ?? 'unknown origin'} to ${parcel.to_country ?? 'unknown destination'}`;
  told.push(
    `Parcel ${parcel.tracking_number}, carrier ${carrierName}, ${lane}, ${parcel.delivery_type.replace('_', ' ')}${option}${parcel.is_return ? ', a return' : ''}.`,
  );
  told.push(
    parcel.label_at === null
      ? 'When the label was made is not known.'
      : `The label was made on ${at('label_at')}.`,
  );
  told.push(...describeFirstScan(parcel, carrierName, at));
  told.push(...describeAttempt(parcel, at));
  told.push(...describePromise(parcel, at));
  if (parcel.exception_count > 0) {
    const count =
      parcel.exception_count === 1 ? 'one exception' : `${parcel.exception_count} exceptions, the first`;
    told.push(
      `The carrier reported ${count}: ${parcel.first_exception_code} (${parcel.first_exception_group}) on ${at('first_exception_at')}.`,
    );
  }
  const ending = outcomeWords[parcel.outcome];
  if (ending !== undefined) told.push(`${ending} on ${at('outcome_at')}.`);
  if (parcel.outcome === 'open') {
    const silence =
      parcel.silent_working_days === null
        ? ''
        : `, and nothing for ${parcel.silent_working_days} working day${parcel.silent_working_days === 1 ? '' : 's'} up to the last poll`;
    told.push(
      parcel.last_carrier_event_at === null
        ? 'It is still open; the carrier has reported nothing.'
        : `It is still open. The carrier last reported something on ${at('last_carrier_event_at')}${silence}.`,
    );
  }
  told.push(`All this as the poll of ${at('observed_at')} showed it.`);
  return told;
}

type At = (name: string) => string;

function describeFirstScan(parcel: Parcels, carrierName: string, at: At): string[] {
  if (parcel.first_scan_at === null) return ['No physical scan has been reported.'];
  const delay =
    parcel.first_scan_delay_hours === null
      ? ''
      : `, ${sayHours(parcel.first_scan_delay_hours)} after the label`;
  return [`${carrierName} first scanned it (${parcel.first_scan_code}) on ${at('first_scan_at')}${delay}.`];
}

function describeAttempt(parcel: Parcels, at: At): string[] {
  if (parcel.first_attempt_at === null) {
    return parcel.first_scan_at === null ? [] : ['No delivery attempt has been reported.'];
  }
  const days = parcel.transit_working_days;
  const length =
    parcel.transit_measurable !== true
      ? '; it was never scanned on the way in, so its transit time is unknown'
      : parcel.transit_hours === null
        ? ''
        : `, ${sayHours(parcel.transit_hours)} after the first scan${days === null ? '' : ` (${days} working day${days === 1 ? '' : 's'})`}`;
  const isDelivery = parcel.first_attempt_code === 'delivered';
  const what = isDelivery
    ? 'It was delivered at the first attempt'
    : `The first attempt (${parcel.first_attempt_code}) was`;
  const told = [`${what} on ${at('first_attempt_at')}${length}.`];
  if (parcel.delivered_at !== null && !isDelivery) told.push(`It was delivered on ${at('delivered_at')}.`);
  return told;
}

function describePromise(parcel: Parcels, at: At): string[] {
  if (parcel.edd_original === null) {
    const why = sayNoPromise(parcel);
    return [`${why.charAt(0).toUpperCase()}${why.slice(1)}.`];
  }
  const told = [`The promised day was ${parcel.edd_original}, first shown on ${at('edd_original_seen_at')}.`];
  if (parcel.edd_current !== null && parcel.edd_current !== parcel.edd_original) {
    told.push(`The promise moved to ${parcel.edd_current}; the first one is judged.`);
  }
  if (parcel.quality_flags.split(',').includes('promise_seen_late')) {
    told.push('It was first seen after the attempt, so it may have been set with hindsight.');
  }
  const late = parcel.days_late === null ? 'without an attempt' : sayLateness(parcel.days_late);
  if (!parcel.is_due) told.push('It is not judged yet, or not judged at all: see below.');
  else if (parcel.on_time) told.push(`The promise was kept: attempted ${late}.`);
  else
    told.push(
      `The promise was not kept: ${parcel.days_late === null ? `the day passed ${late}` : `attempted ${late}`}.`,
    );
  if (parcel.is_due && parcel.handed_over_in_time === false) {
    told.push('The carrier had it only after that day, or never: this is not held against the carrier.');
  }
  return told;
}
