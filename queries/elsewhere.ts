import type { DuckDBConnection } from '@duckdb/node-api';
import { runChecks } from './checks.js';
import { type Engine, readModel, readSelect, readSql } from './engines/engine.js';
import type { RemoteEngine } from './engines/trino/engine.js';
import { writeHolidays } from './holidays.js';
import {
  type BuildOptions,
  type BuildResult,
  buildModel,
  countRows,
  keepTimes,
  type Scope,
} from './making.js';
import { holidaysAfter, type Model, models } from './models.js';
import { seeds as seedFiles } from './seed-files.js';
import { loadSeeds } from './seeds.js';
import {
  changedSince,
  countChanges,
  fingerprintModels,
  keepDerived,
  keepState,
  writeParameters,
} from './state.js';

const halfOf = new Map(models.map(({ name, half }) => [name, half]));

/** The models that a text reads. */
export function listInputs(sql: string): string[] {
  const text = sql.replace(/--.*$/gm, '').replace(/'(?:[^']|'')*'/g, "''");
  const own = [...text.matchAll(/^(?:with )?(\w+) as \($/gm)].map(([, name]) => name);
  const read = [...text.matchAll(/\b(?:from|join)\s+(\w+)/g)].map(([, name = '']) => name);
  return [...new Set(read)].filter((name) => halfOf.has(name) && !own.includes(name));
}

const readCheck = ({ name }: Model) => readSql(`marts/${name}.check`);
const isChecked = ({ folder, kind, isPublic }: Model) => folder === 'marts' && (kind !== 'view' || isPublic);
const readsLight = (sql: string) => listInputs(sql).some((name) => halfOf.get(name) === 'light');

/** Where a check runs: here where it is of the light half or reads of it, since all that such checks read is fetched. */
export const checkedHere: readonly Model[] = models.filter(
  (model) => isChecked(model) && (model.half === 'light' || readsLight(readCheck(model))),
);

/** The heavy models whose rows are fetched: what readers get, and what the light half and the checks here read. */
export const fetched: ReadonlySet<string> = new Set([
  ...models.filter(({ half, isPublic }) => half === 'heavy' && isPublic).map(({ name }) => name),
  ...models
    .filter(({ half }) => half === 'light')
    .flatMap((model) => listInputs(readModel(model, { name: 'duckdb' })))
    .concat(checkedHere.flatMap((model) => listInputs(readCheck(model))))
    .filter((name) => halfOf.get(name) === 'heavy'),
]);

const everything: Scope = { isFull: true, isWhole: true };

/** An empty relation of a model of the heavy half, so that what is fetched has DuckDB's types and the light half its names. */
async function shape(local: Engine, model: Model): Promise<void> {
  const { name, kind, keeps } = model;
  const text = readSelect(model, local, false);
  const nothing = `select * from (${text}) as made limit 0`;
  if (kind === 'view') {
    await local.createView(name, text);
    if (keeps) await local.keepPart(name, { ...keeps, rows: 'false' });
  } else if (kind === 'step') await local.createStep(name, nothing);
  else await local.createTable(name, nothing);
}

/** What a build derives again there, and what is here already. */
interface Found {
  /** Every parcel. */
  isFull: boolean;
  /** Of the models that are incremental the marts have the rows that this build starts from. */
  isHere: boolean;
}

const nameState = (remote: RemoteEngine, fingerprint: string, id = '') =>
  `${remote.name} ${id} ${fingerprint}`;

