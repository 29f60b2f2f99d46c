import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { DuckDBConnection } from '@duckdb/node-api';
import { describeError } from '../../errors.js';
import { historyPath, keepLine, readHistory } from '../../store/sql-history.js';
import { checkStatement } from './check.js';
import { describeExamples, readExamples } from './examples.js';
import { type Answer, type Parameters, runStatement } from './execute.js';
import { OutputGoneError } from './formats.js';
import { offsetOfByte } from './place.js';
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
  const lines = createInterface({
    input: stdin,
    output: stderr,
    terminal: true,
    prompt: mainPrompt,
    history: readHistory(path),
    historySize: 1000,
    removeHistoryDuplicates: true,
    completer: (line: string, offer: (error: null, found: Completions) => void) => {
      const found = running === null ? complete(session.connection, typed, line) : nothing;
      // What cannot be completed is no trouble of the user's.
      found.catch(() => nothing).then((completions) => offer(null, completions));
    },
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

/** What a part of a line may be replaced with, and that part, as readline wants them. */
export type Completions = [string[], string];

// While a query runs the connection is its own.
const nothing: Promise<Completions> = Promise.resolve([[], '']);

export const dotCommands = ['.examples', '.help', '.quit', '.schema', '.tables'];

const tablesFromSql = `select table_name from duckdb_tables()
  where not internal and starts_with(table_name, lower($1)) order by 1`;
// The columns of a table that is named, or has a name in this query.
const columnsOfSql = `select column_name from duckdb_columns()
  where not internal and starts_with(column_name, lower($3)) and (
    table_name = lower($2) or regexp_matches(lower($1), '\\b' || table_name || '\\s+(as\\s+)?' || lower($2) || '\\b'))
  group by 1 order by 1`;
// The engine's own catalog is left out.
const completionsSql = `select suggestion, suggestion_start::integer, suggestion_type
  from sql_auto_complete($1)
  where suggestion_type not in ('table', 'column')
    or trim(suggestion, '"') in (
      select table_name from duckdb_tables() where not internal
      union all select column_name from duckdb_columns() where not internal)
  order by suggestion_score, lower(suggestion), suggestion`;

/**
 * What the line before the cursor may go on with, and the part of it that is replaced. `typed` are the lines before it. DuckDB's own
 * completion knows the grammar, tables, columns and functions. Two things it does not do: it offers every column after `table.`, and
 * it forgives slips of the finger, where readline can only go on with what was typed.
 */
export async function complete(
  connection: DuckDBConnection,
  typed: string,
  line: string,
): Promise<Completions> {
  const listFirst = async (sql: string, values: string[]) =>
    (await connection.runAndReadAll(sql, values)).getRows().map(([name]) => String(name));
  if (typed === '' && line.startsWith('.')) {
    const table = /^\.schema\s+(\w*)$/.exec(line)?.[1];
    return table === undefined
      ? [dotCommands.filter((name) => name.startsWith(line)), line]
      : [await listFirst(tablesFromSql, [table]), table];
  }
  const text = `${typed}${line}`;
  const [, qualifier, column = ''] = /\b([a-z_]\w*)\.(\w*)$/i.exec(line) ?? [];
  if (qualifier !== undefined) {
    const columns = await listFirst(columnsOfSql, [text, qualifier, column]);
    if (columns.length > 0) return [columns, column];
  }
  const rows = (await connection.runAndReadAll(completionsSql, [text])).getRows();
  const start = offsetOfByte(text, Number(rows[0]?.[1] ?? 0));
  if (rows.length === 0 || start < typed.length) return [[], ''];
  const begun = text.slice(start);
  const fitting = rows.filter(([found]) => String(found).toLowerCase().startsWith(begun.toLowerCase()));
  const own = fitting.filter(([, , kind]) => kind === 'table' || kind === 'column');
  // Names of the snapshot come first; where nothing is begun, the whole grammar would follow.
  const offered = own.length > 0 || begun === '' ? own : fitting;
  return [[...new Set(offered.map(([found]) => String(found)))].filter((name) => name !== begun), begun];
}
