import type { Context } from '../commands.js';
import { runSql, type SqlContext, type SqlOptions } from './run.js';

/** Where `sql` reads and writes; streams, because a slow reader has to slow the query down. */
export interface Streams {
  stdin: SqlContext['stdin'] & { isTTY?: boolean };
  stdout: SqlContext['stdout'] & { isTTY?: boolean; columns?: number };
  stderr: SqlContext['stderr'] & { isTTY?: boolean };
}

/** `sql` as the command line calls it. */
export async function runSqlCommand(context: Context & { streams?: Streams }): Promise<number> {
  const { config, options, args, signal } = context;
  const { stdin, stdout, stderr } = context.streams ?? process;
  const { queryFile, parameters, format, output, allowFiles, examples } = options;
  const sqlOptions: SqlOptions = { file: queryFile, parameters, format, allowFiles, examples, output };
  if (args[0] !== undefined) sqlOptions.query = args[0];
  const isTerminal = stdin.isTTY === true && stderr.isTTY === true;
  const columns = stdout.isTTY === true ? (stdout.columns ?? 80) : null;
  return runSql({ config, stdin, stdout, stderr, isTerminal, columns, signal }, sqlOptions);
}
