import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { millisecondsInDay } from 'date-fns/constants';
import type { Timeline } from '../sendcloud/timeline.js';
import { DuckDBDateValue, DuckDBTimestampValue } from '../store/driver.js';
import type { readPhase } from './phase.js';

export function appendText(appender: DuckDBAppender, value: string | null): void {
  if (value === null) appender.appendNull();
  else appender.appendVarchar(value);
}

export function appendInstant(appender: DuckDBAppender, micros: bigint | null): void {
  if (micros === null) appender.appendNull();
  else appender.appendTimestamp(new DuckDBTimestampValue(micros));
}

function appendFlag(appender: DuckDBAppender, value: boolean | null): void {
  if (value === null) appender.appendNull();
  else appender.appendBoolean(value);
}

function appendWhole(appender: DuckDBAppender, value: number | null): void {
  if (value === null) appender.appendNull();
  else appender.appendBigInt(BigInt(value));
}

function appendDate(appender: DuckDBAppender, value: string | null): void {
  if (value === null) appender.appendNull();
  else appender.appendDate(new DuckDBDateValue(Date.parse(`${value}T00:00:00Z`) / millisecondsInDay));
}

/** How many carriers are named; an entry that names none is no other one. */
function countCarriers({ trackingNumbers }: Timeline): number {
  const carriers = new Set(trackingNumbers.map((entry) => entry.carrierCode));
  carriers.delete('unknown');
  return carriers.size;
}

/** An observation as it is staged. */
interface Staged extends ReturnType<typeof readPhase> {
  place: number;
  trackingNumber: string;
  observedAt: bigint;
  timeline: Timeline;
}

/** How each column of staged_responses is filled; which there are, and in which order, is for landed_responses to say. */
const fillers: Record<string, (a: DuckDBAppender, s: Staged) => void> = {
  place: (a, s) => a.appendInteger(s.place),
  phase: (a, s) => a.appendVarchar(s.phase),
  phase_since: (a, s) => appendInstant(a, s.since),
  last_event_at: (a, s) => appendInstant(a, s.lastEventAt),
  tracking_number: (a, s) => a.appendVarchar(s.trackingNumber),
  body_hash: (a, s) => a.appendUBigInt(s.timeline.bodyHash),
  observed_at: (a, s) => appendInstant(a, s.observedAt),
  announced_at: (a, s) => appendInstant(a, s.timeline.announcedAt),
  created_at: (a, s) => appendInstant(a, s.timeline.createdAt),
  carrier_code: (a, s) => appendText(a, s.timeline.trackingNumbers[0]?.carrierCode ?? null),
  carrier_count: (a, s) => a.appendInteger(countCarriers(s.timeline)),
  tracking_numbers: (a, s) =>
    a.appendVarchar(
      JSON.stringify(s.timeline.trackingNumbers.map((entry) => [entry.carrierCode, entry.trackingNumber])),
    ),
  from_country: (a, s) => appendText(a, s.timeline.fromCountry),
  from_postal_area: (a, s) => appendText(a, s.timeline.fromPostalArea),
  to_country: (a, s) => appendText(a, s.timeline.toCountry),
  to_postal_area: (a, s) => appendText(a, s.timeline.toPostalArea),
  is_return: (a, s) => appendFlag(a, s.timeline.isReturn),
  is_mail_box: (a, s) => appendFlag(a, s.timeline.isMailBox),
  is_to_service_point: (a, s) => appendFlag(a, s.timeline.isToServicePoint),
  expected_delivery_date: (a, s) => appendDate(a, s.timeline.expectedDeliveryDate),
  brand_id: (a, s) => appendWhole(a, s.timeline.brandId),
  integration_id: (a, s) => appendWhole(a, s.timeline.integrationId),
  ship_with_type: (a, s) => appendText(a, s.timeline.shipWithType),
  shipping_option_code: (a, s) => appendText(a, s.timeline.shippingOptionCode),
  contract_id: (a, s) => appendWhole(a, s.timeline.contractId),
  source_id: (a, s) => appendText(a, s.timeline.sourceId),
  event_count: (a, s) => a.appendInteger(s.timeline.events.length),
  invalid_code_count: (a, s) => a.appendInteger(s.timeline.invalidCodeCount),
  unknown_field_count: (a, s) => a.appendInteger(s.timeline.unknownFieldCount),
  announced_is_date_only: (a, s) => a.appendBoolean(s.timeline.announcedIsDateOnly),
  unusual_code_count: (a, s) => a.appendInteger(s.timeline.unusualCodeCount),
  unreadable_field_count: (a, s) => a.appendInteger(s.timeline.unreadableFieldCount),
  unreadable_fields: (a, s) => a.appendVarchar(s.timeline.unreadableFields.join(', ')),
};

/** The fillers in the order of the staged columns. @throws RangeError naming a column that nothing fills. */
export async function readFillers(connection: DuckDBConnection): Promise<(typeof fillers)[string][]> {
  const described = await connection.runAndReadAll('describe temp.staged_responses');
  return described.getRows().map(([column]) => {
    const fill = fillers[String(column)];
    if (fill === undefined) throw new RangeError(`nothing fills landed_responses.${column}`);
    return fill;
  });
}
