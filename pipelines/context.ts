import type { Config } from './config/config.js';
import type { CommandOptions, OptionName } from './config/options.js';
import type { Log } from './terminal/log.js';
import type { Progress } from './terminal/progress.js';

/** What a command is called and takes, as help and completion tell it. */
export interface CommandShape {
  name: string;
  /** As commander writes them: `<file...>`, `[query]`. */
  arguments?: string;
  /** The words that its argument may be, where they are few. */
  argumentChoices?: readonly string[];
  summary: string;
  /** The options that it takes beside those of every command. */
  optionNames: readonly OptionName[];
}

/** All that a command gets of the world. */
export interface Context {
  config: Config;
  /** The options of this command beside the settings. */
  options: CommandOptions;
  args: readonly string[];
  /** All commands that there are. */
  commands: readonly CommandShape[];
  /** Wrong values of the configuration; only for commands that tolerate them. */
  problems: readonly string[];
  log: Log;
  progress: Progress;
  /** The run's clock; under --as-of it stands still. */
  clock: () => Date;
  /** Aborts at the first SIGINT or SIGTERM; its reason is the error to throw. */
  signal: AbortSignal;
  /** Data for the user; goes nowhere once the reader of a pipe has left. */
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  cwd: string;
}

/** Does the work of a command and returns its exit code. */
export type Run = (context: Context) => Promise<number>;

/** `1 parcel`, `2 parcels`. */
export const plural = (count: number, one: string, many = `${one}s`) =>
  `${count} ${count === 1 ? one : many}`;

/** The answer of a command, its one printer: text, or one object under --json; a line's end is added where it lacks. */
export function say(
  { config, stdout }: Pick<Context, 'config' | 'stdout'>,
  text: string,
  object: unknown,
): void {
  if (config.json) stdout(`${JSON.stringify(object)}\n`);
  else stdout(text.endsWith('\n') ? text : `${text}\n`);
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
