import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { LakeError } from '../errors.js';
import { writeKey } from '../keys.js';
import { quoteText } from '../quoting.js';
import type { LakeLayout, LakeTable } from './trino/landed.js';

/** Accounts whose parcels lie in a lake, and are built together. */
export interface Lake {
  folder: string;
  accounts: readonly string[];
  layout: LakeLayout;
}

/** Columns of landed tables that say something within their account only: there the key takes the number's place, and a run gets its account too. */
const keyed = new Set(['tracking_number', 'alias_of', 'run_id']);

/** SQL of a landed column, as a build of several accounts has it. */
export function writeLandedColumn(column: string, { account }: LakeLayout): string {
  return keyed.has(column) ? writeKey(`landed.${account}`, `landed.${column}`) : `landed.${column}`;
}

/** The registry as the build found it: an account that writes meanwhile is seen by the next one. */
const frozen = 'lake_registry';

interface Column {
  name: string;
  type: string;
}

async function readTexts(connection: DuckDBConnection, sql: string): Promise<string[][]> {
  return (await connection.runAndReadAll(sql)).getRows().map((row) => row.map(String));
}

async function listColumns(connection: DuckDBConnection, { name, only }: LakeTable): Promise<Column[]> {
  const rows = await readTexts(connection, `select column_name, column_type from (describe ${name})`);
  return rows
    .map(([column = '', type = '']) => ({ name: column, type }))
    .filter((column) => only?.includes(column.name) ?? true);
}

const readFiles = (paths: readonly string[]) =>
  `read_parquet([${paths.map(quoteText)}], union_by_name = true)`;

/**
 * Shows the landed tables as the lake has them, the newest rows of each number, under their own names: temporary relations go before all
 * others. What is replaced by each run is read now, and once, so that the build sees one state of each account.
 * @throws LakeError naming a file that should be there.
 */
export async function showLake(connection: DuckDBConnection, lake: Lake): Promise<void> {
  const { folder, accounts, layout } = lake;
  const { tables, account, file } = layout;
  await hideLake(connection, lake);
  const requireFiles = (table: string, files: readonly (readonly [account: string, file?: string])[]) =>
    files.map(([owner, name]) => {
      const path = join(folder, table, layout.nameFile(owner, name));
      if (!existsSync(path)) throw new LakeError(owner, path);
      return path;
    });
  const ofAccounts = accounts.map((owner) => [owner] as const);
  await connection.run(
    `create temp table ${frozen} as from ${readFiles(requireFiles('registry', ofAccounts))}`,
  );
  const files = (
    await readTexts(
      connection,
      `select distinct ${account}, ${file} from ${frozen} where ${file} is not null order by all`,
    )
  ).map(([owner = '', name = '']) => [owner, name] as const);
  for (const table of tables) {
    const { name, isVersioned } = table;
    const columns = await listColumns(connection, table);
    const select = columns
      .map((column) => `cast(${writeLandedColumn(column.name, layout)} as ${column.type}) as ${column.name}`)
      .join(', ');
    if (name === 'registry') {
      await connection.run(`create temp view ${name} as select ${select} from ${frozen} as landed`);
    } else if (!isVersioned) {
      const source = readFiles(requireFiles(name, ofAccounts));
      await connection.run(`create temp table ${name} as select ${select} from ${source} as landed`);
    } else if (files.length === 0) {
      const nothing = columns.map((column) => `cast(null as ${column.type}) as ${column.name}`);
      await connection.run(`create temp view ${name} as select ${nothing} where false`);
    } else {
      await connection.run(`
        create temp view ${name} as
        select ${select}
        from ${readFiles(requireFiles(name, files))} as landed
        inner join ${frozen} as numbers
          on landed.${account} = numbers.${account}
          and landed.tracking_number = numbers.tracking_number
          and landed.${file} = numbers.${file}`);
    }
  }
}

/** The names mean the landed tables of the warehouse again. */
export async function hideLake(connection: DuckDBConnection, { layout }: Lake): Promise<void> {
  const names = [frozen, ...layout.tables.map(({ name }) => name)];
  const found = await readTexts(
    connection,
    `select 'table', table_name from duckdb_tables() where temporary
     union all
     select 'view', view_name from duckdb_views() where temporary and not internal`,
  );
  for (const [kind, name = ''] of found)
    if (names.includes(name)) await connection.run(`drop ${kind} temp.${name}`);
}
