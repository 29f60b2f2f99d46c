import { usageError } from '../errors.js';
import { type ColumnMap, describeMissing, matchColumns } from '../files/columns.js';
import { readCsv, type TableRow } from '../files/csv.js';
import { findJsonLayout, notJson, readJson } from '../files/json.js';
import { type OpenFile, openInput, unreadableCode } from '../files/open.js';
import { readParquet } from '../files/parquet.js';
import { cleanTrackingNumber } from '../files/tracking-number.js';
import type { RegisterRequest } from '../sendcloud/register.js';
import { parseTimestamp } from '../sendcloud/timestamps.js';

/** A row of the file, its cells as text under our names; empty ones are left out. */
export interface FileRow {
  /** `file:line`; in Parquet `file, row n`. */
  place: string;
  cells: Readonly<Record<string, string>>;
}

/** A row, or what is there in the place of one. */
export type ReadRow = FileRow | { place: string; broken: string };

type Check = (value: string) => string | null;

const isCode: Check = (value) =>
  /^[A-Za-z0-9_:./=-]{1,64}$/.test(value) ? null : 'letters, digits and _:./=-, at most 64';
const isCountry: Check = (value) =>
  /^[A-Za-z]{2}$/.test(value) ? null : 'a country of two letters, such as NL';
const isFilled: Check = () => null;
const isWhole: Check = (value) => (/^[1-9]\d{0,15}$/.test(value) ? null : 'a whole number from 1');
const isFlag: Check = (value) => (/^(true|false|0|1)$/i.test(value) ? null : 'true or false');
const isInstant: Check = (value) =>
  /(Z|[+-]\d{2}:?\d{2})$/.test(value) && parseTimestamp(value) !== null
    ? null
    : 'an instant with its zone, such as 2026-11-03T09:30:00Z';

// biome-ignore format: a table reads best as one
const columns: Readonly<Record<string, { check: Check; needed: 'always' | 'for the API' | 'never' }>> = {
  // Checked apart: it is cleaned too.
  tracking_number: { check: isFilled, needed: 'always' },
  carrier_code: { check: isCode, needed: 'for the API' },
  announced_at: { check: isInstant, needed: 'for the API' },
  from_country: { check: isCountry, needed: 'for the API' },
  from_postal_code: { check: isFilled, needed: 'for the API' },
  to_country: { check: isCountry, needed: 'for the API' },
  to_postal_code: { check: isFilled, needed: 'for the API' },
  contract_id: { check: isWhole, needed: 'for the API' },
  source_id: { check: isFilled, needed: 'for the API' },
  shipping_option_code: { check: isCode, needed: 'never' },
  shipment_source_id: { check: isFilled, needed: 'never' },
  order_number: { check: isFilled, needed: 'never' },
  is_return: { check: isFlag, needed: 'never' },
  brand_id: { check: isWhole, needed: 'never' },
  integration_id: { check: isWhole, needed: 'never' },
};

/** The columns that a parcel file may have. */
export const columnNames = Object.keys(columns);
const neededForApi = columnNames.filter((name) => columns[name]?.needed === 'for the API');

/** What a parcel file holds, and what was noticed before its first row. */
export interface ParcelFile {
  rows: AsyncIterable<ReadRow>;
  /** As messages name it. */
  name: string;
  /** Sendcloud's own report: it tracks these parcels already. */
  isReport: () => boolean;
  /** Names of columns that are left out; complete once the rows were read. */
  leftOut: Set<string>;
  /** Lines that were read past before the header. */
  skippedLines: number;
}

const mostEntryBytes = 1_000_000;

function toRow(place: string, names: readonly (string | null)[], values: readonly string[]): FileRow {
  const filled = names.flatMap((name, index) => {
    const value = values[index]?.trim() ?? '';
    return name === null || value === '' ? [] : [[name, value] as const];
  });
  return { place, cells: Object.fromEntries(filled) };
}

async function* nameRows(
  rows: AsyncIterable<TableRow>,
  names: readonly (string | null)[],
): AsyncGenerator<ReadRow> {
  for await (const row of rows) yield 'broken' in row ? row : toRow(row.place, names, row.cells);
}

/** A value of JSON as a CSV would have it. What cannot be a cell keeps its brackets, by which it is refused. */
function writeJsonValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? (Array.isArray(value) ? '[]' : '{}') : String(value);
}

function readJsonRows(file: OpenFile, map: ColumnMap): ParcelFile {
  const leftOut = new Set<string>();
  const seen = new Set<string>();
  const matched = new Map<string, readonly (string | null)[]>();
  let isReport = false;
  let hasNumber = false;
  const matchKeys = (place: string, keys: readonly string[]) => {
    const id = keys.join('\n');
    const known = matched.get(id);
    if (known !== undefined) return known;
    const found = matchColumns(place, keys, columnNames, map);
    for (const name of found.leftOut) leftOut.add(name);
    for (const key of keys) seen.add(key);
    isReport ||= found.isReport;
    hasNumber ||= found.names.includes('tracking_number');
    // Records that all differ in their keys would fill it.
    if (matched.size < 1000) matched.set(id, found.names);
    return found.names;
  };
  async function* readRows(): AsyncGenerator<ReadRow> {
    const entries = readJson(file.chunks, findJsonLayout(file.head), {
      maxBytes: mostEntryBytes,
      keepsDigits: true,
    });
    for await (const entry of entries) {
      const place = `${file.name}${entry.place}`;
      if ('broken' in entry)
        yield {
          place,
          broken: entry.broken === notJson ? 'not a JSON object' : entry.broken,
        };
      else if (typeof entry.value !== 'object' || entry.value === null || Array.isArray(entry.value))
        yield { place, broken: 'not a JSON object' };
      else {
        const keys = Object.keys(entry.value);
        yield toRow(place, matchKeys(place, keys), Object.values(entry.value).map(writeJsonValue));
      }
    }
    if (!hasNumber && seen.size > 0) throw describeMissing(file.name, [...seen], columnNames, map);
  }
  return { rows: readRows(), name: file.name, isReport: () => isReport, leftOut, skippedLines: 0 };
}

