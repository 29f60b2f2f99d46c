import type { DuckDBConnection } from '@duckdb/node-api';
import { type CheckResult, gatherResults, runChecks } from './checks.js';
import { type Buckets, openBuckets } from './engines/buckets.js';
import { openDuckDb } from './engines/duckdb.js';
import { type Engine, readModel } from './engines/engine.js';
import { ModelError } from './errors.js';
import { type ListHolidays, writeHolidays } from './holidays.js';
import { holidaysAfter, type Model, models, type Pass } from './models.js';
import { loadSeeds } from './seeds.js';
import { countChanges, findChanges, fingerprintModels, keepState, writeParameters } from './state.js';

export interface BuildOptions {
  /** The run's clock: what was polled later is not seen. */
  asOf: Date;
  /** Length of the window, whole days. */
  days: number;
  /** Folder of the analyst's own seed files, or null. */
  seedsFolder?: string | null;
  /** Derive every parcel again. */
  full?: boolean;
  /** Into how many buckets the parcels are dealt, so that less is held at once; 1 if left out. */
  buckets?: number;
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

/** What is made in one go: models over all parcels, or those of a pass, bucket by bucket. */
interface Stage {
  pass: Pass | null;
  models: readonly Model[];
}

/** The order of a build: that of the models, but with buckets each pass is made as a whole, where its first model stands. */
export function planStages(bucketCount: number): Stage[] {
  if (bucketCount <= 1) return [{ pass: null, models }];
  const stages: Stage[] = [];
  const planned = new Set<Pass>();
  for (const model of models) {
    const pass = model.passes?.[0];
    if (pass === undefined) stages.push({ pass: null, models: [model] });
    else if (!planned.has(pass)) {
      stages.push({ pass, models: models.filter(({ passes }) => passes?.includes(pass)) });
      planned.add(pass);
    }
  }
  return stages;
}

async function buildModel(engine: Engine, model: Model, isFull: boolean): Promise<void> {
  const select = readModel(model, engine);
  const { name, kind, keeps } = model;
  if (kind === 'view') {
    await engine.createView(name, select);
    if (keeps) await engine.keepPart(name, keeps);
  } else if (kind === 'step') await engine.createStep(name, select);
  else if (kind === 'table' || isFull) await engine.createTable(name, select);
  else await engine.replaceRows(name, select);
}

async function countRows(engine: Engine, { name, kind, keeps }: Model): Promise<number> {
  const count =
    keeps === undefined
      ? `select count(*) from ${name}`
      : `select estimated_size from duckdb_tables() where database_name = current_database() and table_name = '${name}'`;
  if (kind === 'view' && keeps === undefined) return 0;
  return Number((await engine.readRows(count))[0]?.[0] ?? 0);
}

/** Adds up what each model took, in the order in which the models were begun. */
function keepTimes(total: number, { now = () => performance.now(), onModel }: BuildOptions) {
  const built = new Map<string, BuildResult['models'][number]>();
  let done = 0;
  return {
    built,
    async time(name: string, make: () => Promise<number>): Promise<void> {
      onModel?.(name, done, total);
      done += 1;
      const startedMs = now();
      const line = built.get(name) ?? { name, rows: 0, seconds: 0 };
      built.set(name, line);
      try {
        line.rows += await make();
      } catch (error) {
        throw new ModelError(name, error);
      }
      line.seconds += (now() - startedMs) / 1000;
    },
  };
}

async function buildModels(
  connection: DuckDBConnection,
  engine: Engine,
  options: BuildOptions,
): Promise<BuildResult> {
  const bucketCount = options.buckets ?? 1;
  const stages = planStages(bucketCount);
  const total = stages.reduce(
    (sum, { pass, models: made }) => sum + made.length * (pass ? bucketCount : 1),
    0,
  );
  const times = keepTimes(total, options);
  const lastYear = options.asOf.getUTCFullYear() + 1;
  await engine.prepare();
  const seeds = await loadSeeds(connection, options.seedsFolder ?? null);
  const fingerprint = fingerprintModels(seeds);
  const checks: CheckResult[] = [];
  let isFull = true;
  let buckets: Buckets | null = null;
  let isLast = false;
  for (const { pass, models: made } of stages) {
    const make = (model: Model, bucket: Buckets | null) =>
      times.time(model.name, async () => {
        if (model.name === 'periods') {
          await writeParameters(connection, options.asOf, options.days);
          isFull = await findChanges(connection, fingerprint, options);
        }
        if (bucket === null) await buildModel(engine, model, isFull);
        else await bucket.make(model, isFull);
        if (model.name === holidaysAfter) await writeHolidays(connection, lastYear, options.listHolidays);
        // A part that stays is counted once it is whole.
        const isPart = bucket !== null && model.keeps !== undefined && !isLast;
        return isPart ? 0 : countRows(engine, model);
      });
    if (pass === null) {
      for (const model of made) await make(model, null);
      continue;
    }
    buckets ??= await openBuckets(connection, engine, bucketCount);
    // What is made of parcels is checked where its rows are; counts where they are added up.
    const checked = made.filter(({ passes, counted }) => passes?.[0] === pass && counted === undefined);
    for (let index = 0; index < buckets.count; index++) {
      isLast = index === buckets.count - 1;
      await buckets.enter(index, pass);
      for (const model of made) await make(model, buckets);
      checks.push(...(await runChecks(engine, checked)));
    }
    await buckets.leave(pass);
  }
  const unchecked = models.filter(
    ({ passes, counted }) => buckets === null || passes === undefined || counted !== undefined,
  );
  checks.push(...(await runChecks(engine, unchecked)));
  const changedCount = await countChanges(connection);
  const results = gatherResults(checks);
  const isSound = results.every(({ failures }) => failures.length === 0);
  await keepState(connection, fingerprint, options.asOf, isSound);
  return { isFull, changedCount, models: [...times.built.values()], checks: results };
}

/**
 * Runs seeds, models and checks. The connection has the landed tables as catalog `warehouse` and its current catalog is the
 * marts database. No transaction is around it: marts whose build failed are half made, and are to be thrown away.
 * @throws SeedError for a seed file that cannot be used; ModelError for SQL that failed.
 */
export async function build(connection: DuckDBConnection, options: BuildOptions): Promise<BuildResult> {
  const engine = openDuckDb(connection);
  try {
    const result = await buildModels(connection, engine, options);
    await engine.rollBack();
    return result;
  } catch (error) {
    // What went wrong first is what counts: a database that a full disk has invalidated does nothing more.
    await engine.rollBack().catch(() => {});
    throw error;
  }
}
