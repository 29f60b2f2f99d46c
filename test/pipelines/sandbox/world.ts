import { simulateParcels } from '../../../pipelines/sandbox/simulate.js';
import { isObject, listObjects } from '../../../pipelines/sandbox/source.js';
import { at } from './harness.js';

export const end = new Date('2026-11-24T04:12:00Z');
export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
const physical = new Set([
  'accepted',
  'sorted',
  'in_transit',
  'customs',
  'in_delivery',
  'attempted',
  'pup',
  'delivered',
]);
export const attempts = new Set(['attempted', 'pup', 'delivered']);

interface SimulatedEvent {
  at: number;
  type: string;
  code: string;
}

/** A simulated parcel, read back from its body. */
export interface Parcel {
  number: string;
  carrier: string;
  lane: string;
  to: string;
  isReturn: boolean;
  announcedAt: number;
  /** In the order of time. */
  events: SimulatedEvent[];
  scans: SimulatedEvent[];
  promise: unknown;
  promiseAtLabel: unknown;
  body: object;
}

export const source = simulateParcels({ seed: 7, count: 20_000, now: end });

function readParcels(): Parcel[] {
  return [...source.list(end)].map(({ trackingNumber, carrierCode, announcedAt }) => {
    const body = source.find(trackingNumber, end);
    const labelled = source.find(trackingNumber, new Date(announcedAt));
    if (!isObject(body)) throw new Error(`${trackingNumber} is listed but not found`);
    const events = listObjects(body.events)
      .map((event) => ({
        at: Date.parse(String(event.event_at)),
        type: String(event.event_type),
        code: String(event.status_code),
      }))
      .sort((one, other) => one.at - other.at);
    const to = String(at(body, 'to_address', 'country_code'));
    return {
      number: trackingNumber,
      carrier: carrierCode,
      lane: `${at(body, 'from_address', 'country_code')}-${to}`,
      to,
      isReturn: at(body, 'details', 'is_return') === true,
      announcedAt: Date.parse(announcedAt),
      events,
      scans: events.filter(({ type, code }) => type === 'carrier' && physical.has(code)),
      promise: at(body, 'details', 'expected_delivery_date'),
      promiseAtLabel: at(labelled, 'details', 'expected_delivery_date'),
      body,
    };
  });
}

export const parcels = readParcels();
/** Old enough for everything to have happened. */
export const settled = parcels.filter(({ announcedAt }) => announcedAt < end.getTime() - 40 * dayMs);

export function share<T>(items: T[], test: (item: T) => boolean): number {
  return items.filter(test).length / items.length;
}

export function hasCode(code: string): (parcel: Parcel) => boolean {
  return ({ events }) => events.some((event) => event.code === code);
}

export function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

export function formatDate(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}

/** Hours from first scan to first attempt, null where not both were seen (or the first only at the very end). */
export function transitHours({ scans }: Parcel): number | null {
  const first = scans[0];
  const attempt = scans.find(({ code }) => attempts.has(code));
  if (!first || !attempt || first.code === 'in_delivery' || attempts.has(first.code)) return null;
  return (attempt.at - first.at) / hourMs;
}

/** Whether the first attempt came by the date promised with the label; null where nothing was promised or handed over. */
function isOnTime({ scans, promiseAtLabel, announcedAt }: Parcel): boolean | null {
  if (typeof promiseAtLabel !== 'string' || scans.length === 0) return null;
  if (announcedAt > end.getTime() - 14 * dayMs) return null;
  const attempt = scans.find(({ code }) => attempts.has(code));
  return attempt !== undefined && formatDate(attempt.at) <= promiseAtLabel;
}

export function onTimeRate(items: Parcel[]): number {
  const due = items.map(isOnTime).filter((onTime) => onTime !== null);
  return share(due, (onTime) => onTime);
}
