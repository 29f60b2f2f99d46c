import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { DuckDBConnection } from '@duckdb/node-api';
import { describeError } from '../../errors.js';
import { historyPath, keepLine, readHistory } from '../../store/sql-history.js';
import { checkStatement } from './check.js';
import { dotWords, findDotWord, modes, runDotWord } from './dot-words.js';
import { readExamples } from './examples.js';
import { type Answer, type Parameters, runStatement } from './execute.js';
import { OutputGoneError, type SqlFormat } from './formats.js';
import { offsetOfByte } from './place.js';
import { splitStatements } from './scan.js';
import { nameSnapshot, type Session, type SqlContext } from './session.js';

export interface PromptOptions extends Pick<SqlContext, 'stdin' | 'stderr' | 'config' | 'signal' | 'nowMs'> {
  session: Session;
  parameters: Parameters;
  /** How rows are shown until `.mode` says otherwise. */
  format: SqlFormat;
  show: (answer: Answer, format: SqlFormat) => Promise<void>;
}

/** What is left after a line. */
interface Seat {
  /** What is typed of a statement that has not ended yet. */
  typed: string;
  format: SqlFormat;
  isLeaving: boolean;
}

const mainPrompt = 'sql> ';
const furtherPrompt = '...> ';
/** The prompt, on stderr: stdout stays for data. Errors do not end it; `.quit`, `exit`, Ctrl-D and the signal do. */
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
      const found = running === null ? complete(session.connection, seat.typed, line) : nothing;
      // What cannot be completed is no trouble of the user's.
      found.catch(() => nothing).then((completions) => offer(null, completions));
    },
  });
  stderr.write(`parcelmetrics sql, snapshot ${nameSnapshot(session)}: .help for help, .quit to leave\n`);

  let seat: Seat = { typed: '', format: options.format, isLeaving: false };
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
      session.resume();
      try {
        seat = await takeLine(options, seat, line);
        session.resume();
      } catch (error) {
        seat = { ...seat, typed: '' };
        if (error instanceof OutputGoneError || signal.aborted) {
          failure = error;
          lines.close();
          return;
        }
        stderr.write(`${session.wasInterrupted() ? 'stopped' : `error: ${describeError(error).line}`}\n`);
      }
      if (seat.isLeaving) {
        waiting = [];
        lines.close();
        return;
      }
    }
  };
  lines.on('line', (line) => {
    waiting.push(line);
    running ??= runWaiting().finally(() => {
      running = null;
      if (isOpen) ask(lines, seat.typed);
    });
  });
  lines.on('SIGINT', () => {
    waiting = [];
    if (running !== null) {
      session.interrupt();
      return;
    }
    seat = { ...seat, typed: '' };
    // What stands on the line goes, left and right of the cursor.
    lines.write(null, { ctrl: true, name: 'e' });
    lines.write(null, { ctrl: true, name: 'u' });
    stderr.write('^C\n');
    ask(lines, seat.typed);
  });
  const end = () => lines.close();
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  ask(lines, seat.typed);
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
async function takeLine(options: PromptOptions, seat: Seat, line: string): Promise<Seat> {
  const { session, parameters, show, stderr, nowMs = () => performance.now() } = options;
  // Half-way through a statement only what cannot be SQL leaves.
  const word = seat.typed === '' || /^\s*\.(quit|exit)\s*$/.test(line) ? findDotWord(line) : null;
  if (word !== null) {
    const done = await runDotWord(session, word, seat.format);
    if (done.kind === 'rows') await show(done.answer, seat.format);
    if (done.kind === 'text') stderr.write(done.text);
    return {
      typed: '',
      format: done.kind === 'mode' ? done.mode : seat.format,
      isLeaving: done.kind === 'quit',
    };
  }
  const text = `${seat.typed}${line}\n`;
  const pieces = splitStatements(text);
  if (pieces.length === 0) return { ...seat, typed: '' };
  if (pieces.some(({ isEnded }) => !isEnded)) return { ...seat, typed: text };
  for (const piece of pieces) {
    const startedMs = nowMs();
    const statement = await checkStatement(session.connection, text, piece, session);
    const answer = await runStatement(session, statement, parameters);
    if (answer !== null) await show(answer, seat.format);
    stderr.write(`(${((nowMs() - startedMs) / 1000).toFixed(2)} s)\n`);
  }
  return { ...seat, typed: '' };
}

/** What a part of a line may be replaced with, and that part, as readline wants them. */
export type Completions = [string[], string];

// While a query runs the connection is its own.
const nothing: Promise<Completions> = Promise.resolve([[], '']);

const dotNames = [...dotWords.map(([name]) => name), '.exit'].sort();

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
    const [, word, begun = ''] = /^\.(schema|mode|examples)\s+(\w*)$/.exec(line) ?? [];
    if (word === 'schema') return [await listFirst(tablesFromSql, [begun]), begun];
    const names: readonly string[] = word === 'mode' ? modes : readExamples().map(({ name }) => name);
    if (word !== undefined) return [names.filter((name) => name.startsWith(begun)), begun];
    return [dotNames.filter((name) => name.startsWith(line)), line];
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
