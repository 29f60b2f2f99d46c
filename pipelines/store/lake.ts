import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteText } from '../../queries/quoting.js';
import { syncToDisk } from './versions.js';

/** A landed table that staging reads: with a file a run, or, where rows are few or change without a poll, one that is replaced. */
interface LandedTable {
  name: string;
  isVersioned: boolean;
  /** The only columns that leave the warehouse, where not all do. */
  only?: readonly string[];
}

const tables: readonly LandedTable[] = [
  { name: 'landed_polls', isVersioned: true },
  { name: 'landed_responses', isVersioned: true },
  { name: 'landed_events', isVersioned: true },
  { name: 'registry', isVersioned: false },
  { name: 'landed_shipments', isVersioned: false },
  { name: 'landed_refusals', isVersioned: false, only: ['run_id', 'healed_at'] },
];

/** What lies in the lake, for the engine that reads it: its tables, and the columns beside their own. */
export const lakeLayout = {
  tables,
  account: 'account',
  file: 'lake_file',
  pollCount: 'lake_poll_count',
  fetched: 'fetched',
  nameFile: (account: string, file?: string) =>
    file === undefined ? `${account}.parquet` : `${account}.${file}.parquet`,
} as const;

const { account: accountColumn, file: fileColumn, pollCount: pollCountColumn, nameFile } = lakeLayout;

/**
 * The lake: what was landed, as Parquet, where another engine reads it. A folder a table; in it a file a run and account with all rows of
 * the numbers that the run touched. `registry/<account>.parquet` says of each number in which file its rows are: it is replaced last, so
 * that a reader sees the run before or this one, whole, and a run that was cut off leaves a file that nobody reads.
 */
export interface LakePlace {
  folder: string;
  account: string;
}

export interface LakeWritten {
  /** Numbers with news since the last time. */
  numbers: number;
  /** Numbers that are gone from the warehouse, and so from the lake. */
  erased: number;
}

/** The accounts that have written to a lake, in the order of their names. */
export function listAccounts(folder: string): string[] {
  const place = join(folder, 'registry');
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .flatMap((file) => /^([a-z][a-z0-9_]*)\.parquet$/.exec(file)?.[1] ?? [])
    .sort();
}

const registryFile = ({ folder, account }: LakePlace) => join(folder, 'registry', nameFile(account));

async function readNumber(connection: DuckDBConnection, sql: string): Promise<number> {
  return Number((await connection.runAndReadAll(sql)).getRows()[0]?.[0] ?? 0);
}

/** A file under its name once it is whole and on the disk. */
async function writeFile(connection: DuckDBConnection, select: string, path: string): Promise<void> {
  const draft = path.replace(/([^/]+)$/, '.$1.draft');
  rmSync(draft, { force: true });
  await connection.run(`copy (${select}) to ${quoteText(draft)} (format parquet, compression zstd)`);
  syncToDisk(draft);
  renameSync(draft, path);
}

/** The columns that leave the warehouse, as the lake has them. */
async function listColumns(connection: DuckDBConnection, { name, only }: LandedTable): Promise<string[]> {
  const reader = await connection.runAndReadAll(`select column_name, column_type from (describe ${name})`);
  return reader
    .getRows()
    .map(([column, type]) => ({ column: String(column), type: String(type) }))
    .filter(({ column }) => only?.includes(column) ?? true)
    .map(({ column, type }) =>
      type === 'UBIGINT' ? `cast(landed.${column} as decimal(20, 0)) as ${column}` : `landed.${column}`,
    );
}

/** The files of an account in a table's folder. */
function listFiles({ folder, account }: LakePlace, table: string): string[] {
  const place = join(folder, table);
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .filter(
      (name) => name === nameFile(account) || (name.startsWith(`${account}.`) && name.endsWith('.parquet')),
    )
    .map((name) => join(place, name));
}

/**
 * Writes to the lake what was landed since the last time, and everything the first time. The connection's current catalog is the
 * warehouse. @returns how many numbers had news, and how many were erased because the warehouse has them no longer.
 */
