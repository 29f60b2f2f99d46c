import { type Context, plural, say } from '../context.js';
import { describeError, usageError } from '../errors.js';
import { writeNotBefore } from '../extract/not-before.js';
import { type Registered, registerFile } from '../extract/register.js';
import { checkThere } from '../files/open.js';
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
    isKnown: options.known,
    isDryRun: options.dryRun,
    keepDays: context.config.keepLandedDays,
    map: options.columnMap,
    concurrency: context.config.concurrency,
    signal,
    warn: (message) => log.warn(message),
    onRow: () => {
      rows += 1;
      progress.advance();
      if (rows % 100 === 0) run.note('register', rows, null);
    },
  });
  progress.stop();
  return registered;
}

function describeRegistered(registered: Registered, isDryRun: boolean): string {
  const { rows, added, known, rejected, failed, forgotten, bad, doubtful, takenAsKnown, tooOld } = registered;
  return [
    `${plural(rows, 'row')}: ${added} ${isDryRun ? 'would be registered' : 'registered'}, ${known} known already`,
    takenAsKnown > 0 ? `${takenAsKnown} of them taken as tracked by Sendcloud` : '',
    bad > 0 ? `${bad} left out, with mistakes` : '',
    doubtful > 0 ? `${doubtful} in doubt` : '',
    rejected > 0 ? `${rejected} refused by the API (see \`parcelmetrics status\`)` : '',
    failed > 0 ? `${failed} without an answer: run the file again` : '',
    forgotten > 0 ? `${forgotten} left out, because they were forgotten` : '',
    tooOld > 0 ? `${tooOld} left out, because they are older than what is kept (keep-landed-days)` : '',
  ]
    .filter(Boolean)
    .join('; ');
}

interface OneFile extends Registered {
  file: string;
}

/** All files of a call as one. */
function sumUp(files: readonly OneFile[]): Registered {
  const sum = (name: Exclude<keyof Registered, 'mistakes' | 'stoppedBy'>) =>
    files.reduce((total, file) => total + file[name], 0);
  return {
    rows: sum('rows'),
    known: sum('known'),
    added: sum('added'),
    rejected: sum('rejected'),
    failed: sum('failed'),
    forgotten: sum('forgotten'),
    tooOld: sum('tooOld'),
    bad: sum('bad'),
    doubtful: sum('doubtful'),
    takenAsKnown: sum('takenAsKnown'),
    mistakes: files.flatMap(({ mistakes }) => mistakes),
    stoppedBy: files.at(-1)?.stoppedBy ?? null,
  };
}

/** `register FILE...`: a file without one usable row is named, and the others are registered. */
export async function runRegister(context: Context): Promise<number> {
  const { options, args, log } = context;
  if (args.length === 0) throw usageError('register needs a file');
  for (const file of args) checkThere(file);
  const client = options.known || options.dryRun ? null : openClient(context);
  try {
    return await withRun(context, 'register', async (run) => {
      const pause = client === null ? null : await findPause(run);
      if (pause !== null) {
        say(context, pause.text, pause.ending.summary);
        return pause.ending;
      }
      const done: OneFile[] = [];
      const unusable: { file: string; error: string }[] = [];
      for (const file of args) {
        try {
          done.push({ file, ...(await registerStep(context, run, file, client)) });
        } catch (error) {
          const { exitCode, message, line } = describeError(error);
          if (exitCode !== 2 || args.length === 1) throw error;
          log.error(line);
          unusable.push({ file, error: message });
        }
        if ((done.at(-1)?.stoppedBy ?? null) !== null) break;
      }
      if (done.length === 0)
        throw usageError(`none of the ${args.length} files has a usable row`, {
          hint: 'Nothing was registered. Each is named above.',
        });
      const registered = sumUp(done);
      const lines = done.map(
        (file) => `${args.length > 1 ? `${file.file}: ` : ''}${describeRegistered(file, options.dryRun)}`,
      );
      say(context, lines.join('\n'), {
        ...registered,
        stoppedBy: registered.stoppedBy?.code ?? null,
        ...(args.length > 1
          ? { files: done.map((file) => ({ ...file, stoppedBy: file.stoppedBy?.code ?? null })), unusable }
          : {}),
      });
      const ending = await endRegister(context, run, registered);
      return unusable.length > 0 && ending.exitCode === 0 ? { ...ending, exitCode: 3 } : ending;
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
  const { stoppedBy, rejected, failed, bad, doubtful } = registered;
  if (stoppedBy !== null) {
    log.error(`stopped: ${stoppedBy.message}; what was registered is kept, run the file again to go on`);
    if (stoppedBy.hint !== undefined) log.error(stoppedBy.hint);
    if (stoppedBy.retryAtMs !== undefined)
      await writeNotBefore(run.connection, new Date(stoppedBy.retryAtMs));
    return {
      exitCode: stoppedBy.exitCode,
      summary: { register: { ...registered, stoppedBy: stoppedBy.code } },
    };
  }
  return { exitCode: rejected + failed + bad + doubtful > 0 ? 3 : 0, summary: { register: registered } };
}
