import { requireApi } from '../config/config.js';
import { type Context, confirm, plural, say } from '../context.js';
import { usageError } from '../errors.js';
import { planBackfill } from '../extract/plan.js';
import { findPause } from './api.js';
import { estimate, pollPlan } from './extract.js';
import { withRun } from './run.js';

/** `backfill`: closed parcels once more; says what it costs, and asks. */
export async function runBackfill(context: Context): Promise<number> {
  const { config, options, log } = context;
  const { fromDate, toDate } = options;
  if (fromDate === null || toDate === null) throw usageError('backfill needs --from DATE and --to DATE');
  if (fromDate > toDate) throw usageError(`--from ${fromDate} is later than --to ${toDate}`);
  requireApi(config);
  return withRun(context, 'backfill', async (run) => {
    const pause = await findPause(run);
    if (pause !== null) {
      say(context, pause.text, pause.ending.summary);
      return pause.ending;
    }
    const plan = await planBackfill(run.connection, fromDate, toDate);
    const { budget, minutes } = estimate(context, plan);
    const cost = `${plural(budget, 'request')} for closed parcels of ${fromDate} to ${toDate}, about ${plural(minutes, 'minute')}`;
    if (!options.yes && !(await confirm(`${cost}. Go on?`))) {
      log.info('nothing was polled');
      say(context, cost, { requests: budget, minutes, polled: false });
      return { exitCode: budget === 0 ? 0 : 3, summary: { backfill: 'not confirmed' } };
    }
    log.info(cost);
    let text = '';
    const ending = await pollPlan(context, run, plan, (line) => {
      text = line;
    });
    say(context, text, ending.summary);
    return ending;
  });
}