/** Finds what changed since the build that holds there, and fills changed_parcels there and here. */
async function findScope(
  connection: DuckDBConnection,
  remote: RemoteEngine,
  fingerprint: string,
  options: BuildOptions,
): Promise<Found> {
  const { lasting } = remote;
  const recorded = (await lasting?.open()) ?? null;
  const isUsable = recorded?.fingerprint === fingerprint && recorded.asOf <= options.asOf;
  const isFull = options.full === true || !isUsable;
  await lasting?.begin(isFull);
  const changed = isFull ? 'select distinct owner_number as tracking_number from stg_registry' : changedSince;
  await remote.createStep('changed_parcels', changed);
  const state = nameState(remote, fingerprint, recorded?.id);
  const isHere = await keepDerived(connection, state, { ...options, full: isFull });
  await connection.run('create or replace temp table changed_parcels (tracking_number varchar)');
  await remote.fetchTable('changed_parcels', { into: 'changed_parcels' });
  return { isFull, isHere };
}

/**
 * A build whose heavy half runs on another engine, from the lake; what is fetched of it is what the light half starts from and what readers
 * get. Where tables last there, only changed parcels are derived, and of the incremental models only their rows are fetched, if the marts
 * have the others of that same build. The marts know that they were made elsewhere: the next build here derives every parcel.
 */
export async function buildElsewhere(
  connection: DuckDBConnection,
  local: Engine,
  remote: RemoteEngine,
  options: BuildOptions,
): Promise<BuildResult> {
  const times = keepTimes(models.length, options);
  const [catalog] = (await local.readRows('select current_database()'))[0] ?? [];
  await local.prepare();
  const seeds = await loadSeeds(connection, options.seedsFolder ?? null);
  const fingerprint = fingerprintModels(seeds, options, remote);
  await remote.prepare();
  for (const { name } of seedFiles) await remote.sendTable(`seed_${name}`);
  let scope: Found = { isFull: true, isHere: false };

  const fetch = async (model: Model): Promise<number> => {
    const { name, kind, keeps } = model;
    if (kind === 'incremental' && scope.isHere) {
      const isChanged = 'tracking_number in (select tracking_number from changed_parcels)';
      await local.run(`delete from ${name} where ${isChanged}`);
      await remote.fetchTable(name, { into: name, rows: isChanged });
      return countRows(local, model);
    }
    // Of a view with a part that stays, the part is filled: it lies behind the view of its name.
    const into = keeps === undefined ? name : `"${catalog}".main.${name}`;
    return remote.fetchTable(name, { into, ...(keeps && { rows: keeps.rows }) });
  };
  const makeHeavy = async (model: Model): Promise<number> => {
    const { name, kind } = model;
    if (kind !== 'incremental' || !scope.isHere) await shape(local, model);
    await buildModel(remote, model, { isFull: scope.isFull, isWhole: true });
    if (name === holidaysAfter) {
      // Holidays are known of what the marts were made of.
      const among = scope.isHere ? 'changed_parcels' : 'parcel_headers';
      await writeHolidays(connection, remote, options.asOf.getUTCFullYear() + 1, options.listHolidays, among);
      await remote.sendTable('seed_public_holidays');
    }
    return fetched.has(name) ? fetch(model) : remote.countRows(name);
  };

  for (const model of models) {
    await times.time(model.name, async () => {
      if (model.name === 'periods') {
        await writeParameters(connection, options);
        await remote.sendTable('run_parameters');
        scope = await findScope(connection, remote, fingerprint, options);
      }
      if (model.half === 'heavy') return makeHeavy(model);
      await buildModel(local, model, everything);
      return countRows(local, model);
    });
  }
  const checks = [
    ...(await runChecks(
      remote,
      models.filter((model) => !checkedHere.includes(model)),
    )),
    ...(await runChecks(local, checkedHere)),
  ];
  const changedCount = await countChanges(connection);
  const isSound = checks.every(({ failures }) => failures.length === 0);
  const id = await remote.lasting?.record(fingerprint, options.asOf);
  await keepState(connection, nameState(remote, fingerprint, id), options, { isSound, isWhole: true });
  await remote.lasting?.sweep();
  return {
    isFull: scope.isFull,
    isWhole: true,
    changedCount,
    models: [...times.built.values()],
    checks,
  };
}
