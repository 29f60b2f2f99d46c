import { type BuildOptions, type BuildResult, build } from '../../queries/build.js';
import { describeFailures } from '../../queries/checks.js';
import { type Context, say } from '../context.js';
import { interruptWhen, remakeMarts, tryWithMore } from '../store/marts.js';
import { lakeStep, openRemote, requireEngine } from './engine.js';
import { type NightRun, withRun } from './run.js';

export async function buildStep(
  context: Context,
  run: NightRun,
): Promise<{ result: BuildResult; failures: string[] }> {
  const { config, options, clock, log, progress, signal } = context;
  signal.throwIfAborted();
  if (config.engine === 'trino') {
    requireEngine(config);
    await lakeStep(context, run.connection, run.runId);
  }
  const remote = config.engine === 'trino' ? await openRemote(context, run) : null;
  const work = () => {
    const built: BuildOptions = {
      asOf: clock(),
      days: config.days,
      seedsFolder: config.seeds,
      full: options.full,
      buckets: config.buckets,
      onModel: (name, done, total) => {
        signal.throwIfAborted();
        // A build that is made again starts its bar again.
        if (done === 0) progress.start('building, models', total);
        progress.advance();
        run.note(`build ${name}`, done, total);
      },
    };
    return build(run.connection, built, remote?.engine ?? null);
  };
  const warn = (message: string) => log.warn(message);
  let result: BuildResult;
  try {
    result = await interruptWhen(signal, run.connection, () =>
      tryWithMore(run.connection, config, warn, () => remakeMarts(run.connection, config.marts, work, warn)),
    );
  } finally {
    progress.stop();
    await remote?.close();
  }
  const failures = describeFailures(result.checks);
  for (const failure of failures) log.error(`check failed: ${failure}`);
  return { result, failures };
}

export function describeBuilt({ result, failures }: { result: BuildResult; failures: string[] }): string {
  const seconds = result.models.reduce((sum, model) => sum + model.seconds, 0).toFixed(1);
  const scope = result.isFull ? 'every parcel derived' : `${result.changedCount} changed parcels derived`;
  const checks =
    failures.length === 0 ? `${result.checks.length} checks passed` : `${failures.length} checks failed`;
  return `built in ${seconds} s: ${scope}; ${checks}`;
}

/** `build` */
export async function runBuild(context: Context): Promise<number> {
  return withRun(context, 'build', async (run) => {
    const built = await buildStep(context, run);
    const { isFull, changedCount, models, checks } = built.result;
    const summary = { is_full: isFull, changed_parcels: changedCount, models, checks };
    say(context, describeBuilt(built), summary);
    return { exitCode: built.failures.length > 0 ? 5 : 0, summary: { build: { isFull, changedCount } } };
  });
}
