import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.js';
import { configurationError, describeError } from '../errors.js';
import { registerInRun } from './register.js';
import type { Ending, NightRun } from './run.js';

const kinds = /\.(csv|ndjson|jsonl|parquet)$/i;

/** A shop's export may have the same name every night: an earlier one is not overwritten. */
function moveToDone(inbox: string, name: string, runId: string): void {
  const done = join(inbox, 'done');
  mkdirSync(done, { recursive: true });
  const target = existsSync(join(done, name)) ? `${runId}-${name}` : name;
  renameSync(join(inbox, name), join(done, target));
}

/**
 * Registers what lies in the inbox, by name; a file that is done moves to `done/`. One with mistakes stays where it is and is
 * named, and the others go on.
 */
export async function registerInbox(
  context: Context,
  run: NightRun,
  note: (line: string) => void,
): Promise<Ending> {
  const { inbox } = context.config;
  if (inbox === null) return { exitCode: 0 };
  if (!existsSync(inbox)) {
    throw configurationError(`the inbox ${inbox} is not there`, {
      hint: 'Make the folder, or take "inbox" out of the configuration.',
    });
  }
  let exitCode = 0;
  for (const name of readdirSync(inbox).sort()) {
    if (!kinds.test(name)) continue;
    const file = join(inbox, name);
    try {
      const { ending, text } = await registerInRun(context, run, file);
      note(`inbox ${name}: ${text}`);
      if (ending.exitCode !== 0) exitCode = Math.max(exitCode, ending.exitCode === 4 ? 4 : 3);
      if (ending.exitCode === 4) return { exitCode };
      if (ending.exitCode === 0) moveToDone(inbox, name, run.runId);
    } catch (error) {
      const { exitCode: code, line } = describeError(error);
      if (code !== 2) throw error;
      context.log.error(`inbox ${name}: ${line}`);
      note(`inbox ${name}: not registered, it has mistakes`);
      exitCode = Math.max(exitCode, 3);
    }
  }
  return { exitCode };
}