/** What came before the damage is read, and the damage is named. */
async function* nameDamage(rows: AsyncIterable<ReadRow>, name: string): AsyncGenerator<ReadRow> {
  try {
    yield* rows;
  } catch (error) {
    const code = unreadableCode(error);
    if (code === null) throw error;
    yield { place: name, broken: `cannot be read further (${code}): mend it and run it again` };
  }
}

/**
 * The rows of a CSV, JSON or Parquet file, packed or not, by its first bytes.
 * @throws ParcelmetricsError (exit code 2) for a file that holds none, or whose columns say nothing of a tracking number.
 */
export async function openParcelFile(path: string, map: ColumnMap = {}): Promise<ParcelFile> {
  const file = await openInput(path);
  const { name } = file;
  try {
    if (file.form === 'parquet') {
      await file.close();
      const { headers, rows } = await readParquet(name);
      const found = matchColumns(name, headers, columnNames, map);
      if (!found.names.includes('tracking_number')) throw describeMissing(name, headers, columnNames, map);
      return {
        rows: nameDamage(nameRows(rows, found.names), name),
        name,
        isReport: () => found.isReport,
        leftOut: new Set(found.leftOut),
        skippedLines: 0,
      };
    }
    if (/^\s*[[{]/.test(file.head)) {
      const parcels = readJsonRows(file, map);
      return { ...parcels, rows: nameDamage(parcels.rows, name) };
    }
    const table = readCsv(name, file.head, file.chunks, columnNames, map);
    const { isReport, leftOut, names } = table.columns;
    return {
      rows: nameDamage(nameRows(table.rows, names), name),
      name,
      isReport: () => isReport,
      leftOut: new Set(leftOut),
      skippedLines: table.skippedLines,
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A row that was checked: how it is registered, or what is wrong with it, by column and never by value. */
export type CheckedRow =
  | { kind: 'known' | 'for the API'; row: FileRow; mistakes: string[] }
  | { kind: 'bad'; mistakes: string[] };

/**
 * Checks a row. `isKnown`: Sendcloud tracks the parcel already, so that its number is all that is needed; a row with none of the
 * columns that the API wants is taken so too.
 */
export function checkRow({ place, cells }: FileRow, isKnown: boolean): CheckedRow {
  const mistakes: string[] = [];
  const cleaned = cleanTrackingNumber(cells.tracking_number ?? '');
  if ('trouble' in cleaned) mistakes.push(`${place}: tracking_number ${cleaned.trouble}`);
  const row = { place, cells: { ...cells, tracking_number: 'number' in cleaned ? cleaned.number : '' } };
  const isForApi =
    !isKnown && neededForApi.some((name) => name !== 'carrier_code' && cells[name] !== undefined);
  if (!isForApi) {
    const carrier = cells.carrier_code;
    const expected = carrier === undefined ? null : isCode(carrier);
    if (mistakes.length > 0) return { kind: 'bad', mistakes };
    if (expected === null) return { kind: 'known', row, mistakes };
    // The answers of the API name the carrier too: a parcel is not given up for that.
    const { carrier_code: _, ...rest } = row.cells as Record<string, string>;
    return {
      kind: 'known',
      row: { place, cells: rest },
      mistakes: [`${place}: carrier_code should be ${expected}: registered without it`],
    };
  }
  for (const name of neededForApi)
    if (cells[name] === undefined) mistakes.push(`${place}: ${name} is missing`);
  for (const [name, value] of Object.entries(cells)) {
    const expected = columns[name]?.check(value) ?? null;
    if (expected !== null) mistakes.push(`${place}: ${name} should be ${expected}`);
  }
  return mistakes.length > 0 ? { kind: 'bad', mistakes } : { kind: 'for the API', row, mistakes };
}

/** What is wrong with a file that has not one usable row. */
export function nothingUsable(name: string, mistakes: readonly string[], more: number) {
  const rest = more > 0 ? `\nand ${more} more` : '';
  return mistakes.length === 0
    ? usageError(`${name}: it has no row`, {
        hint: 'Nothing was registered. See why the file was written without one.',
      })
    : usageError(`${mistakes.join('\n')}${rest}`, {
        hint: 'Nothing was registered. Mend the file and run it again.',
      });
}

/** A checked row as the request that registers it. */
export function toRegisterRequest({ cells }: FileRow): RegisterRequest {
  const text = (name: string) => cells[name] ?? '';
  const whole = (name: string) => (cells[name] === undefined ? undefined : Number(cells[name]));
  return {
    trackingNumber: text('tracking_number'),
    carrierCode: text('carrier_code'),
    announcedAt: text('announced_at'),
    fromCountry: text('from_country').toUpperCase(),
    fromPostalCode: text('from_postal_code'),
    toCountry: text('to_country').toUpperCase(),
    toPostalCode: text('to_postal_code'),
    contractId: whole('contract_id'),
    sourceId: text('source_id'),
    shippingOptionCode: cells.shipping_option_code,
    shipmentSourceId: cells.shipment_source_id,
    orderNumber: cells.order_number,
    isReturn: cells.is_return === undefined ? undefined : /^(true|1)$/i.test(cells.is_return),
    brandId: whole('brand_id'),
    integrationId: whole('integration_id'),
  };
}
