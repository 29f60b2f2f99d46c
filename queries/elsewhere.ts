import type { DuckDBConnection } from '@duckdb/node-api';
import { runChecks } from './checks.js';
import { type Engine, readModel, readSelect, readSql } from './engines/engine.js';
import type { RemoteEngine } from './engines/trino/engine.js';
import { writeHolidays } from './holidays.js';
import { type BuildOptions, type BuildResult, buildModel, countRows, keepTimes } from './making.js';
import { holidaysAfter, type Model, models } from './models.js';
import { seeds as seedFiles } from './seed-files.js';
import { loadSeeds } from './seeds.js';
import { countChanges, findChanges, fingerprintModels, keepState, writeParameters } from './state.js';

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

const everything = { isFull: true, isWhole: true };

/** An empty relation of a model of the heavy half, so that what is fetched has DuckDB's types and the light half its names. */
async function shape(local: Engine, model: Model): Promise<void> {
  const { name, kind, keeps } = model;
  const text = readSelect(model, local, false);
  const nothing = `select * from (${text}) as made limit 0`;
  if (kind === 'view') {
    await local.createView(name, text);
    if (keeps) await local.keepPart(name, keeps);
  } else if (kind === 'step') await local.createStep(name, nothing);
  else await local.createTable(name, nothing);
}

/**
 * A build whose heavy half runs on another engine, from the lake, every parcel anew; what is fetched of it is what the light half starts
 * from and what readers get. The marts know that they were made elsewhere: the next build here derives every parcel.
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
  const fingerprint = `${remote.name} ${fingerprintModels(seeds, options)}`;
  await remote.prepare();
  for (const { name } of seedFiles) await remote.sendTable(`seed_${name}`);

  const makeHeavy = async (model: Model): Promise<number> => {
    const { name, keeps } = model;
    await shape(local, model);
    await buildModel(remote, model, everything);
    if (name === holidaysAfter) {
      await writeHolidays(connection, remote, options.asOf.getUTCFullYear() + 1, options.listHolidays);
      await remote.sendTable('seed_public_holidays');
    }
    if (!fetched.has(name)) return remote.countRows(name);
    // Of a view with a part that stays, the part is filled: it lies behind the view of its name.
    const into = keeps === undefined ? name : `"${catalog}".main.${name}`;
    return remote.fetchTable(name, { into, ...(keeps && { rows: keeps.rows }) });
  };

  for (const model of models) {
    await times.time(model.name, async () => {
      if (model.name === 'periods') {
        await writeParameters(connection, options);
        await findChanges(connection, fingerprint, { ...options, full: true });
        await remote.sendTable('run_parameters');
        await remote.createStep(
          'changed_parcels',
          'select distinct owner_number as tracking_number from stg_registry',
        );
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
  await keepState(connection, fingerprint, options, { isSound, isWhole: true });
  return { ...everything, changedCount, models: [...times.built.values()], checks };
}
