import { readFileSync, writeFileSync } from 'node:fs';
import Table from 'cli-table3';

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

/** The lines as a table for the terminal. */
export function drawTable(rows) {
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...listCells(rows));
  return table.toString();
}

/** Puts the table between the two marks of docs/performance.md. */
export function writeTable(path, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const table = [line(head), line(head.map(() => '---')), ...listCells(rows).map(line)].join('\n');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace(/(<!-- table -->\n)[\s\S]*?(<!-- end -->)/, `$1\n${table}\n\n$2`));
}
