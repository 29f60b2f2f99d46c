import { type BuildOptions, type BuildResult, build, type Window } from '../../queries/build.js';
import { describeFailures } from '../../queries/checks.js';
import type { Lake } from '../../queries/engines/lake.js';
import type { RemoteEngine } from '../../queries/engines/trino/engine.js';
import type { Context } from '../context.js';
import { interruptWhen, remakeMarts, tryWithMore } from '../store/marts.js';
import { accountsStep } from './accounts.js';
import { lakeStep, openRemote, requireEngine } from './engine.js';
import { describeChecks } from './lines.js';
import type { NightRun } from './run.js';

interface Built {
  result: BuildResult;
  failures: string[];
}

/** Builds in the current catalog, within a run; of the window of the nights, or of another; of own parcels, or those of accounts in a lake. */
export async function buildMarts(
  { config, options, clock, log, progress, signal }: Context,
  run: NightRun,
  window: Window | null,
  lake: Lake | null,
  remote: RemoteEngine | null = null,
): Promise<Built> {
  const built: BuildOptions = {
    asOf: clock(),
    days: config.days,
    window,
    seedsFolder: config.seeds,
    full: options.full,
    buckets: config.buckets,
    account: config.account,
    lake,
    onModel: (name, done, total) => {
      signal.throwIfAborted();
      // A build that is made again starts its bar again.
      if (done === 0) progress.start('building, models', total);
      progress.advance();
      run.note(`build ${name}`, done, total);
    },
  };
  const result = await build(run.connection, built, remote);
  progress.stop();
  const failures = describeFailures(result.checks);
  for (const failure of failures) log.error(`check failed: ${failure}`);
  return { result, failures };
}

/** The engine elsewhere, once the lake has all that it is to read. */
async function openElsewhere(context: Context, run: NightRun, lake: Lake | null) {
  requireEngine(context.config);
  if (lake === null) await lakeStep(context, run.connection, run.runId);
  return openRemote(context, run, lake?.accounts ?? null);
}

export async function buildStep(context: Context, run: NightRun): Promise<Built> {
  const { config, log, signal } = context;
  signal.throwIfAborted();
  const lake = await accountsStep(context, run);
  const remote = config.engine === 'trino' ? await openElsewhere(context, run, lake) : null;
  const work = () => buildMarts(context, run, null, lake, remote?.engine ?? null);
  const warn = (message: string) => log.warn(message);
  try {
    return await interruptWhen(signal, run.connection, () =>
      tryWithMore(run.connection, config, warn, () => remakeMarts(run.connection, config.marts, work, warn)),
    );
  } finally {
    await remote?.close();
  }
}

/** How many checks looked at the changed parcels alone. */
export function countNarrowed({ checks }: Pick<BuildResult, 'checks'>): number {
  return checks.filter(({ isOverChanges }) => isOverChanges).length;
}

export function describeBuilt({ result, failures }: Built): string {
  const seconds = result.models.reduce((sum, model) => sum + model.seconds, 0).toFixed(1);
  const scope = result.isFull ? 'every parcel derived' : `${result.changedCount} changed parcels derived`;
  const checks =
    failures.length === 0
      ? describeChecks(result.checks.length, countNarrowed(result))
      : `${failures.length} checks failed`;
  return `built in ${seconds} s: ${scope}; ${checks}`;
}
