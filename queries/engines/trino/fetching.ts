import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { DuckDBDateValue, DuckDBTimestampValue } from '../../driver.js';
import { quoteText } from '../../quoting.js';
import { type TrinoClient, TrinoError } from './client.js';
import { toTrinoType } from './landed.js';

/** Where Trino writes what is fetched, and where that lies here. */
export interface FetchingPlace {
  /** The folder in the lake, of this run alone, as Trino names it and as it is called here. */
  url: string;
  folder: string;
}

/**
 * Brings rows from Trino: as files of Parquet, which it writes into the lake and DuckDB reads, or over HTTP, as JSON. For many rows files
 * take a small part of the CPU on both sides; for few their statement costs more than it saves.
 */
export interface Fetching {
  /** @returns why all rows are to come over HTTP, or null. @throws TrinoError where Trino does not answer. */
  prepare(): Promise<string | null>;
  /** Fills a table of this process, which is there. @param expected how many rows there are, where that is known. @returns how many came. */
  fetch(select: { from: string; where?: string }, into: string, expected?: number): Promise<number>;
  /** Removes what Trino wrote: of tables outside its own folders it drops the names alone. */
  clear(): void;
}

/** Up to so many rows come over HTTP. */
const fewRows = 10_000;
const millisecondsInDay = 86_400_000;

interface Column {
  name: string;
  type: string;
}

/** The columns of a table of this process, with DuckDB's types. */
export async function readColumns(connection: DuckDBConnection, table: string): Promise<Column[]> {
  const reader = await connection.runAndReadAll(`select column_name, column_type from (describe ${table})`);
  return reader.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }));
}

/** An appender to `table`, `temp.table` aside: what a bare name means, a temporary one before one of the marts. */
function createAppender(connection: DuckDBConnection, table: string): Promise<DuckDBAppender> {
  const [, catalog, name] = /^"(.*)"\.main\.(\w+)$/.exec(table) ?? [];
  return name === undefined
    ? connection.createAppender(table)
    : connection.createAppender(name, 'main', catalog);
}

/** Microseconds of Trino's text of an instant, such as 2026-01-31 09:41:00.123456. */
function readMicros(text: string): bigint {
  const [, sign = '', year = '', month, day, hour, minute, second, fraction = ''] =
    /^([-+]?)(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  const at = new Date(0);
  at.setUTCFullYear(Number(`${sign}${year}`), Number(month) - 1, Number(day));
  at.setUTCHours(Number(hour), Number(minute), Number(second));
  return BigInt(at.getTime()) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
}

/** The day of Trino's text of a date, counted from 1970-01-01. */
function readDay(text: string): number {
  return Number(readMicros(`${text} 00:00:00`) / 1000n) / millisecondsInDay;
}

type Append = (appender: DuckDBAppender, value: unknown) => void;

const appends: Readonly<Record<string, Append>> = {
  VARCHAR: (appender, value) => appender.appendVarchar(String(value)),
  INTEGER: (appender, value) => appender.appendInteger(Number(value)),
  BIGINT: (appender, value) => appender.appendBigInt(BigInt(value as number)),
  DOUBLE: (appender, value) => appender.appendDouble(Number(value)),
  BOOLEAN: (appender, value) => appender.appendBoolean(value === true),
  DATE: (appender, value) => appender.appendDate(new DuckDBDateValue(readDay(String(value)))),
  TIMESTAMP: (appender, value) =>
    appender.appendTimestamp(new DuckDBTimestampValue(readMicros(String(value)))),
};

export function openFetching(
  connection: DuckDBConnection,
  client: TrinoClient,
  { url, folder }: FetchingPlace,
): Fetching {
  let isByFiles = false;
  let fetches = 0;

  /** The rows of a select as files in the lake. @returns how many rows, and a relation of DuckDB that reads them. */
  const write = async (columns: readonly Column[], from: string) => {
    fetches += 1;
    const name = `fetched_${fetches}`;
    const place = join(folder, name);
    // Made here and filled in a second statement: Trino makes no folder for no rows, and none of its own where one is.
    mkdirSync(place, { recursive: true, mode: 0o700 });
    const typed = columns.map((column) => ({ ...column, type: toTrinoType(column.type) }));
    await client.run(
      `create table ${name} (${typed.map((column) => `${column.name} ${column.type}`).join(', ')})
       with (external_location = ${quoteText(`${url}/${name}`)}, format = 'PARQUET')`,
    );
    const values = typed.map((column) => `cast(${column.name} as ${column.type})`).join(', ');
    const [row] = await client.readRows(`insert into ${name} select ${values} from ${from}`);
    const count = Number(row?.[0] ?? 0);
    // What begins so is no file of a table's.
    const files = readdirSync(place).filter((file) => !/^[._]/.test(file));
    if (files.length === 0 && count > 0) throw new Error(`${place} is empty`);
    const paths = files.map((file) => quoteText(join(place, file)));
    return { count, place, relation: `read_parquet([${paths}], hive_partitioning = false)` };
  };

  const fetchByFiles = async (columns: readonly Column[], from: string, into: string): Promise<number> => {
    const { count, place, relation } = await write(columns, from);
    if (count === 0) return 0;
    const list = columns.map(({ name, type }) => `cast(${name} as ${type}) as ${name}`);
    const reader = await connection.runAndReadAll(
      `insert into ${into} by name select ${list} from ${relation}`,
    );
    const seen = Number(reader.getRows()[0]?.[0]);
    if (seen !== count) throw new Error(`Trino wrote ${count} rows to ${place}, of which ${seen} are there`);
    return count;
  };

  const fetchByHttp = async (columns: readonly Column[], select: string, into: string): Promise<number> => {
    const appender = await createAppender(connection, into);
    let count = 0;
    for await (const { rows } of client.pages(select)) {
      for (const row of rows) {
        for (const [at, { name, type }] of columns.entries()) {
          const append = appends[type];
          if (append === undefined)
            throw new RangeError(`${name}: a column of type ${type} cannot be fetched`);
          if (row[at] === null) appender.appendNull();
          else append(appender, row[at]);
        }
        appender.endRow();
      }
      count += rows.length;
      appender.flushSync();
    }
    appender.closeSync();
    return count;
  };

  return {
    async prepare() {
      try {
        const { relation } = await write(
          [{ name: 'probe', type: 'BIGINT' }],
          '(select 7 as probe) as probed',
        );
        const reader = await connection.runAndReadAll(`select probe from ${relation}`);
        if (Number(reader.getRows()[0]?.[0]) !== 7)
          throw new Error(`${folder} has other rows than were written`);
        isByFiles = true;
        return null;
      } catch (error) {
        if (error instanceof TrinoError && error.query === null) throw error;
        return error instanceof Error ? error.message : String(error);
      }
    },
    async fetch({ from, where }, into, expected = Number.POSITIVE_INFINITY) {
      const columns = await readColumns(connection, into);
      const rows = where === undefined ? from : `${from} where ${where}`;
      if (isByFiles && expected > fewRows) return fetchByFiles(columns, rows, into);
      const list = columns.map(({ name }) => name).join(', ');
      return fetchByHttp(columns, `select ${list} from ${rows}`, into);
    },
    clear: () => rmSync(folder, { recursive: true, force: true }),
  };
}
