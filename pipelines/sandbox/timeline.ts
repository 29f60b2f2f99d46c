import type { Calendar, Country } from './calendar.js';
import { between, type Random } from './random.js';

export type EventType = 'carrier' | 'internal' | 'calculated' | 'claim';

/** An event, and the instant at which it can first be seen. Times in ms since 1970. */
export interface Moment {
  seenAt: number;
  eventAt: number;
  eventType: EventType;
  statusCode: string;
  statusType: 'success' | 'warning' | 'error';
  subStatusCode: string;
  description: string;
}

export interface MomentDetails {
  type?: EventType;
  status?: Moment['statusType'];
  sub?: string;
  text?: string;
  /** The stamp, where it differs from the instant. */
  stamp?: number;
}

const warnings = new Set([
  'attempted',
  'handover_delay',
  'sorting_delay',
  'delivery_delay',
  'delay_unknown',
  'hold',
  'changed',
  'customer_support',
  'address_error',
  'customs_issue',
  'relabelled',
  'off_radar',
  'non_conformity',
  'pup_expiration',
  'dropoff_expiration',
  'claimable',
]);
const errors = new Set([
  'announcement_failed',
  'cancellation_failed',
  'refused',
  'customer_rejected',
  'damaged',
  'missing',
  'returned_sender',
  'claim',
]);

/** The events of one parcel while they are being made up. */
export class Timeline {
  readonly moments: Moment[] = [];

  constructor(
    readonly calendar: Calendar,
    readonly random: Random,
  ) {}

  /** Adds an event at an instant, to the whole second and never at a full minute: midnight sharp means "date only". */
  add(instant: number, code: string, details: MomentDetails = {}): number {
    const second = Math.floor(instant / 1000) * 1000;
    const at = second % 60_000 === 0 ? second + 7000 : second;
    this.moments.push({
      seenAt: at,
      eventAt: details.stamp ?? at,
      eventType: details.type ?? 'carrier',
      statusCode: code,
      statusType: details.status ?? (errors.has(code) ? 'error' : warnings.has(code) ? 'warning' : 'success'),
      subStatusCode: details.sub ?? 'none',
      description: details.text ?? `Parcel update: ${code.replaceAll('_', ' ')}.`,
    });
    return at;
  }

  /** Adds an event at some time between two local hours of a day. */
  addLocal(
    place: Country,
    day: number,
    hours: readonly [number, number],
    code: string,
    details?: MomentDetails,
  ): number {
    return this.add(this.pickInstant(place, day, hours), code, details);
  }

  pickInstant(place: Country, day: number, [from, to]: readonly [number, number]): number {
    return this.calendar.toInstant(place, day, between(this.random, from * 60, to * 60));
  }
}
