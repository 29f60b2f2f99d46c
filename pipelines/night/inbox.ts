import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.js';
import { describeError } from '../errors.js';
import { registerInRun } from './register.js';
import { type Ending, gravest, type NightRun } from './run.js';

/** A shop's export may have the same name every night: an earlier one is not overwritten. */
function moveToDone(inbox: string, name: string, runId: string): void {
  const done = join(inbox, 'done');
  mkdirSync(done, { recursive: true });
  const target = existsSync(join(done, name)) ? `${runId}-${name}` : name;
  renameSync(join(inbox, name), join(done, target));
}

/** Why an entry of the folder is not looked into, or null. Hidden ones are half-sent files and notes of other programs. */
function findReason(inbox: string, name: string): string | null {
  const kind = statSync(join(inbox, name), { throwIfNoEntry: false });
  if (kind === undefined) return 'a link that leads nowhere';
  if (kind.isDirectory()) return 'a folder: only files are read';
  if (!kind.isFile()) return 'no file';
  return name.startsWith('.') ? 'a hidden file: not read' : null;
}

/** One file: what is said of it, and how grave it is. */
async function takeFile(
  context: Context,
  run: NightRun,
  name: string,
): Promise<{ text: string; exitCode: number }> {
  const { inbox } = context.config;
  const file = join(inbox ?? '', name);
  try {
    const { ending, text } = await registerInRun(context, run, file);
    if (ending.exitCode === 0) moveToDone(inbox ?? '', name, run.runId);
    return { text, exitCode: ending.exitCode };
  } catch (error) {
    const { exitCode, line } = describeError(error);
    if (exitCode !== 2) throw error;
    context.log.error(`inbox ${name}: ${line}`);
    // The first line only: the others were said, and this one goes into every summary.
    const [why = ''] = line.split('\n');
    return { text: `not registered: ${why.replace(file, '').replace(/^[\s:]+/, '')}`, exitCode: 3 };
  }
}

/**
 * Registers what lies in the inbox, by name; a file that is done moves to `done/`. Whatever else is there stays and is named every
 * night until it is gone, and the others go on. A hidden file is named and troubles nobody.
 */
export async function registerInbox(
  context: Context,
  run: NightRun,
  note: (line: string) => void,
): Promise<Ending> {
  const { inbox } = context.config;
  if (inbox === null) return { exitCode: 0 };
  if (!existsSync(inbox)) {
    context.log.warn(
      `the inbox ${inbox} is not there: nothing was registered. Make the folder, or take "inbox" out of the configuration`,
    );
    note(`inbox ${inbox}: the folder is not there`);
    return { exitCode: 3 };
  }
  const codes: number[] = [];
  for (const name of readdirSync(inbox).sort()) {
    if (name === 'done') continue;
    const reason = findReason(inbox, name);
    if (reason !== null) {
      note(`inbox ${name}: ${reason}`);
      if (!name.startsWith('.')) codes.push(3);
      continue;
    }
    if (codes.includes(4)) {
      note(`inbox ${name}: waits, since the API did not answer`);
      continue;
    }
    const { text, exitCode } = await takeFile(context, run, name);
    note(`inbox ${name}: ${text}`);
    if (exitCode !== 0) codes.push(exitCode === 4 ? 4 : 3);
  }
  return { exitCode: gravest(codes) };
}
