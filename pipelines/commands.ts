export { COMMANDS } from './command-list.js';

import type { Config } from './config.js';
import type { Log } from './log.js';
import type { CommandOptions, OptionName } from './options.js';
import type { Progress } from './progress.js';

/** All that a command gets of the world. */
export interface Context {
  config: Config;
  /** The options of this command beside the settings. */
  options: CommandOptions;
  args: readonly string[];
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

export interface CommandSpec {
  name: string;
  /** As commander writes them: `<file...>`, `[query]`. */
  arguments?: string;
  group: 'First steps' | 'The night' | 'Answers' | 'House keeping';
  summary: string;
  /** Further lines of its help. */
  details?: string;
  /** The options that it takes beside those of every command. */
  optionNames: readonly OptionName[];
  /** Command line and what it is for. */
  examples: readonly (readonly [line: string, purpose: string])[];
  /** Runs with a wrong configuration too, and is told what is wrong. */
  toleratesProblems?: true;
  /** Has nothing left to do once nobody reads its output. */
  stopsWithOutput?: true;
  /** Runs until it is interrupted: then its own exit code counts. */
  endsBySignal?: true;
  /** Imports the handler: help and usage errors load none of them. */
  load: () => Promise<Run>;
}
