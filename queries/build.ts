import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type CheckResult, runChecks } from './checks.js';
import { ModelError } from './errors.js';
import { type ListHolidays, writeHolidays } from './holidays.js';
import { holidaysAfter, type Model, models } from './models.js';
import { loadSeeds } from './seeds.js';

/** Days, both counted in, as 'YYYY-MM-DD'. */
export interface Window {
  from: string;
  to: string;
}

export interface BuildOptions {
  /** The run's clock: what was polled later is not seen. */
  asOf: Date;
  /** Length of the window, whole days: those before the clock's date. */
  days: number;
  /** Another window, its first and last day ('YYYY-MM-DD'); what happened to its parcels is seen from asOf all the same. */
  window?: Window | null;
  /** Folder of the analyst's own seed files, or null. */
  seedsFolder?: string | null;
  /** Derive every parcel again. */
  full?: boolean;
  listHolidays?: ListHolidays;
  now?: () => number;
  /** Told before each model. */
  onModel?: (name: string, done: number, total: number) => void;
}

export interface BuildResult {
  isFull: boolean;
  /** Parcels derived again. */
  changedCount: number;
  models: { name: string; rows: number; seconds: number }[];
  checks: CheckResult[];
}

const versionOfState = 1;

function readSql(name: string): string {
  return readFileSync(new URL(`./${name}.sql`, import.meta.url), 'utf8');
}

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

