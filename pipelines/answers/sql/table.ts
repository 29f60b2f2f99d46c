import type { DuckDBValue } from '@duckdb/node-api';
import { displayWidth, drawRow, toVisible, widest } from '../../terminal/table.js';
import type { Answer, Column } from './execute.js';
import type { Write } from './formats.js';
import { toText } from './formats.js';

export interface TableOptions {
  /** The width of the terminal; null when it is none: then nothing is cut. */
  columns: number | null;
  /** What is left out is said here. */
  note: (text: string) => void;
}

/** More rows than these do not help anybody who reads a terminal. */
const rowsOnTerminal = 1000;
/** How wide texts may be on a terminal, the first that makes all columns fit; and where none does. */
const textLimits = [Number.POSITIVE_INFINITY, 60, 30, 16, 8];
const limitWithout = 30;
const separator = ' │ ';

/** Aligned columns. Of an endless answer only one batch is kept: a terminal gets the first 1000 rows, a pipe gets all. */
export async function writeTable(
  { kind, columns, batches }: Answer,
  write: Write,
  options: TableOptions,
): Promise<void> {
  if (kind === 'explain') {
    // A plan is drawn by DuckDB, over several lines.
    for await (const rows of batches) for (const row of rows) await write(`${toText(row.at(-1))}\n`);
    return;
  }
  let layout: Layout | null = null;
  let shown = 0;
  const isTerminal = options.columns !== null;
  for await (const rows of batches) {
    const kept = isTerminal ? rows.slice(0, rowsOnTerminal - shown) : rows;
    const cells = kept.map((row) => row.map(toCell));
    if (layout === null) {
      layout = fitColumns(columns, cells, options.columns);
      await write(drawHead(layout));
    } else if (!isTerminal) {
      // What comes later may be wider: in a pipe it is better out of line than cut.
      layout.widths = widest(columns.length, cells, layout.widths);
    }
    await write(drawRows(layout, cells));
    shown += kept.length;
    if (isTerminal && (kept.length < rows.length || shown >= rowsOnTerminal)) {
      options.note(`the first ${shown} rows; for all of them use --format csv, or a limit of your own`);
      break;
    }
  }
  if (layout === null) {
    layout = fitColumns(columns, [], options.columns);
    await write(drawHead(layout));
    options.note('no rows');
  }
  const missing = columns.length - layout.columns.length;
  if (missing > 0) {
    options.note(
      `${layout.columns.length} of ${columns.length} columns fit; name those you want, or use --format csv`,
    );
  }
}

interface Layout {
  columns: readonly Column[];
  widths: number[];
}

// A text that reads NULL is quoted: what is not quoted is none.
function toCell(value: DuckDBValue): string {
  const text = toText(value);
  if (text === null) return 'NULL';
  return /^'*NULL'*$/.test(text) ? `'${text.replaceAll("'", "''")}'` : toVisible(text);
}

function fitColumns(columns: readonly Column[], cells: readonly string[][], room: number | null): Layout {
  const heads = columns.map(({ name }) => displayWidth(toVisible(name)));
  const natural = widest(columns.length, cells, heads);
  if (room === null) return { columns, widths: natural };
  // A number that is cut is a wrong number: only texts give way.
  const limitTexts = (limit: number) =>
    natural.map((width, index) => (columns[index]?.isNumber ? width : Math.min(width, limit)));
  const limit = textLimits.find((one) => totalOf(limitTexts(one)) <= room);
  const widths = limitTexts(limit ?? limitWithout);
  // Where that is not enough, columns go from the right.
  while (widths.length > 1 && totalOf(widths) > room) widths.pop();
  widths[0] = Math.min(widths[0] ?? 0, room);
  // What is left over goes back to the texts that gave way.
  for (const [index, width] of widths.entries()) {
    const missing = Math.min((natural[index] ?? 0) - width, room - totalOf(widths));
    if (missing > 0) widths[index] = width + missing;
  }
  return { columns: columns.slice(0, widths.length), widths };
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, (widths.length - 1) * separator.length);
}

function drawHead(layout: Layout): string {
  const names = layout.columns.map(({ name }) => toVisible(name));
  const line = layout.widths.map((width) => '─'.repeat(width)).join('─┼─');
  return `${drawRows(layout, [names])}${line}\n`;
}

function drawRows({ columns, widths }: Layout, cells: readonly string[][]): string {
  const layout = columns.map(({ isNumber }, index) => ({ width: widths[index] ?? 0, isRight: isNumber }));
  return cells.map((row) => `${drawRow(row, layout, separator)}\n`).join('');
}
