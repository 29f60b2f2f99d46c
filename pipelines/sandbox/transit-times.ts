import { setImmediate } from 'node:timers/promises';
import { millisecondsInDay, millisecondsInHour } from 'date-fns/constants';
import { type Answer, refuse } from './answer.js';
import { isObject, type Json, listObjects, type ParcelSource, parseInstant } from './source.js';

const windowDays = 90;
/** A parcel delivered in the window was announced at most this long before it. */
const longestJourneyDays = 90;

interface Query {
  carriers: Set<string>;
  origins: Set<string>;
  destinations: Set<string>;
  startDate: string;
  endDate: string;
}

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}

function readQuery(parameters: URLSearchParams, now: Date): Query | Answer {
  const refuseParameter = (parameter: string, code: string, detail: string) =>
    refuse(400, code, detail, { parameter });
  const carriers = parameters.getAll('carrier_code');
  if (carriers.length === 0) return refuseParameter('carrier_code', 'missing', 'Field required');
  if (carriers.includes('')) {
    return refuseParameter('carrier_code', 'string_too_short', 'String should have at least 1 character');
  }
  for (const parameter of ['from_country_code', 'to_country_code']) {
    for (const country of parameters.getAll(parameter)) {
      if (country.length > 2) {
        return refuseParameter(parameter, 'string_too_long', 'String should have at most 2 characters');
      }
      if (country.length < 2) {
        return refuseParameter(parameter, 'string_too_short', 'String should have at least 2 characters');
      }
    }
  }
  const today = now.toISOString().slice(0, 10);
  const endDate = parameters.get('end_date') ?? today;
  const ninetyDaysAgo = new Date(now.getTime() - windowDays * millisecondsInDay).toISOString().slice(0, 10);
  const startDate = parameters.get('start_date') ?? ninetyDaysAgo;
  for (const [parameter, date] of [
    ['start_date', startDate],
    ['end_date', endDate],
  ] as const) {
    if (!isDate(date)) return refuseParameter(parameter, 'invalid', 'Input should be a valid date');
  }
  if (startDate > endDate) return refuse(400, 'invalid', 'start_date must be on or before end_date.');
  return {
    carriers: new Set(carriers),
    origins: new Set(parameters.getAll('from_country_code')),
    destinations: new Set(parameters.getAll('to_country_code')),
    startDate,
    endDate,
  };
}

const scans = new Set([
  'accepted',
  'sorted',
  'in_transit',
  'customs',
  'in_delivery',
  'attempted',
  'pup',
  'delivered',
]);

/** From the carrier's first scan to the delivery; null where the parcel is not delivered or the stamps run backwards. */
function measure(body: Json): { deliveredAt: number; hours: number } | null {
  let firstAt = Number.POSITIVE_INFINITY;
  let deliveredAt = Number.POSITIVE_INFINITY;
  for (const event of listObjects(body.events)) {
    const at = parseInstant(event.event_at);
    if (at === null || event.event_type !== 'carrier' || !scans.has(String(event.status_code))) continue;
    firstAt = Math.min(firstAt, at);
    if (event.status_code === 'delivered') deliveredAt = Math.min(deliveredAt, at);
  }
  if (deliveredAt === Number.POSITIVE_INFINITY || deliveredAt <= firstAt) return null;
  return { deliveredAt, hours: (deliveredAt - firstAt) / millisecondsInHour };
}

function findMedian(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

function readCountry(address: unknown): string {
  return isObject(address) ? String(address.country_code) : '';
}

/**
 * Answers GET /analytics/transit-times/carriers: the median over the outbound parcels delivered in the window, per carrier,
 * origin and destination. It looks at every parcel of the time, and lets other requests in between.
 */
export async function answerTransitTimes(
  source: ParcelSource,
  parameters: URLSearchParams,
  now: Date,
): Promise<Answer> {
  const query = readQuery(parameters, now);
  if ('status' in query) return query;
  const start = Date.parse(`${query.startDate}T00:00:00Z`);
  const end = Date.parse(`${query.endDate}T00:00:00Z`) + millisecondsInDay;
  const lanes = new Map<string, number[]>();
  let looked = 0;
  for (const { trackingNumber, carrierCode, announcedAt } of source.list(now)) {
    const announced = Date.parse(announcedAt);
    if (!query.carriers.has(carrierCode) || announced >= end) continue;
    if (announced < start - longestJourneyDays * millisecondsInDay) continue;
    looked += 1;
    if (looked % 1000 === 0) await setImmediate();
    const body = source.find(trackingNumber, now);
    if (!isObject(body) || (isObject(body.details) && body.details.is_return === true)) continue;
    const from = readCountry(body.from_address);
    const to = readCountry(body.to_address);
    if (query.origins.size > 0 && !query.origins.has(from)) continue;
    if (query.destinations.size > 0 && !query.destinations.has(to)) continue;
    const measured = measure(body);
    if (measured === null || measured.deliveredAt < start || measured.deliveredAt >= end) continue;
    const key = [carrierCode, from, to].join('\n');
    const hours = lanes.get(key);
    if (hours) hours.push(measured.hours);
    else lanes.set(key, [measured.hours]);
  }
  const rows = [...lanes].sort(([one], [other]) => (one < other ? -1 : 1));
  const transitTimes = rows.map(([key, hours]) => {
    const [carrier, from, to] = key.split('\n');
    const median = findMedian(hours);
    return {
      carrier_code: carrier,
      from_country_code: from || null,
      to_country_code: to || null,
      start_date: `${query.startDate}T00:00:00Z`,
      end_date: `${query.endDate}T23:59:59Z`,
      total_parcels: hours.length,
      transit_time_hours: Math.round(median * 10) / 10,
      transit_time_days: Math.round(median / 24),
    };
  });
  return { status: 200, body: { transit_times: transitTimes } };
}