/** The window before, as long, has a clock as much earlier: both are equally young. */
async function writeParameters(
  connection: DuckDBConnection,
  { asOf, days, window }: BuildOptions,
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

/** Everything that decides how a parcel is derived: the models' text and the seeds. */
function fingerprintModels(seeds: string): string {
  const hash = createHash('sha256').update(
    `${versionOfState} ${seeds} ${readSql('prelude')} ${readSql('prelude-light')}`,
  );
  for (const model of models) hash.update(readSql(`${model.folder}/${model.name}`));
  return hash.digest('hex');
}

const createState = `
  create table if not exists build_state (fingerprint varchar, as_of timestamp, is_sound boolean);
  create table if not exists built_runs (run_id varchar);
  create table if not exists built_numbers (tracking_number varchar, owner_number varchar);
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

/**
 * Fills changed_parcels (tracking_number): all parcels, or those whose polls, listing, aliases or visibility changed since the last build.
 * @returns whether everything is derived again.
 */
async function findChanges(
  connection: DuckDBConnection,
  fingerprint: string,
  options: BuildOptions,
): Promise<boolean> {
  await connection.run(`create or replace temp table changed_parcels (tracking_number varchar)`);
  // What the nights said of their own windows is no history of this one.
  if (options.window) await connection.run('drop table if exists case_history');
  await connection.run(createState);
  const isUsable = await readScalar(
    connection,
    `select count(*) > 0 from build_state where fingerprint = $1 and as_of <= cast($2 as timestamp)`,
    [fingerprint, toTimestamp(options.asOf)],
  );
  if (options.full || isUsable !== true) {
    await dropDerived(connection);
    await connection.run(createState);
    await connection.run(`insert into changed_parcels select distinct owner_number from stg_registry`);
    return true;
  }
  await connection.run(`
    insert into changed_parcels
    select distinct numbers.owner_number
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
    where shipments.listed_at >= build_state.as_of
    union
    select coalesce(numbers.owner_number, built.owner_number)
    from stg_registry as numbers
    full join built_numbers as built on numbers.tracking_number = built.tracking_number
    where numbers.owner_number is distinct from built.owner_number
    union
    select built.owner_number
    from stg_registry as numbers
    full join built_numbers as built on numbers.tracking_number = built.tracking_number
    where built.owner_number is not null and numbers.owner_number is distinct from built.owner_number`);
  return false;
}

async function keepState(
  connection: DuckDBConnection,
  fingerprint: string,
  asOf: Date,
  isSound: boolean,
): Promise<void> {
  await connection.run(`
    delete from build_state;
    insert into build_state values ('${fingerprint}', timestamp '${toTimestamp(asOf)}', ${isSound});
    create or replace table built_runs as select distinct run_id from stg_polls;
    create or replace table built_numbers as select tracking_number, owner_number from stg_registry;
    create or replace table case_history as
    select known_as as kind, carrier_code, from_country, to_country, coalesce(delivery_type, '') as delivery_type, metric,
      min(since) as since
    from case_facts where kind <> 'alert' group by all`);
}

/** Builds a model. A view of which readers get a part comes with a table of its name: the view goes first as long as the build lasts. */
async function buildModel(connection: DuckDBConnection, model: Model, isFull: boolean): Promise<void> {
  const select = readSql(`${model.folder}/${model.name}`);
  if (model.kind === 'view') {
    await connection.run(`create or replace temp view ${model.name} as\n${select}`);
    if (model.keeps) {
      const { rows, without } = model.keeps;
      await connection.run(
        `create or replace table ${model.name} as select * exclude (${without}) from temp.${model.name} where ${rows}`,
      );
    }
    return;
  }
  if (model.kind === 'step') {
    await connection.run(`create or replace temp table ${model.name} as\n${select}`);
    return;
  }
  if (model.kind === 'table' || isFull) {
    await connection.run(`create or replace table ${model.name} as\n${select}`);
    return;
  }
  await connection.run(
    `delete from ${model.name} where tracking_number in (select tracking_number from changed_parcels)`,
  );
  await connection.run(`insert into ${model.name} by name\n${select}`);
}

async function countRows(connection: DuckDBConnection, model: Model): Promise<number> {
  if (model.keeps) {
    const kept = `database_name = current_database() and table_name = '${model.name}'`;
    return Number(await readScalar(connection, `select estimated_size from duckdb_tables() where ${kept}`));
  }
  if (model.kind === 'view') return 0;
  return Number(await readScalar(connection, `select count(*) from ${model.name}`));
}

async function buildModels(connection: DuckDBConnection, options: BuildOptions): Promise<BuildResult> {
  const now = options.now ?? (() => performance.now());
  const built: BuildResult['models'] = [];
  await connection.run(readSql('prelude'));
  await connection.run(readSql('prelude-light'));
  const seeds = await loadSeeds(connection, options.seedsFolder ?? null);
  const fingerprint = fingerprintModels(seeds);
  let isFull = true;
  for (const [index, model] of models.entries()) {
    options.onModel?.(model.name, index, models.length);
    const startedMs = now();
    try {
      if (model.name === 'periods') {
        await writeParameters(connection, options);
        isFull = await findChanges(connection, fingerprint, options);
      }
      await buildModel(connection, model, isFull);
      if (model.name === holidaysAfter) {
        await writeHolidays(connection, options.asOf.getUTCFullYear() + 1, options.listHolidays);
      }
    } catch (error) {
      throw new ModelError(model.name, error);
    }
    const rows = await countRows(connection, model);
    built.push({ name: model.name, rows, seconds: (now() - startedMs) / 1000 });
  }
  const changedCount = Number(await readScalar(connection, 'select count(*) from changed_parcels'));
  const checks = await runChecks(connection);
  const isSound = checks.every(({ failures }) => failures.length === 0);
  await keepState(connection, fingerprint, options.asOf, isSound);
  return { isFull, changedCount, models: built, checks };
}

/** Gives back what a build holds, whole or not. */
async function clear(connection: DuckDBConnection): Promise<void> {
  for (const { kind, name } of models) {
    if (kind === 'step') await connection.run(`drop table if exists temp.${name}`);
    if (kind === 'view') await connection.run(`drop view if exists temp.${name}`);
  }
  await connection.run('reset disabled_optimizers');
}

/**
 * Runs seeds, models and checks. The connection has the landed tables as catalog `warehouse` and its current catalog is the
 * marts database. No transaction is around it: marts whose build failed are half made, and are to be thrown away.
 * @throws SeedError for a seed file that cannot be used; ModelError for SQL that failed.
 */
export async function build(connection: DuckDBConnection, options: BuildOptions): Promise<BuildResult> {
  // Joins run as they are written, the side that is to be held in memory last: the optimizer takes the rows of a window for one row,
  // and would hold the events of a million parcels.
  await connection.run(`set disabled_optimizers = 'join_order,build_side_probe_side'`);
  try {
    const result = await buildModels(connection, options);
    await clear(connection);
    return result;
  } catch (error) {
    // What went wrong first is what counts: a database that a full disk has invalidated does nothing more.
    await clear(connection).catch(() => {});
    throw error;
  }
}

/** Whether the marts of the current catalog come from a build whose checks passed. */
export async function readSoundness(connection: DuckDBConnection): Promise<boolean> {
  const exists = await readScalar(
    connection,
    `select count(*) > 0 from duckdb_tables() where database_name = current_database() and table_name = 'build_state'`,
  );
  return (
    exists === true && (await readScalar(connection, 'select bool_and(is_sound) from build_state')) === true
  );
}
