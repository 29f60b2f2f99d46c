import { z } from 'zod';

/** Where a body differs from the schema: names of the schema and types only, never content. */
export interface Refusal {
  /** JSON path, as `$.events[3].event_at`. */
  path: string;
  expected: string;
  found: string;
}

const text = z.string().nullish();
const flag = z.boolean().nullish();
const id = z.int().nullish();
const address = z.object({ country_code: text, postal_code: text }).nullish();

/**
 * The fields of a response that are read, and those that the schema requires. Everything but the parcel's numbers
 * and its events may be missing or null; zod strips the rest, at some 35,000 bodies of ten events a second.
 */
export const Wire = z.object({
  announced_at: text,
  created_at: text,
  updated_at: text,
  source_id: text,
  details: z
    .object({
      is_return: flag,
      is_mail_box: flag,
      is_to_service_point: flag,
      expected_delivery_date: text,
      brand_id: id,
      integration_id: id,
    })
    .nullish(),
  events: z.array(
    z.object({
      event_at: text,
      event_type: text,
      status_code: text,
      sub_status_code: text,
      status_type: text,
    }),
  ),
  from_address: address,
  to_address: address,
  ship_with: z
    .object({
      type: text,
      properties: z.object({ contract_id: id, shipping_option_code: text }).nullish(),
    })
    .nullish(),
  tracking_numbers: z.array(z.object({ carrier_code: text, tracking_number: text })).min(1),
});

/** Names the first difference that zod found. The path holds schema names and indexes, for only those are checked. */
export function findRefusal(body: unknown, error: z.ZodError): Refusal {
  const issue = error.issues[0];
  const steps = issue?.path ?? [];
  let value = body;
  let path = '$';
  for (const step of steps) {
    path += typeof step === 'number' ? `[${step}]` : `.${String(step)}`;
    value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
  }
  if (issue?.code === 'too_small' && issue.origin === 'array') {
    return { path, expected: 'array with at least one entry', found: 'empty array' };
  }
  // Every number of the schema is an integer, and zod calls one that is too large for a double by its bound.
  const isNumeric = issue?.code !== 'invalid_type' || issue.expected === 'int' || issue.expected === 'number';
  return { path, expected: isNumeric ? 'integer' : issue.expected, found: nameType(value) };
}

/** The JSON type of a value. */
function nameType(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

// What the OpenAPI document lists, kept or not, by the place where it may stand.
const addressFields = new Set(
  (
    'address_line_1 address_line_2 city company_name country_code email house_number name phone_number po_box ' +
    'postal_code state_province_code'
  ).split(' '),
);
const bodyFields = new Set(
  (
    'announced_at created_at details events from_address parcel_items ship_with source_id to_address ' +
    'tracking_numbers updated_at'
  ).split(' '),
);
const detailFields = new Set(
  'brand_id expected_delivery_date integration_id is_mail_box is_return is_to_service_point'.split(' '),
);
const eventFields = new Set(
  'event_at event_type status_code status_description status_type sub_status_code'.split(' '),
);
const shipWithFields = new Set(['type', 'properties']);
const shipWithPropertyFields = new Set(
  'contract_id shipping_option_code user_shipping_method_id user_shipping_method_name'.split(' '),
);
const trackingNumberFields = new Set(
  'carrier_code tracking_identifier tracking_number tracking_url'.split(' '),
);

/** Counts fields that the OpenAPI document does not list, in the objects that are read. */
export function countUnknownFields(body: unknown): number {
  const shipWith = read(body, 'ship_with');
  return (
    countOutside(body, bodyFields) +
    countOutside(read(body, 'details'), detailFields) +
    countOutside(read(body, 'from_address'), addressFields) +
    countOutside(read(body, 'to_address'), addressFields) +
    countOutside(shipWith, shipWithFields) +
    countOutside(read(shipWith, 'properties'), shipWithPropertyFields) +
    countInEntries(read(body, 'events'), eventFields) +
    countInEntries(read(body, 'tracking_numbers'), trackingNumberFields)
  );
}

function read(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function countInEntries(entries: unknown, known: ReadonlySet<string>): number {
  let count = 0;
  if (Array.isArray(entries)) for (const entry of entries) count += countOutside(entry, known);
  return count;
}

function countOutside(value: unknown, known: ReadonlySet<string>): number {
  let count = 0;
  if (typeof value === 'object' && value !== null) {
    for (const name in value) if (!known.has(name)) count += 1;
  }
  return count;
}
