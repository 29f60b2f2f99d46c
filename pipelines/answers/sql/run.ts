import { readFileSync } from 'node:fs';
import { addAbortSignal } from 'node:stream';
import type { Context } from '../../context.js';
import { usageError } from '../../errors.js';
import { type CheckedStatement, checkStatement } from './check.js';
import { findDotWord, runDotWord } from './dot-words.js';
import { describeExamples, findExample, readExamples } from './examples.js';
import { type Answer, findParameter, type Parameters, runStatement, writeParquet } from './execute.js';
import {
  createWrite,
  OutputGoneError,
  type SqlFormat,
  type Write,
  writeCsv,
  writeJson,
  writeMarkdown,
  writeNdjson,
} from './formats.js';
import { runPrompt } from './prompt.js';
import { splitStatements } from './scan.js';
import { openSession, type Session, type SqlContext } from './session.js';
import { writeTable } from './table.js';

export interface SqlOptions {
  /** With `examples`, the name of one. */
  query?: string;
  /** A file to read the query from. */
  file?: string | null;
  parameters: Parameters;
  format: SqlFormat;
  /** Where Parquet goes. */
  output?: string | null;
  allowFiles: boolean;
  /** Lists the examples, or runs the one that `query` names. */
  examples: boolean;
}

/**
 * `sql`: answers a query, a file, stdin, or whoever sits at the prompt, from the published snapshot. Returns the exit code.
 *
 * @throws ParcelmetricsError with exit code 2 for anything wrong with the query or its options; the signal's reason.
 */
export async function runSql(context: SqlContext, options: SqlOptions): Promise<number> {
  const { config, stderr, stdout, signal, columns = null } = context;
  const note = (text: string) => void stderr.write(`${text}\n`);
  let session: Session | null = null;
  const interrupt = () => session?.interrupt();
  const output = createWrite(stdout, signal, interrupt);
  signal.addEventListener('abort', interrupt);
  try {
    checkOptions(options);
    if (options.examples && options.query === undefined) {
      await writeExamples(config.json || options.format === 'json', output.write);
      return 0;
    }
    const script = await readScript(context, options);
    signal.throwIfAborted();
    session = await openSession(config, options.allowFiles);
    signal.throwIfAborted();
    if (options.allowFiles)
      note('--allow-files: queries may read CSV, JSON and Parquet files of this machine');
    const format = config.json && options.format === 'table' ? 'json' : options.format;
    const show = (answer: Answer, as = format) =>
      writeAnswer(answer, as, output.write, { columns, note: config.quiet ? () => {} : note });
    const { parameters } = options;
    const word = script === null ? null : findDotWord(script);
    if (script === null) await runPrompt({ ...context, session, show, parameters, format });
    else if (word !== null) await runWord(session, word, { ...options, format }, show, output.write);
    else await runScript(session, script, { ...options, format }, show, output.write);
    signal.throwIfAborted();
    return 0;
  } catch (error) {
    if (error instanceof OutputGoneError) return 0;
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', interrupt);
    output.close();
    session?.close();
  }
}

function checkOptions({ query, file, examples, format, output, allowFiles }: SqlOptions): void {
  if (file && (query !== undefined || examples)) {
    throw usageError('a query was given twice: with --file, and beside it', { hint: 'Leave one out.' });
  }
  if (format !== 'parquet') {
    if (output) throw usageError('--output is for --format parquet', { hint: 'Redirect the others: > FILE' });
    return;
  }
  if (!allowFiles) {
    throw usageError('--format parquet writes a file, which takes --allow-files', {
      hint: 'Add --allow-files and --output FILE.parquet.',
    });
  }
  if (!output?.endsWith('.parquet')) {
    throw usageError('--format parquet needs a file', { hint: 'Add --output FILE.parquet.' });
  }
}

/** The text to run; null for the prompt. */
async function readScript(context: SqlContext, options: SqlOptions): Promise<string | null> {
  const { query, file, examples } = options;
  if (examples) return findExample(query ?? '').sql;
  if (file) return readText(file);
  if (query !== undefined && query !== '-') return query;
  if (query === undefined && context.isTerminal) {
    if (options.format !== 'parquet') return null;
    throw usageError('--format parquet needs a query', { hint: 'The prompt shows rows and writes no file.' });
  }
  const chunks: Buffer[] = [];
  for await (const chunk of addAbortSignal(context.signal, context.stdin)) chunks.push(Buffer.from(chunk));
  return decode(Buffer.concat(chunks), 'what came from stdin');
}

