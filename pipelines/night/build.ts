import { type Context, say } from '../context.js';
import { buildStep, describeBuilt } from './build-step.js';
import { readNamedWindow, runNamedBuild } from './named.js';
import { withRun } from './run.js';

/** `build`, and `build --quarter 2026Q3 --name q3` */
export async function runBuild(context: Context): Promise<number> {
  const named = readNamedWindow(context);
  if (named !== null) return runNamedBuild(context, named);
  return withRun(context, 'build', async (run) => {
    const built = await buildStep(context, run);
    const { isFull, isWhole, changedCount, models, checks } = built.result;
    const summary = {
      is_full: isFull,
      is_whole: isWhole,
      changed_parcels: changedCount,
      models,
      checks: checks.map(({ isOverChanges, ...check }) => ({ ...check, is_over_changes: isOverChanges })),
    };
    say(context, describeBuilt(built), summary);
    return { exitCode: built.failures.length > 0 ? 5 : 0, summary: { build: { isFull, changedCount } } };
  });
}
