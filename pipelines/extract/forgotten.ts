import type { DuckDBConnection } from '@duckdb/node-api';
import { digestOf } from './landing.js';

/** The keyed hashes of the numbers that were erased and must not come back. */
export async function readForgotten(connection: DuckDBConnection): Promise<ReadonlySet<string>> {
  const reader = await connection.runAndReadAll('select digest from forgotten_numbers');
  return new Set(reader.getRows().map(([digest]) => String(digest)));
}

export function isForgotten(forgotten: ReadonlySet<string>, key: Buffer, trackingNumber: string): boolean {
  return forgotten.size > 0 && forgotten.has(digestOf(key, trackingNumber));
}
