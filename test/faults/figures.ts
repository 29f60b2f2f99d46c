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

function readFigures(folder: string): Figure[] {
  const lines = readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8').trim().split('\n'),
  );
  return lines
    .map((line) => JSON.parse(line) as Figure)
    .sort((a, b) => a.part.localeCompare(b.part, 'en', { numeric: true }));
}

function toMarkdown(figures: readonly Figure[]): string {
  const number = (value: number) => value.toLocaleString('en');
  const rows = figures.map(
    ({ part, what, tried, bad, reach }) =>
      `| ${part} | ${what} | ${number(tried)} | ${number(bad)} | ${reach} |`,
  );
  return ['| | what | tried | lost, torn, leaked or wrong | reach |', '|---|---|--:|--:|---|', ...rows].join(
    '\n',
  );
}

const page = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));
const marks = ['<!-- figures -->', '<!-- /figures -->'] as const;

/** Prints the table; FAULTS_KEEP=1 writes it into docs/reliability.md too. */
export function printFigures(folder: string): void {
  const table = toMarkdown(readFigures(folder));
  process.stdout.write(`\n${table}\n`);
  if (process.env.FAULTS_KEEP !== '1' || !existsSync(page)) return;
  const text = readFileSync(page, 'utf8');
  const [start, end] = marks.map((mark) => text.indexOf(mark));
  if (start === undefined || end === undefined || start < 0 || end < start) return;
  const kept = `${text.slice(0, start + marks[0].length)}\n\n${table}\n\n${text.slice(end)}`;
  writeFileSync(page, kept);
}
