import type { Context } from './commands.js';
import { requireApi } from './config.js';
import { usageError } from './errors.js';
import { type Extracted, extract } from './extract/extract.js';
import { importFiles } from './extract/import.js';
import { closeParcels, makePlan, type Plan, planBackfill } from './extract/plan.js';
import { type Registered, registerFile } from './extract/register.js';
import { readNotBefore, writeNotBefore } from './extract/rest.js';
import { type Ending, type NightRun, withRun } from './night-run.js';
import { type Client, createClient } from './sendcloud/client.js';
import { packageVersion } from './version.js';

// What brings data in: the commands import, register and extract, and the steps that nightly takes of them.

/** @throws ParcelmetricsError (exit code 2) without credentials, or with a frozen clock against the live API. */
export function openClient({ config, log }: Context, endAtMs?: number): Client {
  const { publicKey, secretKey } = requireApi(config);
  return createClient({
    baseUrl: config.baseUrl,
    auth: config.auth,
    tokenUrl: config.tokenUrl,
    publicKey: publicKey.reveal(),
    secretKey: secretKey.reveal(),
    ratePerMinute: config.ratePerMinute,
    concurrency: config.concurrency,
    keepSourceId: config.keepSourceId,
    endAtMs,
    userAgent: `parcelmetrics/${packageVersion()}`,
    onRequest: (event) => log.debug(JSON.stringify(event)),
  });
}

const plural = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

function say(context: Context, text: string, object: unknown): void {
  context.stdout(context.config.json ? `${JSON.stringify(object)}\n` : `${text}\n`);
}

/** `import FILE...` */
export async function runImport(context: Context): Promise<number> {
  const { config, args, clock, log, progress, signal } = context;
  return withRun(context, 'import', async (run) => {
    progress.start('import, lines', null);
    let lines = 0;
    const imported = await importFiles(run.connection, {
      files: args,
      runId: run.runId,
      clock,
      keepSourceId: config.keepSourceId,
      signal,
      onBatch: (count) => {
        lines += count;
        progress.advance(count);
        run.say('import', lines, null);
      },
      onRefused: (place, reason) => log.warn(`${place} refused: ${reason}`),
    });
    progress.stop();
    const { polls, responses, events, refused, forgotten } = imported;
    const parts = [
      `${plural(imported.lines, 'line')}: ${plural(polls, 'new observation')}, ${plural(responses, 'new response')}, ${plural(events, 'new event')}`,
      refused > 0 ? `${plural(refused, 'line')} refused` : '',
      forgotten > 0 ? `${forgotten} left out, because their numbers were forgotten` : '',
    ];
    say(context, parts.filter(Boolean).join('; '), imported);
    return { exitCode: refused > 0 ? 3 : 0, summary: { import: imported } };
  });
}

/** Registers one file within a run. */
async function registerStep(
  context: Context,
  run: NightRun,
  file: string,
  client: Client | null,
): Promise<Registered> {
  const { options, clock, log, progress, signal } = context;
  progress.start('register, parcels', null);
  let rows = 0;
  const registered = await registerFile(run.connection, {
    file,
    runId: run.runId,
    clock,
    client,
    isDryRun: options.dryRun,
    concurrency: context.config.concurrency,
    signal,
    warn: (message) => log.warn(message),
    onRow: () => {
      rows += 1;
      progress.advance();
      if (rows % 100 === 0) run.say('register', rows, null);
    },
  });
  progress.stop();
  return registered;
}

function describeRegistered(registered: Registered, isDryRun: boolean): string {
  const { rows, added, known, rejected, failed, forgotten } = registered;
  return [
    `${plural(rows, 'row')}: ${added} ${isDryRun ? 'would be registered' : 'registered'}, ${known} known already`,
    rejected > 0 ? `${rejected} refused by the API (see \`parcelmetrics status\`)` : '',
    failed > 0 ? `${failed} without an answer: run the file again` : '',
    forgotten > 0 ? `${forgotten} left out, because they were forgotten` : '',
  ]
    .filter(Boolean)
    .join('; ');
}

/** `register FILE` */
export async function runRegister(context: Context): Promise<number> {
  const { options, args } = context;
  const file = args[0];
  if (file === undefined) throw usageError('register needs a file');
  const client = options.known || options.dryRun ? null : openClient(context);
  try {
    return await withRun(context, 'register', async (run) => {
      const pause = client === null ? null : await findPause(run);
      if (pause !== null) {
        say(context, pause.text, pause.ending.summary);
        return pause.ending;
      }
      const registered = await registerStep(context, run, file, client);
      say(context, describeRegistered(registered, options.dryRun), {
        ...registered,
        stoppedBy: registered.stoppedBy?.code ?? null,
      });
      return endRegister(context, run, registered);
    });
  } finally {
    await client?.close();
  }
}

/** A file of the inbox, within the night's run. */
export async function registerInRun(
  context: Context,
  run: NightRun,
  file: string,
): Promise<{ ending: Ending; text: string }> {
  const pause = await findPause(run);
  if (pause !== null) return pause;
  const client = openClient(context);
  try {
    const registered = await registerStep(context, run, file, client);
    return {
      ending: await endRegister(context, run, registered),
      text: describeRegistered(registered, false),
    };
  } finally {
    await client.close();
  }
}

