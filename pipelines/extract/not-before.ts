import type { DuckDBConnection } from '@duckdb/node-api';
import { inTransaction } from '../store/warehouse.js';

/** The instant before which no run asks the API, because it said so; null when it said nothing, or the time has come. */
export async function readNotBefore(connection: DuckDBConnection, nowMs = Date.now()): Promise<Date | null> {
  const reader = await connection.runAndReadAll(`select value from meta where key = 'not_before'`);
  const value = reader.getRows()[0]?.[0];
  const at = typeof value === 'string' ? new Date(value) : null;
  return at !== null && at.getTime() > nowMs ? at : null;
}

export async function writeNotBefore(connection: DuckDBConnection, at: Date): Promise<void> {
  await inTransaction(connection, async () => {
    await connection.run(`delete from meta where key = 'not_before'`);
    await connection.run(`insert into meta values ('not_before', $1)`, [at.toISOString()]);
  });
}
