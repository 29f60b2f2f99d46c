import type { Metric } from '../metrics.js';
import type { Made } from './rate-sql.js';

const path = 'docs/methodology.md';
const heading = '## What each number cannot tell\n\n';

/** docs/methodology.md, as it stands, with the table of what each metric cannot tell made anew. @throws RangeError without such a table. */
export function makeMethodologyTable(metrics: readonly Metric[], readText: (path: string) => string): Made {
  const page = readText(path);
  const start = page.indexOf(heading) + heading.length;
  const end = page.indexOf('\n\n', start);
  if (start < heading.length || end < 0 || page[start] !== '|')
    throw new RangeError(`${path} has no table under "${heading.trim()}"`);
  const rows = metrics.map(
    ({ name, title, cannot_tell }) => `| ${title} | \`${name}\` | ${cannot_tell.replaceAll('|', '\\|')} |`,
  );
  const table = ['| figure | column | it cannot tell |', '|---|---|---|', ...rows].join('\n');
  return { path, text: page.slice(0, start) + table + page.slice(end) };
}
