import { type Context, plural, say } from '../context.js';
import { usageError } from '../errors.js';
import { writeNotBefore } from '../extract/not-before.js';
import { type Registered, registerFile } from '../extract/register.js';
import type { Client } from '../sendcloud/client.js';
import { findPause, openClient } from './api.js';
import { type Ending, type NightRun, withRun } from './run.js';

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
    keepDays: context.config.keepLandedDays,
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
  const { rows, added, known, rejected, failed, forgotten, tooOld } = registered;
  return [
    `${plural(rows, 'row')}: ${added} ${isDryRun ? 'would be registered' : 'registered'}, ${known} known already`,
    rejected > 0 ? `${rejected} refused by the API (see \`parcelmetrics status\`)` : '',
    failed > 0 ? `${failed} without an answer: run the file again` : '',
    forgotten > 0 ? `${forgotten} left out, because they were forgotten` : '',
    tooOld > 0 ? `${tooOld} left out, because they are older than what is kept (keep-landed-days)` : '',
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
