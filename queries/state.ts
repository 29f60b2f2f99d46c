import { createHash } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Engine, readModel, readSql } from './engines/engine.js';
import { type Keys, keysOf } from './keys.js';
import type { BuildOptions, Scope } from './making.js';
import { models } from './models.js';
import { quoteText } from './quoting.js';

/** What a build remembers of itself in the marts, so that the next one derives changed parcels only. */

const versionOfState = 2;

/** So many days after one build that made and checked everything comes the next; at once where a check failed. */
const wholeDays = 7;

async function readScalar(
  connection: DuckDBConnection,
  sql: string,
  values: string[] = [],
): Promise<unknown> {
  const reader = await connection.runAndReadAll(sql, values);
  return reader.getRows()[0]?.[0] ?? null;
}

/** SQL literal of an instant, in UTC. */
function toTimestamp(at: Date): string {
  return at.toISOString().replace('T', ' ').replace('Z', '');
}

/** Writes run_parameters: the clock, both windows, and when the newest visible poll was. The window before, as long, has a clock as much earlier: both are equally young. */
export async function writeParameters(
  connection: DuckDBConnection,
  { asOf, days, window }: Pick<BuildOptions, 'asOf' | 'days' | 'window'>,
): Promise<void> {
  const asOfDate = `cast(timestamp '${toTimestamp(asOf)}' as date)`;
  const from = window ? `date '${window.from}'` : `${asOfDate} - ${Math.trunc(days)}`;
  const to = window ? `date '${window.to}'` : `${asOfDate} - 1`;
  await connection.run(`
    create or replace table run_parameters as
    with chosen as (
        select timestamp '${toTimestamp(asOf)}' as as_of, ${from} as first_day, ${to} as last_day
    )
    select
        as_of,
        cast(as_of as date) as as_of_date,
        cast(last_day - first_day + 1 as integer) as window_days,
        first_day as window_start_date,
        last_day as window_end_date,
        as_of - to_days(cast(last_day - first_day + 1 as integer)) as previous_as_of,
        first_day - cast(last_day - first_day + 1 as integer) as previous_window_start_date,
        first_day - 1 as previous_window_end_date,
        (select max(observed_at) from stg_polls where observed_at <= as_of) as data_as_of
    from chosen`);
}

/** Everything that decides how a parcel is derived: the models' text, the seeds, and how parcels are known. */
export function fingerprintModels(
  seeds: string,
  options: Pick<BuildOptions, 'account' | 'lake'>,
  engine: Pick<Engine, 'name'> = { name: 'duckdb' },
): string {
  const hash = createHash('sha256').update(
    `${versionOfState} ${seeds} ${JSON.stringify(keysOf(options))} ${readSql('prelude')} ${readSql('prelude-light')}`,
  );
  if (engine.name !== 'duckdb') hash.update(readSql(`engines/${engine.name}/prelude`));
  for (const model of models) hash.update(readModel(model, engine));
  return hash.digest('hex');
}

const createState = `
  create table if not exists build_state (fingerprint varchar, as_of timestamp, is_sound boolean, checked_at timestamp, account varchar);
  create table if not exists built_runs (run_id varchar);
  create table if not exists built_numbers (tracking_number varchar, owner_number varchar);
  create table if not exists built_listings (account varchar, listed_at timestamp);
  create table if not exists case_history (
    kind varchar, carrier_code varchar, from_country varchar, to_country varchar, delivery_type varchar, metric varchar, since date)`;

/** Removes what earlier builds made, whatever their models were called; the seeds and parameters of this one stay. */
async function dropDerived(connection: DuckDBConnection): Promise<void> {
  const made = await connection.runAndReadAll(`
    select 'view', view_name from duckdb_views()
    where database_name = current_database() and not internal
    union all
    select 'table', table_name from duckdb_tables()
    where database_name = current_database()
      and (not starts_with(table_name, 'seed_') or starts_with(table_name, 'seed_public_holiday'))
      and table_name not in ('run_parameters', 'case_history')`);
  for (const [kind, name] of made.getRows()) await connection.run(`drop ${kind} ${name}`);
}

/** Parcels whose polls, listing, aliases or visibility changed since the build of build_state, built_runs and built_numbers. */
export const changedSince = `
    select distinct numbers.owner_number as tracking_number
    from stg_polls as polls
    inner join stg_registry as numbers on polls.tracking_number = numbers.tracking_number
    cross join build_state
    left join built_runs on polls.run_id = built_runs.run_id
    where built_runs.run_id is null or polls.observed_at > build_state.as_of
    union
    select numbers.owner_number
    from stg_shipments as shipments
    inner join stg_registry as numbers on shipments.tracking_number = numbers.tracking_number
    cross join build_state
    left join built_listings as built on account_of(shipments.tracking_number) = built.account
    where shipments.listed_at >= build_state.as_of
      -- an account whose list was read before that, and came into the lake after
      or built.listed_at is null
      or shipments.listed_at > built.listed_at
    union
    select coalesce(numbers.owner_number, built.owner_number)
    from stg_registry as numbers
    full join built_numbers as built on numbers.tracking_number = built.tracking_number
    where numbers.owner_number is distinct from built.owner_number
    union
    select built.owner_number
    from stg_registry as numbers
    full join built_numbers as built on numbers.tracking_number = built.tracking_number
    where built.owner_number is not null and numbers.owner_number is distinct from built.owner_number`;

