import type { DuckDBConnection } from '@duckdb/node-api';
import type { Manifest } from './publish.js';
import { inTransaction } from './warehouse.js';

const key = 'removed_since_publish';
/** A handful of parcels may halve from one night to the next. */
const fewestParcels = 20;

async function readRemoved(connection: DuckDBConnection): Promise<number> {
  const reader = await connection.runAndReadAll('select value from meta where key = $1', [key]);
  return Number(reader.getRows()[0]?.[0] ?? 0);
}

/** Takes note of parcels that were removed on purpose: they explain a fall. */
export async function noteRemoved(connection: DuckDBConnection, parcels: number): Promise<void> {
  if (parcels === 0) return;
  const removed = (await readRemoved(connection)) + parcels;
  await inTransaction(connection, async () => {
    await connection.run('delete from meta where key = $1', [key]);
    await connection.run('insert into meta values ($1, $2)', [key, String(removed)]);
  });
}

/** What was published now holds what was removed. */
export async function forgetRemoved(connection: DuckDBConnection): Promise<void> {
  await connection.run('delete from meta where key = $1', [key]);
}

/**
 * What is wrong where far fewer parcels would be published than are now, and neither a removal nor an earlier clock explains it; else
 * null.
 * @param parcels how many would be published, and as of when (ISO 8601).
 */
export async function findFall(
  connection: DuckDBConnection,
  published: Manifest | null,
  { parcels, asOf }: { parcels: number; asOf: string },
): Promise<string | null> {
  const before = published?.tables.parcels?.rows ?? 0;
  if (published === null || before < fewestParcels || asOf < published.as_of) return null;
  const expected = before - (await readRemoved(connection));
  if (parcels * 2 >= expected) return null;
  return `parcels would fall from ${before} to ${parcels}, and nothing that was forgotten or kept no longer explains it`;
}
