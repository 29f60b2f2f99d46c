/** Where a body differs from the schema: names of the schema and types only, never content. */
export interface Refusal {
  /** JSON path, as `$.tracking_numbers[0].tracking_number`. */
  path: string;
  expected: string;
  found: string;
}

export type Fields = Readonly<Record<string, unknown>>;

const nothing: Fields = {};

/**
 * Reads the fields of one body. Lenient: one of another type counts as missing, and is noted by its path, without indexes; what is
 * missing or null is nothing to note. A class, since one is made for each body: its methods are not.
 */
export class FieldReader {
  #noted: Map<string, number> | null = null;

  note(path: string): void {
    this.#noted ??= new Map();
    this.#noted.set(path, (this.#noted.get(path) ?? 0) + 1);
  }

  /** The paths noted, and how often; null where all could be read. */
  noted(): ReadonlyMap<string, number> | null {
    return this.#noted;
  }

  /** An object, or one without any field. */
  object(value: unknown, path: string): Fields {
    return isObject(value) ? value : (this.#miss(value, path) ?? nothing);
  }

  text(value: unknown, path: string): string | null {
    return typeof value === 'string' ? value : this.#miss(value, path);
  }

  flag(value: unknown, path: string): boolean | null {
    return typeof value === 'boolean' ? value : this.#miss(value, path);
  }

  /** A whole number that a double holds exactly. */
  id(value: unknown, path: string): number | null {
    return Number.isSafeInteger(value) ? (value as number) : this.#miss(value, path);
  }

  /** Notes what is there, but of another type. */
  #miss(value: unknown, path: string): null {
    if (value !== undefined && value !== null) this.note(path);
    return null;
  }
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Why a body is no timeline: no object, or nobody's; null for one that is. */
export function findRefusal(body: unknown): Refusal | null {
  if (!isObject(body)) return { path: '$', expected: 'object', found: nameType(body) };
  const { tracking_numbers: numbers } = body;
  const path = '$.tracking_numbers';
  if (!Array.isArray(numbers)) return { path, expected: 'array', found: nameType(numbers) };
  return numbers.length > 0
    ? null
    : { path, expected: 'array with at least one entry', found: 'empty array' };
}

/** The JSON type of a value. */
export function nameType(value: unknown): string {
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
