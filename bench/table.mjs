import { readFileSync, writeFileSync } from 'node:fs';
import { layOut } from '../dist/pipelines/terminal/table.js';

const show = (value) =>
  value === undefined || Number.isNaN(value) ? '' : String(Number(value.toPrecision(3)));
const head = ['what', 'against', 'measured', 'reach', 'ratio of CPU', 'seconds', 'theirs'];

function listCells(rows) {
  return rows.map(({ what, against, value, reach, isReached, cpuRatio, seconds, theirSeconds }) => {
    const unit = reach.unit === 'MB' ? ' MB' : '';
    const goal = `${reach.atLeast ? 'at least' : 'at most'} ${reach.limit}${unit}${isReached ? '' : ': missed'}`;
    return [what, against, `${show(value)}${unit}`, goal, show(cpuRatio), show(seconds), show(theirSeconds)];
  });
}

/** A table for the terminal, its head first. */
export function drawTable(rows) {
  return layOut(rows.map((row) => row.map(String)));
}

/** The measured lines as a table for the terminal. */
export function drawResults(rows) {
  return drawTable([head, ...listCells(rows)]);
}

/** Puts the table between the two marks of docs/performance.md. */
export function writeTable(path, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const table = [line(head), line(head.map(() => '---')), ...listCells(rows).map(line)].join('\n');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace(/(<!-- table -->\n)[\s\S]*?(<!-- end -->)/, `$1\n${table}\n\n$2`));
}