export async function writeLake(
  connection: DuckDBConnection,
  place: LakePlace,
  runId: string,
): Promise<LakeWritten> {
  for (const { name } of tables) mkdirSync(join(place.folder, name), { recursive: true, mode: 0o700 });
  const registry = registryFile(place);
  const known = existsSync(registry)
    ? `select tracking_number, ${fileColumn}, ${pollCountColumn} from read_parquet(${quoteText(registry)})`
    : `select null::varchar as tracking_number, null::varchar as ${fileColumn}, null::bigint as ${pollCountColumn} limit 0`;
  await connection.run(`create or replace temp table lake_known as ${known}`);
  const named = await connection.runAndReadAll(`select distinct ${fileColumn} from lake_known`);
  const versioned = tables.filter(({ isVersioned }) => isVersioned);
  const isThere = (run: string) =>
    versioned.every(({ name }) => existsSync(join(place.folder, name, nameFile(place.account, run))));
  const lost = named
    .getRows()
    .flatMap(([run]) => (run === null || isThere(String(run)) ? [] : [quoteText(String(run))]));
  // What lay in a file that is gone is written again.
  if (lost.length > 0) await connection.run(`delete from lake_known where ${fileColumn} in (${lost})`);
  // A poll is what brings news; whatever else changes is in the files that are replaced.
  await connection.run(`
    create or replace temp table lake_numbers as
    with polls as (select tracking_number, count(*) as poll_count from landed_polls group by tracking_number)
    select
      numbers.tracking_number,
      coalesce(polls.poll_count, 0) as poll_count,
      coalesce(polls.poll_count, 0) <> coalesce(known.${pollCountColumn}, 0) as is_new,
      known.${fileColumn}
    from registry as numbers
    left join polls on numbers.tracking_number = polls.tracking_number
    left join lake_known as known on numbers.tracking_number = known.tracking_number`);
  try {
    const gone = await connection.runAndReadAll(`
      select tracking_number from lake_known
      where tracking_number not in (select tracking_number from lake_numbers)`);
    const numbers = await readNumber(connection, 'select count(*) from lake_numbers where is_new');
    const account = `${quoteText(place.account)} as ${accountColumn}`;
    const touched = 'inner join lake_numbers as numbers on landed.tracking_number = numbers.tracking_number';
    for (const table of tables.filter(({ isVersioned }) => isVersioned && numbers > 0)) {
      const columns = await listColumns(connection, table);
      await writeFile(
        connection,
        `select ${columns}, ${account}, ${quoteText(runId)} as ${fileColumn}
         from ${table.name} as landed ${touched} and numbers.is_new`,
        join(place.folder, table.name, nameFile(place.account, runId)),
      );
    }
    // The registry last: it says which files hold.
    const whole = tables.filter(({ isVersioned }) => !isVersioned);
    for (const table of whole.sort(
      (one, other) => Number(one.name === 'registry') - Number(other.name === 'registry'),
    )) {
      const columns = await listColumns(connection, table);
      const select =
        table.name === 'registry'
          ? `select ${columns}, ${account}, case when numbers.is_new then ${quoteText(runId)} else numbers.${fileColumn} end as ${fileColumn},
               numbers.poll_count as ${pollCountColumn}
             from registry as landed ${touched}`
          : `select ${columns}, ${account} from ${table.name} as landed`;
      await writeFile(connection, select, join(place.folder, table.name, nameFile(place.account)));
    }
    const erased = gone.getRows().map(([number]) => String(number));
    if (erased.length > 0) await eraseFromLake(connection, place, erased);
    return { numbers, erased: erased.length };
  } finally {
    await connection.run('drop table if exists temp.lake_known; drop table if exists temp.lake_numbers');
  }
}

/**
 * Writes every file of the account that holds one of the numbers anew, without them; a file of which nothing is left goes. Old versions of
 * a number's rows are among them. @returns how many files held one.
 */
export async function eraseFromLake(
  connection: DuckDBConnection,
  place: LakePlace,
  numbers: readonly string[],
): Promise<number> {
  await connection.run(
    `create or replace temp table lake_erased as select unnest(from_json($1, '["varchar"]')) as tracking_number`,
    [JSON.stringify(numbers)],
  );
  let rewritten = 0;
  try {
    for (const { name, only } of tables) {
      if (only !== undefined && !only.includes('tracking_number')) continue;
      for (const path of listFiles(place, name)) {
        const rows = `from read_parquet(${quoteText(path)}) where tracking_number`;
        const held = await readNumber(
          connection,
          `select count(*) ${rows} in (select tracking_number from lake_erased)`,
        );
        if (held === 0) continue;
        rewritten += 1;
        const left = await readNumber(
          connection,
          `select count(*) ${rows} not in (select tracking_number from lake_erased)`,
        );
        // One of the registry stays, empty: it says that the account was here.
        if (left === 0 && name !== 'registry') rmSync(path);
        else
          await writeFile(
            connection,
            `select * ${rows} not in (select tracking_number from lake_erased)`,
            path,
          );
      }
    }
    return rewritten;
  } finally {
    await connection.run('drop table if exists temp.lake_erased');
  }
}
