import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import { DuckDBInstance, DuckDBTimestampTZValue } from '@duckdb/node-api';
import { parse } from 'csv-parse';
import { usageError } from '../errors.js';
import { isTrackingNumber } from '../sendcloud/allow-list.js';
import type { RegisterRequest } from '../sendcloud/register.js';
import { parseTimestamp } from '../sendcloud/timestamps.js';
import { readLines } from './lines.js';

/** A row of the file, its cells as text; empty ones are left out. */
export interface FileRow {
  /** `file:line`; in Parquet `file, row n`. */
  place: string;
  cells: Readonly<Record<string, string>>;
}

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
const isNumber: Check = (value) =>
  isTrackingNumber(value) ? null : '1 to 255 characters, none of them a control character';

// biome-ignore format: a table reads best as one
const columns: Readonly<Record<string, { check: Check; needed: 'always' | 'for the API' | 'never' }>> = {
  tracking_number: { check: isNumber, needed: 'always' },
  carrier_code: { check: isCode, needed: 'always' },
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

const hint = 'Nothing was registered. Mend the file and run it again.';

function toText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value.trim() : String(value);
}

function toRow(place: string, record: Record<string, unknown>): FileRow {
  const filled = Object.entries(record).map(([name, value]) => [name.trim(), toText(value)] as const);
  return { place, cells: Object.fromEntries(filled.filter(([, value]) => value !== '')) };
}

/** The mark between cells: of comma, semicolon and tab the one that the header has most of. */
function findDelimiter(file: string): string {
  const start = Buffer.alloc(64 * 1024);
  const handle = openSync(file, 'r');
  const length = readSync(handle, start);
  closeSync(handle);
  const header = /[^\r\n]+/.exec(start.toString('utf8', 0, length))?.[0] ?? '';
  const marks = [',', ';', '\t'];
  return marks.reduce((best, mark) => (header.split(mark).length > header.split(best).length ? mark : best));
}

async function* readCsv(file: string): AsyncGenerator<FileRow> {
  const parser = createReadStream(file).pipe(
    parse({
      bom: true,
      columns: true,
      delimiter: findDelimiter(file),
      info: true,
      skip_empty_lines: true,
      trim: true,
    }),
  );
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: Record<string, string>;
      info: { lines: number };
    }>) {
      yield toRow(`${file}:${info.lines}`, record);
    }
  } catch (error) {
    const { lines, column, message } = error as {
      lines?: number;
      column?: string | number | null;
      message?: string;
    };
    const where = lines === undefined ? file : `${file}:${lines}`;
    const at = column === undefined || column === null ? '' : `, column ${column}`;
    const [, cells, found] = /columns length is (\d+), got (\d+)/.exec(message ?? '') ?? [];
    if (cells !== undefined)
      throw usageError(`${where}: ${found} cells, where the header has ${cells}`, { hint });
    // The parser's own words may quote the line, which may hold an address.
    const what =
      /Invalid Record Length|Quote|Invalid Opening Quote/i.exec(message ?? '')?.[0] ?? 'cannot be read';
    throw usageError(`${where}${at}: not a row of this CSV (${what.toLowerCase()})`, {
      hint,
      cause: undefined,
    });
  }
}

async function* readNdjson(file: string): AsyncGenerator<FileRow> {
  let line = 0;
  for await (const text of readLines(createReadStream(file), 1_000_000)) {
    line += 1;
    if (text?.trim() === '') continue;
    let record: unknown = null;
    try {
      record = text === null ? null : JSON.parse(text.replace(/^\uFEFF/, ''));
    } catch {
      record = null;
    }
    if (typeof record !== 'object' || record === null || Array.isArray(record)) {
      throw usageError(`${file}:${line}: not a JSON object`, { hint });
    }
    yield toRow(`${file}:${line}`, record as Record<string, unknown>);
  }
}

async function* readParquet(file: string): AsyncGenerator<FileRow> {
  // A database of its own: the next statement on a connection ends the rows that it still streams.
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '256MB' });
  const connection = await instance.connect();
  try {
    const result = await connection
      .stream('select * from read_parquet($1)', [file])
      .catch((error: unknown) => {
        throw usageError(`${file} cannot be read as Parquet`, { hint, cause: error });
      });
    const names = result.columnNames();
    let row = 0;
    for await (const rows of result.yieldRows()) {
      for (const values of rows) {
        row += 1;
        const record = Object.fromEntries(names.map((name, index) => [name, writeValue(values[index])]));
        yield toRow(`${file}, row ${row}`, record);
      }
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** A value of Parquet as a CSV would have it: an instant in ISO 8601. */
function writeValue(value: unknown): string {
  if (value instanceof DuckDBTimestampTZValue) return new Date(Number(value.micros / 1000n)).toISOString();
  return value?.toString() ?? '';
}

/** The rows of a CSV, NDJSON or Parquet file, by its ending. @throws ParcelmetricsError (exit code 2) naming the place. */
export function readParcelFile(file: string): AsyncGenerator<FileRow> {
  const kind = statSync(file, { throwIfNoEntry: false });
  if (kind === undefined) throw usageError(`${file}: no such file`, { hint });
  if (kind.isDirectory())
    throw usageError(`${file} is a folder`, { hint: 'Name a file; a folder can be the inbox.' });
  if (/\.parquet$/i.test(file)) return readParquet(file);
  return /\.(ndjson|jsonl)$/i.test(file) ? readNdjson(file) : readCsv(file);
}

export interface Checked {
  rows: number;
  /** Names of columns that are not known, and left out. */
  unknownColumns: string[];
}

const mostProblems = 20;

/**
 * Reads the whole file once and checks every row, so that nothing is sent of a file with a mistake in its last line.
 * @throws ParcelmetricsError (exit code 2) listing up to twenty places with column and what was expected, never the value.
 */
export async function checkParcelFile(rows: AsyncIterable<FileRow>, isForApi: boolean): Promise<Checked> {
  const problems: string[] = [];
  const unknown = new Set<string>();
  let problemCount = 0;
  let count = 0;
  const needed = Object.entries(columns).filter(
    ([, column]) => column.needed === 'always' || (isForApi && column.needed === 'for the API'),
  );
  const add = (problem: string) => {
    problemCount += 1;
    if (problems.length < mostProblems) problems.push(problem);
  };
  for await (const { place, cells } of rows) {
    count += 1;
    for (const [name] of needed) if (cells[name] === undefined) add(`${place}: ${name} is missing`);
    for (const [name, value] of Object.entries(cells)) {
      const column = columns[name];
      if (column === undefined) unknown.add(name);
      const expected = column?.check(value) ?? null;
      if (expected !== null) add(`${place}: ${name} should be ${expected}`);
    }
  }
  if (problemCount > 0) {
    const more = problemCount > problems.length ? `\nand ${problemCount - problems.length} more` : '';
    throw usageError(`${problems.join('\n')}${more}`, { hint });
  }
  return { rows: count, unknownColumns: [...unknown].sort() };
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
