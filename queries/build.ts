import type { DuckDBConnection } from '@duckdb/node-api';
import { type CheckResult, gatherResults, listChecked, runChecks } from './checks.js';
import { buildElsewhere } from './elsewhere.js';
import { type Buckets, openBuckets } from './engines/buckets.js';
import { openDuckDb } from './engines/duckdb.js';
import type { Engine } from './engines/engine.js';
import type { RemoteEngine } from './engines/trino/engine.js';
import { writeHolidays } from './holidays.js';
import { compareWeeks, holdWeeks } from './keeping.js';
import { planEnds } from './letting-go.js';
import {
  type BuildOptions,
  type BuildResult,
  buildModel,
  countRows,
  keepTimes,
  type Scope,
} from './making.js';
import { holidaysAfter, type Model, models, type Pass } from './models.js';
import { loadSeeds } from './seeds.js';
import { countChanges, findChanges, fingerprintModels, keepState, writeParameters } from './state.js';

export type { BuildOptions, BuildResult, Window } from './making.js';

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
  const fingerprint = fingerprintModels(seeds, options);
  const checks: CheckResult[] = [];
  let scope: Scope = { isFull: true, isWhole: true };
  // In the weekly pass what would have been kept is held against what is made again.
  const isHeld = () => scope.isWhole && !scope.isFull && bucketCount <= 1;
  let buckets: Buckets | null = null;
  let isLast = false;
  const ends = bucketCount <= 1 ? planEnds(engine) : null;
  for (const { pass, models: made } of stages) {
    const make = (model: Model, bucket: Buckets | null) =>
      times.time(model.name, async () => {
        if (model.name === 'periods') {
          await writeParameters(connection, options);
          scope = await findChanges(connection, fingerprint, options);
          if (!scope.isWhole) await listChecked(engine, ['changed_parcels']);
        }
        if (model.name === 'kept_weeks' && isHeld()) await holdWeeks(engine, model);
        if (bucket === null) await buildModel(engine, model, scope);
        else await bucket.make(model, scope.isFull);
        if (model.name === holidaysAfter)
          await writeHolidays(connection, engine, lastYear, options.listHolidays);
        // A part that stays is counted once it is whole.
        const isPart = bucket !== null && model.keeps !== undefined && !isLast;
        return isPart ? 0 : countRows(engine, model);
      });
    if (pass === null) {
      for (const model of made) {
        await make(model, null);
        const { checkable = [], unread = [] } = ends?.get(model.name) ?? {};
        if (model.name === 'parcel_clocks' && !scope.isWhole)
          await listChecked(engine, ['changed_parcels', 'parcel_clocks']);
        checks.push(...(await runChecks(engine, checkable, !scope.isWhole)));
        for (const name of unread) await engine.run(`drop table temp.${name}`);
      }
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
    ({ passes, counted }) => ends === null && (passes === undefined || counted !== undefined),
  );
  checks.push(...(await runChecks(engine, unchecked)));
  if (isHeld()) checks.push(...(await compareWeeks(engine)));
  const changedCount = await countChanges(connection);
  const results = gatherResults(checks);
  const isSound = results.every(({ failures }) => failures.length === 0);
  await keepState(connection, fingerprint, options, { isSound, isWhole: scope.isWhole });
  return { ...scope, changedCount, models: [...times.built.values()], checks: results };
}

/**
 * Runs seeds, models and checks. The connection has the landed tables as catalog `warehouse` and its current catalog is the
 * marts database. No transaction is around it: marts whose build failed are half made, and are to be thrown away.
 * @param remote where the heavy half is to run, if not here; what it held there is dropped, however the build ends.
 * @throws SeedError for a seed file that cannot be used; ModelError for SQL that failed.
 */
export async function build(
  connection: DuckDBConnection,
  options: BuildOptions,
  remote: RemoteEngine | null = null,
): Promise<BuildResult> {
  const engine = openDuckDb(connection, options);
  const engines = remote === null ? [engine] : [engine, remote];
  try {
    const result =
      remote === null
        ? await buildModels(connection, engine, options)
        : await buildElsewhere(connection, engine, remote, options);
    for (const each of engines) await each.rollBack();
    return result;
  } catch (failure) {
    const error = (await remote?.lasting?.explain(failure)) ?? failure;
    // What went wrong first is what counts: a database that a full disk has invalidated does nothing more.
    for (const each of engines) await each.rollBack().catch(() => {});
    throw error;
  }
}