function readText(path: string): string {
  try {
    return decode(readFileSync(path), path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EISDIR') throw cause;
    const reason = code === 'ENOENT' ? 'there is no such file' : 'it is a folder';
    throw usageError(`cannot read the query from ${path}: ${reason}`, { cause });
  }
}

function decode(bytes: Buffer, origin: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw usageError(`${origin} is not UTF-8`, { hint: 'Save the query as UTF-8.', cause });
  }
}

async function writeExamples(isJson: boolean, write: Write): Promise<void> {
  const examples = readExamples();
  await write(isJson ? `${JSON.stringify(examples)}\n` : describeExamples(examples));
}

/** A dot word on the command line: what the prompt says to it, on stdout. */
async function runWord(
  session: Session,
  word: string,
  { format, parameters }: SqlOptions,
  show: (answer: Answer) => Promise<void>,
  write: Write,
): Promise<void> {
  const [name = ''] = Object.keys(parameters);
  if (name !== '') throw usageError(`-p ${name}: ${word} takes no parameters`);
  if (format === 'parquet') throw usageError(`${word} writes no Parquet`, { hint: 'Leave --format out.' });
  const done = await runDotWord(session, word, format);
  if (done.kind === 'rows') await show(done.answer);
  if (done.kind === 'text')
    await write(format === 'json' ? `${JSON.stringify({ text: done.text })}\n` : done.text);
  if (done.kind === 'mode')
    throw usageError('.mode is for the prompt', { hint: `Use --format ${done.mode}.` });
}

async function runScript(
  session: Session,
  script: string,
  { parameters, format, output }: SqlOptions,
  show: (answer: Answer) => Promise<void>,
  write: Write,
): Promise<void> {
  const statements: CheckedStatement[] = [];
  // All are looked at before the first is run.
  const made = new Set<string>();
  for (const piece of splitStatements(script)) {
    const checks = { allowsFiles: session.allowsFiles, made };
    const statement = await checkStatement(session.connection, script, piece, checks);
    if (statement.kind === 'create' && statement.table !== undefined) made.add(statement.table);
    statements.push(statement);
  }
  checkParameters(statements, parameters);
  const answerCount = statements.filter(({ kind }) => kind === 'query' || kind === 'explain').length;
  if (statements.length === 0)
    throw usageError('there is no query', { hint: 'See: parcelmetrics sql --help' });
  if (answerCount > 1 && format !== 'table' && format !== 'markdown') {
    throw usageError(`${answerCount} queries have ${answerCount} answers, and ${format} holds one`, {
      hint: 'Use --format table or markdown, or one query at a time.',
    });
  }
  let isFirst = true;
  for (const statement of statements) {
    if (format === 'parquet' && output && statement.kind === 'query') {
      await writeParquet(session, statement, parameters, output);
      continue;
    }
    const answer = await runStatement(session, statement, parameters);
    if (answer === null) continue;
    if (!isFirst) await write('\n');
    isFirst = false;
    await show(answer);
  }
}

function checkParameters(statements: readonly CheckedStatement[], parameters: Parameters): void {
  const needed = new Set(statements.flatMap(({ parameterNames }) => parameterNames));
  for (const name of needed) {
    if (findParameter(parameters, name) === undefined)
      throw usageError(`the query needs a value for $${name}`, { hint: `Give it with -p ${name}=VALUE.` });
  }
  for (const name of Object.keys(parameters)) {
    if (findParameter(Object.fromEntries([...needed].map((one) => [one, ''])), name) === undefined)
      throw usageError(`-p ${name}: the query has no $${name}`, { hint: listNeeded(needed) });
  }
}

function listNeeded(needed: ReadonlySet<string>): string {
  if (needed.size === 0) return 'It has no parameters: write $name where a value goes.';
  return `Its parameters: ${[...needed].map((name) => `$${name}`).join(', ')}`;
}

function writeAnswer(
  answer: Answer,
  format: SqlFormat,
  write: Write,
  table: { columns: number | null; note: (text: string) => void },
): Promise<void> {
  if (format === 'csv') return writeCsv(answer, write);
  if (format === 'json') return writeJson(answer, write);
  if (format === 'ndjson') return writeNdjson(answer, write);
  if (format === 'markdown') return writeMarkdown(answer, write);
  return writeTable(answer, write, table);
}

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
  // Some terminals say nothing of their width, or 0.
  const columns = stdout.isTTY === true ? stdout.columns || 80 : null;
  return runSql({ config, stdin, stdout, stderr, isTerminal, columns, signal }, sqlOptions);
}