async function endRegister({ log }: Context, run: NightRun, registered: Registered): Promise<Ending> {
  const { stoppedBy, rejected, failed } = registered;
  if (stoppedBy !== null) {
    log.error(`stopped: ${stoppedBy.message}; what was registered is kept, run the file again to go on`);
    if (stoppedBy.retryAtMs !== undefined)
      await writeNotBefore(run.connection, new Date(stoppedBy.retryAtMs));
    return {
      exitCode: stoppedBy.exitCode,
      summary: { register: { ...registered, stoppedBy: stoppedBy.code } },
    };
  }
  return { exitCode: rejected + failed > 0 ? 3 : 0, summary: { register: registered } };
}

function describeExtracted(extracted: Extracted, left: number): string {
  const { polled, timelines, changed, notFound, failed, deadLetters } = extracted;
  return [
    `${plural(polled, 'parcel')} polled: ${plural(timelines, 'timeline')}, ${changed} of them new or changed`,
    notFound > 0 ? `${notFound} not found` : '',
    failed > 0 ? `${failed} without an answer, due again in the next run` : '',
    deadLetters > 0 ? `${deadLetters} became dead letters` : '',
    left > 0 ? `${plural(left, 'due parcel')} left for the next run` : '',
  ]
    .filter(Boolean)
    .join('; ');
}

/** Where the API asked for no request yet, how a step ends before its first one; else null. */
export async function findPause(run: NightRun): Promise<{ text: string; ending: Ending } | null> {
  const notBefore = await readNotBefore(run.connection);
  if (notBefore === null) return null;
  const at = notBefore.toISOString();
  return {
    text: `no request before ${at}: the API asked for that; nothing was sent`,
    ending: { exitCode: 3, summary: { not_before: at } },
  };
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
  const options = { startAt: clock(), seedsFolder: config.seeds };
  await closeParcels(run.connection, options);
  return pollPlan(context, run, await makePlan(run.connection, options), say);
}

/** What of a plan fits into the budget and the time, and how long it takes. */
function estimate({ config }: Context, plan: Plan): { budget: number; minutes: number; left: number } {
  const budget = Math.min(plan.due, config.maxRequests ?? plan.due);
  const inTime =
    config.maxDurationMs === null
      ? budget
      : Math.floor((config.maxDurationMs / 60_000) * config.ratePerMinute);
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
        run.say('extract', polled, budget, {
          requests: client.counters.requests,
          retries: client.counters.retries,
          landed: timelines,
          deadLetters,
        }),
    });
    progress.stop();
    const left = plan.due - extracted.polled;
    say(describeExtracted(extracted, left));
    const { stoppedBy, failed, deadLetters } = extracted;
    const summary = {
      extract: {
        ...extracted,
        stoppedBy: typeof stoppedBy === 'object' && stoppedBy !== null ? stoppedBy.code : stoppedBy,
      },
      due: plan.due,
      left,
      requests: client.counters.requests,
      retries: client.counters.retries,
    };
    if (stoppedBy === 'signal') {
      log.info(`interrupted: ${describeExtracted(extracted, left)}`);
      throw signal.reason;
    }
    if (stoppedBy !== null && stoppedBy !== 'time') {
      log.error(`the extract stopped: ${stoppedBy.message}; all that was polled is kept`);
      if (stoppedBy.retryAtMs !== undefined)
        await writeNotBefore(run.connection, new Date(stoppedBy.retryAtMs));
      return { exitCode: stoppedBy.exitCode, summary };
    }
    if (failed > 0 && failed === extracted.polled) {
      log.error(`the API answered none of ${plural(failed, 'parcel')}; they stay due`);
      return { exitCode: 4, summary };
    }
    return { exitCode: left > 0 || failed > 0 || deadLetters > 0 ? 3 : 0, summary };
  } finally {
    progress.stop();
    await client.close();
  }
}

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

/** Asks on a terminal; anywhere else the answer is no. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const { createInterface } = await import('node:readline/promises');
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `)).trim());
  } finally {
    prompt.close();
  }
}

/** `retry-failed` */
export async function runRetryFailed(context: Context): Promise<number> {
  return withRun(context, 'retry-failed', async (run) => {
    const reader = await run.connection.runAndReadAll(
      `update registry set state = 'active', state_reason = null, phase = 'new', last_polled_at = null, not_found_count = 0, failure_count = 0
       where state = 'dead'`,
    );
    const revived = Number(reader.getRows()[0]?.[0] ?? 0);
    say(context, `${plural(revived, 'dead letter')} back in the queue`, { revived });
    return { exitCode: 0, summary: { revived } };
  });
}

/** `extract` */
export async function runExtract(context: Context): Promise<number> {
  requireApi(context.config);
  return withRun(context, 'extract', async (run) => {
    let text = '';
    const ending = await extractStep(context, run, (line) => {
      text = line;
    });
    say(context, text, ending.summary);
    return ending;
  });
}
