import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteName, quoteText } from '../../queries/quoting.js';
import { hashFile } from './publish.js';

// What was published lies on the disk once: marts whose public tables are left out go on from the snapshot that holds them.

/** A table of one row in such marts: the file that holds the others, as seen from their folder, and its checksum. */
const pointer = 'public_tables_in';
/** What no build makes again: since when a difference passes. */
const history = 'case_history';

/** A DuckDB file of a snapshot and its checksum; `isSound`: it is there, and what was published. */
export interface Holder {
  path: string;
  isSound: boolean;
}

async function listTables(connection: DuckDBConnection, catalog: string): Promise<string[]> {
  const reader = await connection.runAndReadAll(
    `select table_name from duckdb_tables() where database_name = ${quoteText(catalog)} and not internal order by table_name`,
  );
  return reader.getRows().map(([name]) => String(name));
}

/**
 * Copies the tables that a catalog of marts has beside the public ones into an empty one, and with them where those are.
 * @param marts the path of the marts, which both are of.
 */
export async function copyWithoutPublic(
  connection: DuckDBConnection,
  [from, to]: [string, string],
  marts: string,
  { tables, path, sha256 }: { tables: readonly string[]; path: string; sha256: string },
): Promise<void> {
  const kept = (await listTables(connection, from)).filter(
    (name) => name !== pointer && !tables.includes(name),
  );
  await copyTables(connection, [from, to], kept);
  await connection.run(
    `create table ${to}.main.${pointer} as select $1::varchar as path, $2::varchar as sha256`,
    [relative(realpathSync(dirname(marts)), realpathSync(path)), sha256],
  );
}

async function copyTables(
  connection: DuckDBConnection,
  [from, to]: [string, string],
  tables: readonly string[],
): Promise<void> {
  for (const name of tables.map(quoteName))
    await connection.run(`create table ${to}.main.${name} as select * from ${from}.main.${name}`);
}

/** Which file holds the public tables of marts attached as `catalog`; null where they hold them themselves. */
export async function findHolder(
  connection: DuckDBConnection,
  catalog: string,
  marts: string,
): Promise<Holder | null> {
  if (!(await listTables(connection, catalog)).includes(pointer)) return null;
  const reader = await connection.runAndReadAll(`select path, sha256 from ${catalog}.main.${pointer}`);
  const [place, sha256] = (reader.getRows()[0] ?? []).map(String);
  const path = join(realpathSync(dirname(marts)), place ?? '');
  return { path, isSound: existsSync(path) && (await hashFile(path)) === sha256 };
}

/**
 * Brings what such marts kept into a catalog that has their public tables: all of it, or, where those are lost and everything is to be
 * derived again, what no build makes.
 */
export async function bringKept(
  connection: DuckDBConnection,
  names: [string, string],
  isWhole: boolean,
): Promise<void> {
  const kept = (await listTables(connection, names[0])).filter(
    (name) => name !== pointer && (isWhole || name === history),
  );
  await copyTables(connection, names, kept);
}

/** What is wrong with a holder that is not sound. */
export function describeLoss({ path }: Holder): string {
  return existsSync(path) ? `${path} is not what was published` : `${path} is gone`;
}
