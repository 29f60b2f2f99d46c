import { Readable } from 'node:stream';
import { type Options, parse } from 'csv-parse';
import { type ColumnMap, type Columns, describeMissing, findColumn, matchColumns } from './columns.js';

/** A row of a table, its cells in order; broken: why it is none, never its content. */
export type TableRow = { place: string; cells: readonly string[] } | { place: string; broken: string };

export interface Table {
  columns: Columns;
  rows: AsyncIterable<TableRow>;
  /** What was read past before the header. */
  skippedLines: number;
}

interface Dialect {
  delimiter: string;
  /** From 1. */
  headerLine: number;
  headers: string[];
  hasHeader: boolean;
  /** A `sep=` line says the mark. */
  isSaid: boolean;
}

const delimiters = [',', ';', '\t', '|'];
/** How far down a header is looked for. */
const preambleLines = 30;

function splitHeader(line: string, delimiter: string): string[] {
  return line.split(delimiter).map((cell) =>
    cell
      .trim()
      .replace(/^"(.*)"$/s, '$1')
      .replaceAll('""', '"')
      .trim(),
  );
}

/** The line with the header and the mark between cells: the first line that has the tracking number as a column. */
function findDialect(head: string, known: readonly string[], map: ColumnMap): Dialect {
  const lines = head.split(/\r\n|\n|\r/).slice(0, preambleLines);
  const said = /^sep=(.)$/i.exec(lines[0]?.trim() ?? '')?.[1];
  const candidates = said === undefined ? delimiters : [said];
  const read = (line: string) => {
    const best = candidates.reduce((mark, other) =>
      line.split(other).length > line.split(mark).length ? other : mark,
    );
    return { delimiter: best, headers: splitHeader(line, best) };
  };
  for (const [index, line] of lines.entries()) {
    const { delimiter, headers } = read(line);
    if (headers.some((header) => findColumn(header, known, map) === 'tracking_number'))
      return { delimiter, headers, headerLine: index + 1, hasHeader: true, isSaid: said !== undefined };
  }
  const first = lines.findIndex((line) => line.trim() !== '' && !/^sep=.$/i.test(line.trim()));
  return { ...read(lines[first] ?? ''), headerLine: first + 1, hasHeader: false, isSaid: said !== undefined };
}

interface Parsed {
  record: string[];
  raw: string;
  info: { lines: number };
}

/** Rows as they stand on their lines, quotation marks being letters: what is left to do with a quote that was not closed. */
async function readUnquoted(raw: string, options: Options): Promise<{ cells: string[]; line: number }[]> {
  const parser = Readable.from([Buffer.from(raw)]).pipe(parse({ ...options, quote: null, from_line: 1 }));
  const rows: { cells: string[]; line: number }[] = [];
  for await (const { record, info } of parser as AsyncIterable<Parsed>)
    rows.push({ cells: record, line: info.lines });
  return rows;
}

/** A quoted cell with blanks behind it keeps its quotes. */
function finishCell(cell: string): string {
  const text = cell.trim();
  const quoted = /^"(.*)"$/s.exec(text)?.[1];
  return quoted === undefined ? text : quoted.replaceAll('""', '"').trim();
}

const countLines = (text: string) => text.split(/\r\n|\n|\r/).length - 1;

/**
 * Reads a CSV in the dialect that its start shows: the mark between cells, lines before the header, `sep=`. A row that is none
 * is named, and the others are read.
 * @throws ParcelmetricsError (exit code 2) where no column has the tracking number.
 */
export function readCsv(
  name: string,
  head: string,
  chunks: AsyncIterable<Buffer>,
  known: readonly string[],
  map: ColumnMap,
): Table {
  const dialect = findDialect(head, known, map);
  const place = `${name}:${dialect.headerLine}`;
  if (!dialect.hasHeader) throw describeMissing(place, dialect.headers, known, map);
  const columns = matchColumns(place, dialect.headers, known, map);
  return {
    columns,
    rows: readRows(name, chunks, dialect),
    skippedLines: dialect.headerLine - 1 - (dialect.isSaid ? 1 : 0),
  };
}

async function* readRows(
  name: string,
  chunks: AsyncIterable<Buffer>,
  { delimiter, headerLine, headers }: Dialect,
): AsyncGenerator<TableRow> {
  let unclosed: { raw: string; line: number } | null = null;
  const options: Options = {
    bom: true,
    info: true,
    raw: true,
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    // Not `trim`: it gives up the rest of the file at the first letter behind a closing quote.
    ltrim: true,
  };
  const parser = parse({
    ...options,
    from_line: headerLine + 1,
    on_skip: (error, raw) => {
      unclosed = { raw: raw ?? '', line: (error as { lines?: number } | undefined)?.lines ?? 0 };
    },
  });
  const source = Readable.from(chunks);
  source.on('error', (error) => parser.destroy(error));
  const checkCells = (raw: readonly string[], line: number): TableRow => {
    const cells = raw.map(finishCell);
    const surplus = cells.slice(headers.length).some((cell) => cell !== '');
    return surplus || cells.length < headers.length
      ? { place: `${name}:${line}`, broken: `${cells.length} cells, where the header has ${headers.length}` }
      : { place: `${name}:${line}`, cells };
  };
  const reread = async function* (raw: string, firstLine: number, trouble: string): AsyncGenerator<TableRow> {
    for (const { cells, line } of await readUnquoted(raw, options)) {
      const row = checkCells(cells, firstLine + line - 1);
      yield line === 1 ? { place: row.place, broken: trouble } : row;
    }
  };
  for await (const { record, raw, info } of source.pipe(parser) as AsyncIterable<Parsed>) {
    const row = checkCells(record, info.lines);
    const text = raw.replace(/[\r\n]+$/, '');
    // A quote closed by another row's took the rows between along: they are read line by line.
    if ('broken' in row && countLines(text) > 0)
      yield* reread(text, info.lines - countLines(text), 'a quotation mark that is not closed on its line');
    else yield row;
  }
  if (unclosed !== null) {
    const { raw, line } = unclosed as { raw: string; line: number };
    const text = raw.replace(/[\r\n]+$/, '');
    yield* reread(text, line - countLines(text), 'a quotation mark that is never closed');
  }
}
