import type { DuckDBValue } from '@duckdb/node-api';
import {
  DuckDBArrayValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBUnionValue,
} from '../../store/driver.js';
import type { Answer } from './execute.js';

export type SqlFormat = 'table' | 'csv' | 'json' | 'ndjson' | 'markdown' | 'parquet';

/** Instants, dates and the like are spelled as DuckDB does it, in every format: 2026-11-03 04:12:00. */
export function toText(value: DuckDBValue | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** RFC 4180, with line feeds: NULL is an empty field, an empty text is `""`. */
export async function writeCsv({ columns, batches }: Answer, write: Write): Promise<void> {
  await write(`${columns.map(({ name }) => csvField(name)).join(',')}\n`);
  for await (const rows of batches) {
    let text = '';
    for (const row of rows) text += `${row.map((value) => csvField(toText(value))).join(',')}\n`;
    await write(text);
  }
}

function csvField(text: string | null): string {
  if (text === null) return '';
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One array of objects. */
export async function writeJson(answer: Answer, write: Write): Promise<void> {
  let before = '[\n';
  for await (const lines of jsonLines(answer)) {
    await write(before + lines.join(',\n'));
    before = ',\n';
  }
  await write(before === '[\n' ? '[]\n' : '\n]\n');
}

/** One object a line. */
export async function writeNdjson(answer: Answer, write: Write): Promise<void> {
  for await (const lines of jsonLines(answer)) await write(`${lines.join('\n')}\n`);
}

async function* jsonLines({ columns, batches }: Answer): AsyncGenerator<string[]> {
  const keys = columns.map(({ name }) => JSON.stringify(name));
  for await (const rows of batches) {
    yield rows.map((row) => `{${row.map((value, index) => `${keys[index]}:${toJson(value)}`).join(',')}}`);
  }
}

/** Whole numbers beyond 2^53 and numbers that JSON lacks (NaN, Infinity) become texts; lists and structs stay what they are. */
export function toJson(value: DuckDBValue | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `"${value}"`;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? String(value) : `"${value}"`;
  if (value instanceof DuckDBDecimalValue) return value.width <= 15 ? value.toString() : `"${value}"`;
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue)
    return `[${value.items.map(toJson).join(',')}]`;
  if (value instanceof DuckDBStructValue) return jsonObject(Object.entries(value.entries));
  if (value instanceof DuckDBMapValue)
    return jsonObject(value.entries.map((entry) => [toText(entry.key) ?? 'null', entry.value]));
  if (value instanceof DuckDBUnionValue) return toJson(value.value);
  return JSON.stringify(String(value));
}

function jsonObject(entries: readonly (readonly [string, DuckDBValue])[]): string {
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${toJson(value)}`).join(',')}}`;
}

/** A table as GitHub and most wikis read it. */
export async function writeMarkdown({ columns, batches }: Answer, write: Write): Promise<void> {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  await write(line(columns.map(({ name }) => markdownCell(name))));
  await write(line(columns.map(({ isNumber }) => (isNumber ? '---:' : '---'))));
  for await (const rows of batches) {
    await write(rows.map((row) => line(row.map((value) => markdownCell(toText(value))))).join(''));
  }
}

function markdownCell(text: string | null): string {
  if (text === null) return '*NULL*';
  return text.replace(/[\\|`*_<>[\]]/g, '\\$&').replace(/\r\n|\r|\n/g, '<br>');
}

/** Writes text and waits until there is room for more. */
export type Write = (text: string) => Promise<void>;

/** Nobody reads the output any more: the end of a command, not an error. */
export class OutputGoneError extends Error {
  override readonly name = 'OutputGoneError';
  readonly code = 'EPIPE';
}

/** Wraps a stream so that a slow reader slows the query down, and one that left ends it. `onGone` is told at once. */
export function createWrite(
  stream: NodeJS.WritableStream,
  signal: AbortSignal,
  onGone: () => void,
): { write: Write; close: () => void } {
  let isGone = false;
  const onError = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
    isGone = true;
    onGone();
  };
  stream.on('error', onError);
  const write = async (text: string) => {
    if (isGone) throw new OutputGoneError('nobody reads the output');
    if (!stream.write(text)) await roomIn(stream, signal);
    if (isGone) throw new OutputGoneError('nobody reads the output');
  };
  return { write, close: () => void stream.off('error', onError) };
}

function roomIn(stream: NodeJS.WritableStream, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const events = ['drain', 'close', 'error'];
    const done = () => {
      for (const event of events) stream.off(event, done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
