import type { DuckDBConnection } from '@duckdb/node-api';

/** The instant before which no run asks the API, because it said so; null when it said nothing. */
export async function readNotBefore(connection: DuckDBConnection): Promise<Date | null> {
  const reader = await connection.runAndReadAll(`select value from meta where key = 'not_before'`);
  const value = reader.getRows()[0]?.[0];
  return typeof value === 'string' ? new Date(value) : null;
}

export async function writeNotBefore(connection: DuckDBConnection, at: Date): Promise<void> {
  await connection.run(`delete from meta where key = 'not_before'`);
  await connection.run(`insert into meta values ('not_before', $1)`, [at.toISOString()]);
}
