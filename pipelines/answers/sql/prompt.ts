import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { DuckDBConnection } from '@duckdb/node-api';
import { describeError } from '../../errors.js';
import { historyPath, keepLine, readHistory } from '../../store/sql-history.js';
import { checkStatement } from './check.js';
import { describeExamples, readExamples } from './examples.js';
import { type Answer, type Parameters, runStatement } from './execute.js';
import { OutputGoneError } from './formats.js';
import { splitStatements } from './scan.js';
import { nameSnapshot, type Session, type SqlContext } from './session.js';

export interface PromptOptions extends Pick<SqlContext, 'stdin' | 'stderr' | 'config' | 'signal' | 'nowMs'> {
  session: Session;
  parameters: Parameters;
  show: (answer: Answer) => Promise<void>;
}

const mainPrompt = 'sql> ';
const furtherPrompt = '...> ';
const help = `A query may span lines; a semicolon ends and runs it.
  .tables          the tables, and what is in them
  .schema [TABLE]  the columns, their types, and what they mean
  .examples        questions that managers ask, as queries
  .quit            or Ctrl-D
Tab completes tables and columns. Ctrl-C stops the query that runs, or drops the one being typed.
`;

/** The prompt, on stderr: stdout stays for data. Errors do not end it; `.quit`, Ctrl-D and the signal do. */
export async function runPrompt(options: PromptOptions): Promise<void> {
  const { stdin, stderr, config, signal, session } = options;
  const path = historyPath(config.data);
  let catalog: Catalog = await readCatalog(session.connection);
  const lines = createInterface({
    input: stdin,
    output: stderr,
    terminal: true,
    prompt: mainPrompt,
    history: readHistory(path),
    historySize: 1000,
    removeHistoryDuplicates: true,
    completer: (line: string) => complete(catalog, line),
  });
  stderr.write(`parcelmetrics sql, snapshot ${nameSnapshot(session)}: .help for help, .quit to leave\n`);

  let typed = '';
  let isOpen = true;
  let failure: unknown = null;
  // Pasted lines arrive while the first of them still runs: they wait in a row, and Ctrl-C empties it.
  let waiting: string[] = [];
  let running: Promise<void> | null = null;
  const closed = once(lines, 'close');
  lines.on('close', () => {
    isOpen = false;
  });

  const runWaiting = async () => {
    for (let line = waiting.shift(); line !== undefined; line = waiting.shift()) {
      keepLine(path, line);
      if (/^\s*\.(quit|exit)\s*$/.test(line)) {
        waiting = [];
        lines.close();
        return;
      }
      session.resume();
      try {
        typed = await takeLine(options, typed, line);
        session.resume();
        catalog = await readCatalog(session.connection);
      } catch (error) {
        typed = '';
        if (error instanceof OutputGoneError || signal.aborted) {
          failure = error;
          lines.close();
          return;
        }
        stderr.write(`${session.wasInterrupted() ? 'stopped' : `error: ${describeError(error).line}`}\n`);
      }
    }
  };
  lines.on('line', (line) => {
    waiting.push(line);
    running ??= runWaiting().finally(() => {
      running = null;
      if (isOpen) ask(lines, typed);
    });
  });
  lines.on('SIGINT', () => {
    waiting = [];
    if (running !== null) {
      session.interrupt();
      return;
    }
    typed = '';
    // What stands on the line goes, left and right of the cursor.
    lines.write(null, { ctrl: true, name: 'e' });
    lines.write(null, { ctrl: true, name: 'u' });
    stderr.write('^C\n');
    ask(lines, typed);
  });
  const end = () => lines.close();
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  ask(lines, typed);
  try {
    await closed;
    // What was sent off before the end still runs.
    await running;
    if (failure !== null) throw failure;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function ask(lines: Interface, typed: string): void {
  lines.setPrompt(typed === '' ? mainPrompt : furtherPrompt);
  lines.prompt();
}

/** Runs what a line completes; returns what is still open after it. */
async function takeLine(options: PromptOptions, typed: string, line: string): Promise<string> {
  if (typed === '' && line.trim().startsWith('.')) {
    await runDotCommand(options, line.trim());
    return '';
  }
  const text = `${typed}${line}\n`;
  const pieces = splitStatements(text);
  if (pieces.length === 0) return '';
  if (pieces.some(({ isEnded }) => !isEnded)) return text;
  for (const piece of pieces) {
    const { session, parameters, show, stderr, nowMs = () => performance.now() } = options;
    const startedMs = nowMs();
    const statement = await checkStatement(session.connection, text, piece, session);
    const answer = await runStatement(session, statement, parameters);
    if (answer !== null) await show(answer);
    stderr.write(`(${((nowMs() - startedMs) / 1000).toFixed(2)} s)\n`);
  }
  return '';
}

async function runDotCommand(options: PromptOptions, line: string): Promise<void> {
  const { stderr, session, show } = options;
  const [command, argument] = line.split(/\s+/);
  if (command === '.tables') {
    await show(await answerTo(session, tablesSql, {}));
  } else if (command === '.schema') {
    await show(
      await answerTo(session, argument === undefined ? allColumnsSql : columnsSql, { table: argument ?? '' }),
    );
  } else if (command === '.examples') {
    stderr.write(describeExamples(readExamples()));
  } else {
    if (command !== '.help') stderr.write(`there is no ${command}\n`);
    stderr.write(help);
  }
}

const tablesSql = `select table_name as "table", estimated_size as "rows", comment as meaning
  from duckdb_tables() where not internal order by 1`;
const allColumnsSql = `select table_name as "table", column_name as "column", data_type as type, comment as meaning
  from duckdb_columns() where not internal order by table_name, column_index`;
const columnsSql = `select column_name as "column", data_type as type, comment as meaning
  from duckdb_columns() where not internal and table_name = lower($table) order by column_index`;

async function answerTo(session: Session, sql: string, parameters: Parameters): Promise<Answer> {
  const statement = { kind: 'query', sql, script: sql, shift: 0, parameterNames: [] } as const;
  const answer = await runStatement(session, statement, parameters);
  if (answer === null) throw new Error('a query without an answer');
  return answer;
}

/** Tables with their columns, as the prompt completes them. */
export type Catalog = ReadonlyMap<string, readonly string[]>;

const keywords = (
  'select from where group by order by having limit join left join inner join on using with as and or not null is in ' +
  'between like case when then else end distinct union all describe summarize explain show tables create temp table drop table ' +
  'count(*) sum( avg( min( max( median( quantile_cont( date_trunc( coalesce( round('
).split(' ');

export const dotCommands = ['.examples', '.help', '.quit', '.schema', '.tables'];

export async function readCatalog(connection: DuckDBConnection): Promise<Catalog> {
  const result = await connection.runAndReadAll(
    'select table_name, list(column_name order by column_index) from duckdb_columns() where not internal group by all order by all',
  );
  return new Map(
    result.getRowsJS().map(([table, columns]) => [String(table), (columns as unknown[]).map(String)]),
  );
}

/** What the line before the cursor may go on with, and the part of it that is replaced, as readline wants them. */
export function complete(catalog: Catalog, line: string): [string[], string] {
  if (line.startsWith('.')) {
    const argument = /^\.schema\s+(\w*)$/.exec(line)?.[1];
    if (argument !== undefined) return [startingWith(catalog.keys(), argument), argument];
    return [startingWith(dotCommands, line), line];
  }
  const [, table, start] = /(?:([A-Za-z_]\w*)\.)?([A-Za-z_]\w*)?$/.exec(line) ?? [];
  if (table !== undefined) {
    const columns = catalog.get(table) ?? catalog.get(findAliased(line, table) ?? '') ?? [];
    return [startingWith(columns, start ?? ''), start ?? ''];
  }
  if (start === undefined) return [[], ''];
  if (/\b(from|join|describe|summarize|table)\s+\w*$/i.test(line))
    return [startingWith(catalog.keys(), start), start];
  const columns = [...catalog].filter(([name]) => new RegExp(`\\b${name}\\b`, 'i').test(line));
  const near = columns.length > 0 ? columns : [...catalog];
  const names = new Set([...near.flatMap(([, own]) => own), ...catalog.keys(), ...keywords]);
  return [startingWith(names, start), start];
}

function findAliased(line: string, alias: string): string | undefined {
  return new RegExp(`\\b(\\w+)\\s+(?:as\\s+)?${alias}\\b`, 'i').exec(line)?.[1];
}

function startingWith(names: Iterable<string>, start: string): string[] {
  const lower = start.toLowerCase();
  return [...new Set(names)].filter((name) => name.toLowerCase().startsWith(lower)).sort();
}
