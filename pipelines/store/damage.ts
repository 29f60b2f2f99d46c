import { rmSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteName } from '../../queries/quoting.js';
import { type ParcelmetricsError, warehouseError } from '../errors.js';

// DuckDB's errors have no codes: the wording of the pinned version is held by tests.
const damageWords =
  /Corrupt database file|Could not read enough bytes|not a valid DuckDB database|Corrupt WAL|replaying WAL/i;

/** What brings a damaged warehouse back. */
export const restoreHint =
  'Nothing was published from it. `parcelmetrics restore` makes it again from a copy, from exported responses or from a ' +
  'snapshot, and moves this one aside.';

/** Whether an error, or what caused it, says that a database file's bytes are not those that were written. */
export function isDamage(error: unknown): boolean {
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth++
  ) {
    if (damageWords.test(current.message)) return true;
  }
  return false;
}

async function canReadAll(connection: DuckDBConnection): Promise<boolean> {
  try {
    const tables = await connection.runAndReadAll(
      'select table_name from duckdb_tables() where not internal and not temporary and database_name = current_database()',
    );
    for (const [table] of tables.getRows())
      await connection.runAndReadAll(`select max(hash(kept)) from ${quoteName(String(table))} as kept`);
    return true;
  } catch {
    return false;
  }
}

/**
 * Tells which file is damaged after a run met bytes that are not those that were written. Of two the marts are derived: they are
 * removed, and the next build makes them again.
 */
export async function explainDamage(
  connection: DuckDBConnection,
  { warehouse, marts }: { warehouse: string; marts: string },
  cause: unknown,
): Promise<ParcelmetricsError> {
  if (!(await canReadAll(connection)))
    return warehouseError(`${warehouse} is damaged`, { hint: restoreHint, cause });
  for (const file of [marts, `${marts}.wal`]) rmSync(file, { force: true });
  return warehouseError(`${marts} was damaged and is removed`, {
    hint: 'Nothing is lost: it is derived from the warehouse. Run the same command again.',
    cause,
  });
}
