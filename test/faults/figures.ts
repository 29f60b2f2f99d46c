import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One line of the table: what was done, how often, how often it went wrong, and how far the figure reaches. */
export interface Figure {
  part: string;
  what: string;
  tried: number;
  bad: number;
  reach: string;
}

/** Notes a figure for the table at the end of the suite; without a suite around it, nothing is kept. */
export function noteFigure(figure: Figure): void {
  const folder = process.env.FAULTS_FIGURES;
  if (folder !== undefined)
    appendFileSync(join(folder, `${process.pid}.ndjson`), `${JSON.stringify(figure)}\n`);
}

function readRows(folder: string): string[] {
  const number = (value: number) => value.toLocaleString('en');
  return readdirSync(folder)
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as Figure)
    .map(
      ({ part, what, tried, bad, reach }) =>
        `| ${part} | ${what} | ${number(tried)} | ${number(bad)} | ${reach} |`,
    );
}

const cellsOf = (row: string) => row.split(' | ');
/** What a row is about, whatever the size: the same in another run. */
const subjectOf = (row: string) =>
  cellsOf(row)
    .slice(0, 2)
    .join()
    .replace(/[\d,]+/g, 'N');

function toMarkdown(rows: readonly string[]): string {
  const sorted = rows.toSorted((a, b) =>
    (cellsOf(a)[0] ?? '').localeCompare(cellsOf(b)[0] ?? '', 'en', { numeric: true }),
  );
  return [
    '| | what | tried | lost, torn, leaked or wrong | reach |',
    '|---|---|--:|--:|---|',
    ...sorted,
  ].join('\n');
}

const page = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));
const marks = ['<!-- figures -->', '<!-- /figures -->'] as const;

/** Prints the table; FAULTS_KEEP=1 writes its rows into that of docs/reliability.md too, in place of those about the same. */
export function printFigures(folder: string): void {
  const rows = readRows(folder);
  process.stdout.write(`\n${toMarkdown(rows)}\n`);
  if (process.env.FAULTS_KEEP !== '1' || !existsSync(page)) return;
  const text = readFileSync(page, 'utf8');
  const [start, end] = marks.map((mark) => text.indexOf(mark));
  if (start === undefined || end === undefined || start < 0 || end < start) return;
  const made = new Set(rows.map(subjectOf));
  const kept = text
    .slice(start, end)
    .split('\n')
    .filter((line) => /^\| \d/.test(line) && !made.has(subjectOf(line)));
  const table = toMarkdown([...kept, ...rows]);
  writeFileSync(page, `${text.slice(0, start + marks[0].length)}\n\n${table}\n\n${text.slice(end)}`);
}
