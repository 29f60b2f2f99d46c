import {
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';

/** Reads the published snapshot; rows are plain objects (see `toPlain`). */
export interface Reader {
  all<T>(sql: string, values?: (string | number | boolean | null)[]): Promise<T[]>;
  close(): void;
}

/** Runs a query on a snapshot, or on the marts, and hands its rows over as plain objects. */
export type ReadRows = <T>(sql: string, values?: (string | number | boolean | null)[]) => Promise<T[]>;

export type Plain = string | number | bigint | boolean | null | Plain[] | { [key: string]: Plain };

/**
 * A DuckDB value as JavaScript has it: whole numbers as number (bigint beyond 2^53), decimals as number, dates 'YYYY-MM-DD',
 * timestamps ISO 8601 in UTC ('2026-11-03T04:12:00.123456Z', no fraction when there is none), the rest as DuckDB prints it.
 */
export function toPlain(value: DuckDBValue | undefined): Plain {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== 'object') return value;
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBTimestampValue) return `${value.toString().replace(' ', 'T')}Z`;
  if (value instanceof DuckDBTimestampTZValue)
    return `${new DuckDBTimestampValue(value.micros).toString().replace(' ', 'T')}Z`;
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBBlobValue) return value.toString();
  return value.toString();
}

/** Runs a query and hands its rows over as plain objects. */
export async function readRows<T>(
  connection: DuckDBConnection,
  sql: string,
  values: (string | number | boolean | null)[] = [],
): Promise<T[]> {
  const reader = await connection.runAndReadAll(sql, values);
  const names = reader.deduplicatedColumnNames();
  return reader
    .getRows()
    .map((row) => Object.fromEntries(names.map((name, index) => [name, toPlain(row[index])])) as T);
}

/** Opens a snapshot for reading; nothing is locked that a night would need. */
export async function openReader(
  path: string,
  options: { threads?: number; memoryLimit?: string } = {},
): Promise<Reader> {
  const instance = await DuckDBInstance.create(path, {
    access_mode: 'READ_ONLY',
    threads: String(options.threads ?? 1),
    memory_limit: options.memoryLimit ?? '1GB',
  });
  const connection = await instance.connect();
  await connection.run("set TimeZone = 'UTC'");
  return {
    all: (sql, values) => readRows(connection, sql, values),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
