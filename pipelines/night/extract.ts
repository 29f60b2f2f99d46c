import { millisecondsInMinute } from 'date-fns/constants';
import { requireApi } from '../config/config.js';
import { type Context, plural, say } from '../context.js';
import { type Extracted, extract } from '../extract/extract.js';
import { noteChecks } from '../extract/hints.js';
import { writeNotBefore } from '../extract/not-before.js';
import { closeParcels, makePlan, type Plan } from '../extract/plan.js';
import { findPause, openClient } from './api.js';
import { lakeStep } from './engine.js';
import { type Ending, type NightRun, withRun } from './run.js';

function describeExtracted(extracted: Extracted, left: number): string {
  const { polled, timelines, changed, notFound, refused, failed, deadLetters } = extracted;
  return [
    `${plural(polled, 'parcel')} polled: ${plural(timelines, 'timeline')}, ${changed} of them new or changed`,
    notFound > 0 ? `${notFound} not found` : '',
    refused > 0 ? `${refused} refused, asked for again in the next run` : '',
    failed > 0 ? `${failed} without an answer, due again in the next run` : '',
    deadLetters > 0 ? `${deadLetters} became dead letters` : '',
    left > 0 ? `${plural(left, 'due parcel')} left for the next run` : '',
  ]
    .filter(Boolean)
    .join('; ');
}

/** Of fewer answers, one wrong number is the greater part. */
const fewestAnswers = 20;

/** What is likely wrong where the greater part of the answers, or all that ever came, is "no such parcel"; else null. */
async function findStrangers(run: NightRun, { timelines, notFound }: Extracted): Promise<string | null> {
  const answered = timelines + notFound;
  if (notFound * 2 <= answered) return null;
  if (answered < fewestAnswers) {
    const reader = await run.connection.runAndReadAll('select count(*) from landed_polls');
    if (timelines > 0 || Number(reader.getRows()[0]?.[0]) > 0) return null;
  }
  return (
    `the API knows ${timelines} of ${plural(answered, 'parcel')}: likely the keys are those of another Sendcloud account, or the ` +
    'parcels were never registered there (`parcelmetrics register` without --known does that)'
  );
}

/** Plans and polls within a run. */
export async function extractStep(
  context: Context,
  run: NightRun,
  say: (text: string) => void,
): Promise<Ending> {
  const { config, clock } = context;
  const pause = await findPause(run);
  if (pause !== null) {
    say(pause.text);
    return pause.ending;
  }
  const registered = await run.connection.runAndReadAll('select exists (select 1 from registry)');
  if (registered.getRows()[0]?.[0] !== true) {
    const warning = 'nothing is registered: `parcelmetrics register FILE` names the parcels to ask for';
    say(warning);
    return { exitCode: 3, summary: { extract: null, due: 0, left: 0, requests: 0, warnings: [warning] } };
  }
  const options = { startAt: clock(), seedsFolder: config.seeds };
  await closeParcels(run.connection, options);
  const plan = await makePlan(run.connection, options);
  await noteChecks(run.connection, options.startAt);
  return pollPlan(context, run, plan, say);
}

/** What of a plan fits into the budget and the time, and how long it takes. */
export function estimate({ config }: Context, plan: Plan): { budget: number; minutes: number; left: number } {
  const budget = Math.min(plan.due, config.maxRequests ?? plan.due);
  const inTime =
    config.maxDurationMs === null
      ? budget
      : Math.floor((config.maxDurationMs / millisecondsInMinute) * config.ratePerMinute);
  return {
    budget,
    minutes: Math.ceil(budget / config.ratePerMinute),
    left: plan.due - Math.min(budget, inTime),
  };
}

/** Polls a plan within its budget and time, and says how it went. */
export async function pollPlan(
  context: Context,
  run: NightRun,
  plan: Plan,
  say: (text: string) => void,
): Promise<Ending> {
  const { config, clock, log, progress, signal } = context;
  const { budget, minutes, left: expectedLeft } = estimate(context, plan);
  log.info(
    `due: ${plan.due} of ${plural(plan.active, 'open parcel')} (${plan.fresh} never polled); budget: ${budget}; ` +
      `about ${plural(minutes, 'minute')} at ${config.ratePerMinute} a minute; will be left: ${expectedLeft}`,
  );
  const endAtMs = config.maxDurationMs === null ? undefined : Date.now() + config.maxDurationMs;
  const client = openClient(context, endAtMs);
  try {
    progress.start('polling', budget);
    const extracted = await extract(run.connection, {
      runId: run.runId,
      client,
      clock,
      observe: (receivedAtMs) => config.asOf?.getTime() ?? receivedAtMs,
      count: budget,
      concurrency: config.concurrency,
      signal,
      endAtMs,
      maxRequests: config.maxRequests ?? undefined,
      onPoll: () => progress.advance(),
      onBatch: ({ polled, timelines, deadLetters }) =>
        run.note('extract', polled, budget, {
          requests: client.counters.requests,
          retries: client.counters.retries,
          landed: timelines,
          deadLetters,
        }),
    });
    progress.stop();
    const left = plan.due - extracted.polled;
    say(describeExtracted(extracted, left));
    const { stoppedBy, failed, refused, deadLetters } = extracted;
    const strangers = await findStrangers(run, extracted);
    if (strangers !== null) log.warn(strangers);
    const warnings = strangers === null ? [] : [strangers];
    if (typeof stoppedBy === 'object' && stoppedBy?.code === 'answers_changed')
      warnings.push(stoppedBy.message);
    const summary = {
      extract: {
        ...extracted,
        stoppedBy: typeof stoppedBy === 'object' && stoppedBy !== null ? stoppedBy.code : stoppedBy,
      },
      due: plan.due,
      left,
      requests: client.counters.requests,
      retries: client.counters.retries,
      warnings,
    };
    if (stoppedBy === 'signal') {
      log.info(`interrupted: ${describeExtracted(extracted, left)}`);
      throw signal.reason;
    }
    if (stoppedBy !== null && stoppedBy !== 'time') {
      log.error(`the extract stopped: ${stoppedBy.message}; all that was polled is kept`);
      if (stoppedBy.hint !== undefined) log.error(stoppedBy.hint);
      if (stoppedBy.retryAtMs !== undefined)
        await writeNotBefore(run.connection, new Date(stoppedBy.retryAtMs));
      return { exitCode: stoppedBy.exitCode, summary };
    }
    if (failed > 0 && failed === extracted.polled) {
      log.error(`the API answered none of ${plural(failed, 'parcel')}; they stay due`);
      return { exitCode: 4, summary };
    }
    const isWhole = left + failed + refused + deadLetters === 0 && strangers === null;
    return { exitCode: isWhole ? 0 : 3, summary };
  } finally {
    progress.stop();
    await client.close();
  }
}

/** `extract` */
export async function runExtract(context: Context): Promise<number> {
  requireApi(context.config);
  return withRun(context, 'extract', async (run) => {
    let text = '';
    const ending = await extractStep(context, run, (line) => {
      text = line;
    });
    await lakeStep(context, run.connection, run.runId);
    say(context, text, ending.summary);
    return ending;
  });
}
