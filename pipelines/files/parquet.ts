import type { DuckDBConnection } from '@duckdb/node-api';
import { usageError } from '../errors.js';
import { DuckDBInstance, DuckDBTimestampTZValue, DuckDBTypeId } from '../store/driver.js';
import type { TableRow } from './csv.js';
import { escapePattern } from './zstd.js';

/** The names of a Parquet file's columns, and its rows. */
export interface ParquetTable {
  headers: string[];
  rows: AsyncIterable<TableRow>;
}

// Whole numbers below these are the same before and after they were a floating-point number.
const exactLimits = new Map([
  [DuckDBTypeId.FLOAT, 2 ** 24],
  [DuckDBTypeId.DOUBLE, 2 ** 53],
]);

/** A value as a CSV would have it: an instant in ISO 8601; a floating-point number that has lost digits in scientific notation. */
function writeValue(value: unknown, type: DuckDBTypeId | undefined): string {
  if (value instanceof DuckDBTimestampTZValue) return new Date(Number(value.micros / 1000n)).toISOString();
  if (typeof value === 'number') {
    const limit = exactLimits.get(type ?? DuckDBTypeId.INVALID);
    if (limit !== undefined && Math.abs(value) >= limit) return value.toExponential();
  }
  return value?.toString() ?? '';
}

/** A database of its own: the next statement on a connection ends the rows that it still streams. */
async function withDatabase(
  read: (connection: DuckDBConnection) => AsyncGenerator<TableRow>,
): Promise<AsyncGenerator<TableRow>> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '256MB' });
  const connection = await instance.connect();
  async function* readAndClose() {
    try {
      yield* read(connection);
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  }
  return readAndClose();
}

/** @throws ParcelmetricsError (exit code 2) for a file that only begins like Parquet. */
export async function readParquet(path: string): Promise<ParquetTable> {
  const headers: string[] = [];
  const types: DuckDBTypeId[] = [];
  const rows = await withDatabase(async function* (connection) {
    const unreadable = () => Object.assign(new Error('the Parquet file is damaged'), { code: 'Z_PARQUET' });
    const result = await connection
      .stream('select * from read_parquet($1)', [escapePattern(path)])
      .catch(() => {
        // The engine's words may quote what it read.
        throw usageError(`${path} cannot be read as Parquet`, {
          hint: 'Nothing was read from it. Write it again.',
        });
      });
    headers.push(...result.columnNames());
    types.push(...result.columnTypes().map(({ typeId }) => typeId));
    yield { place: path, cells: [] };
    let row = 0;
    const chunks = result.yieldRows();
    for (;;) {
      const next = await chunks.next().catch(() => {
        throw unreadable();
      });
      if (next.done) return;
      for (const values of next.value) {
        row += 1;
        yield {
          place: `${path}, row ${row}`,
          cells: values.map((value, index) => writeValue(value, types[index])),
        };
      }
    }
  });
  // The first is no row: once it is there, the columns are known.
  await rows.next();
  return { headers, rows };
}