/** @returns whether what the last build made can be kept; if not, it is dropped. */
export async function keepDerived(
  connection: DuckDBConnection,
  fingerprint: string,
  options: Pick<BuildOptions, 'asOf' | 'full' | 'window'>,
): Promise<boolean> {
  // What the nights said of their own windows is no history of this one.
  if (options.window) await connection.run('drop table if exists case_history');
  await connection.run(createState);
  const isUsable = await readScalar(
    connection,
    `select count(*) > 0 from build_state where fingerprint = $1 and as_of <= cast($2 as timestamp)`,
    [fingerprint, toTimestamp(options.asOf)],
  );
  if (!options.full && isUsable === true) return true;
  await dropDerived(connection);
  await connection.run(createState);
  return false;
}

/**
 * Fills changed_parcels (tracking_number): all parcels, or those that changed since the last build. Of a night also parcels_before, their
 * rows as the build before left them, and parcels_kept, the rows of all others.
 */
export async function findChanges(
  connection: DuckDBConnection,
  fingerprint: string,
  options: Pick<BuildOptions, 'asOf' | 'full' | 'window' | 'buckets'>,
): Promise<Scope> {
  await connection.run(`create or replace temp table changed_parcels (tracking_number varchar)`);
  const isKept = await keepDerived(connection, fingerprint, options);
  const changed = isKept ? changedSince : 'select distinct owner_number from stg_registry';
  await connection.run(`insert into changed_parcels ${changed}`);
  if (!isKept) return { isFull: true, isWhole: true };
  await connection.run(`
    create or replace temp table parcels_before as
    select parcels.* from parcels inner join changed_parcels as changed on parcels.tracking_number = changed.tracking_number`);
  await connection.run(`
    create or replace temp view parcels_kept as
    select parcels.* from parcels left join changed_parcels as changed on parcels.tracking_number = changed.tracking_number
    where changed.tracking_number is null`);
  const isDue = await readScalar(
    connection,
    `select not is_sound or checked_at <= cast($1 as timestamp) - to_days(${wholeDays}) from build_state`,
    [toTimestamp(options.asOf)],
  );
  // Another window is built to be shown by itself.
  return { isFull: false, isWhole: isDue !== false || options.window != null || (options.buckets ?? 1) > 1 };
}

/** How many parcels findChanges found. */
export async function countChanges(connection: DuckDBConnection): Promise<number> {
  return Number(await readScalar(connection, 'select count(*) from changed_parcels'));
}

/** Writes what the next build asks of this one. */
export async function keepState(
  connection: DuckDBConnection,
  fingerprint: string,
  options: Pick<BuildOptions, 'asOf' | 'account' | 'lake'>,
  { isSound, isWhole }: { isSound: boolean; isWhole: boolean },
): Promise<void> {
  const { account } = keysOf(options);
  const at = `timestamp '${toTimestamp(options.asOf)}'`;
  await connection.run(`
    create or replace table build_state as
    select '${fingerprint}' as fingerprint, ${at} as as_of, ${isSound} as is_sound,
      ${isWhole ? at : '(select min(checked_at) from build_state)'} as checked_at,
      ${account === null ? 'cast(null as varchar)' : quoteText(account)} as account;
    create or replace table built_periods as from periods;
    create or replace table built_runs as select distinct run_id from stg_polls;
    create or replace table built_numbers as select tracking_number, owner_number from stg_registry;
    create or replace table built_listings as
    select account_of(tracking_number) as account, max(listed_at) as listed_at from stg_shipments group by all;
    create or replace table case_history as
    select known_as as kind, carrier_code, from_country, to_country, coalesce(delivery_type, '') as delivery_type, metric,
      min(since) as since
    from case_facts where kind <> 'alert' group by all`);
}

/** How parcels are known in the marts of the current catalog, which a build has made. */
export async function readKeys(connection: DuckDBConnection): Promise<Keys> {
  const account = await readScalar(connection, 'select account from build_state');
  return { account: account === null ? null : String(account) };
}

/** Whether the marts of the current catalog come from a build whose checks passed, and which knew accounts: an older one is to be made again. */
export async function readSoundness(connection: DuckDBConnection): Promise<boolean> {
  const exists = await readScalar(
    connection,
    `select count(*) > 0 from duckdb_columns()
     where database_name = current_database() and table_name = 'build_state' and column_name = 'account'`,
  );
  return (
    exists === true && (await readScalar(connection, 'select bool_and(is_sound) from build_state')) === true
  );
}
