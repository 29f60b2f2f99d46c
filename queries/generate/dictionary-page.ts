import { type DictionaryEntry, figureTables, readDictionary } from '../dictionary.js';
import type { Metric } from '../metrics.js';
import type { Made } from './rate-sql.js';

const opening = `# Data dictionary

What every published table and column holds. This page is made of \`queries/dictionary.csv\` and, for the figures,
\`queries/seeds/metrics.csv\` (\`npm run generate\`); do not edit it by hand. The same words are in the database as comments:

\`\`\`sql
select column_name, data_type, comment from duckdb_columns() where table_name = 'parcels'
\`\`\`

What the figures mean, with a worked example each, and what they cannot tell, is in [methodology.md](methodology.md).

## How to read it

| unit | stored as | means |
|---|---|---|
| UTC instant | TIMESTAMP | a point in time, in UTC; an event stamped exactly 00:00:00 gives the date only |
| date | DATE | a calendar date, local where the column says so |
| hours | DOUBLE | wall-clock hours, nights and weekends included |
| days | BIGINT, DOUBLE | whole days |
| share 0 to 1 | DOUBLE | 0.912 is 91.2 % |
| share or hours | DOUBLE | a share or hours, as the metric named in the row has it |
| count | BIGINT | how many |
| number | BIGINT, INTEGER, DOUBLE | a rank, an hour of the day, a threshold |
| flag | BOOLEAN | true or false |
| code | VARCHAR, BIGINT | one of a list, or a key of another system |
| text | VARCHAR | words |

- **Null.** A column that can be null says when. A column that does not say so is never null.
- **Cohorts.** A figure belongs to the parcels that started in the window: the *label cohort* by the date of the label, the *scan cohort* by the
  date of the first scan, the *due cohort* by the first promised date. Returns and cancelled parcels are in none.
- **Watched for 7, 14 or 30 days.** The parcel started at least that long before the clock, and it has ended (for labels: has been scanned), or
  was polled at least that long after its start. The others are counted in \`data_quality\` as \`not_observed_long_enough\`.
- **Intervals.** \`_lo\` and \`_hi\` are the limits of the 95 % interval of the column before them; \`_n\` is the number of parcels that a rate is about.
- **Carriers.** \`'*'\` is all carriers together, so never add it to the others. An empty text is a parcel whose response names no carrier.
`;

/** The anchor that a heading gets. */
function anchor(table: string): string {
  return `#${table}`;
}

function renderColumns(entries: readonly DictionaryEntry[]): string {
  const rows = entries.map(
    ({ column, unit, comment }) => `| \`${column}\` | ${unit} | ${comment.replaceAll('|', '\\|')} |`,
  );
  return ['| column | unit | what it holds |', '|---|---|---|', ...rows].join('\n');
}

function renderTable(table: string, entries: readonly DictionaryEntry[]): string {
  const about = entries.find(({ column }) => column === null);
  const own = entries.filter(({ column, isFigure }) => column !== null && !isFigure);
  const link = figureTables.includes(table) ? '\n\nBeside these it has all the [figures](#figures).' : '';
  return `## ${table}\n\n${about?.comment}\n\n${renderColumns(own)}${link}\n`;
}

function renderFigures(entries: readonly DictionaryEntry[]): string {
  const tables = figureTables.map((table) => `[${table}](${anchor(table)})`);
  return `## figures

These columns are in each of ${tables.join(', ')}. What the first columns of those tables say, a period, a carrier, a lane, a week, is
whose figures they are.

${renderColumns(entries)}
`;
}

/** docs/data-dictionary.md, from the dictionary. */
export function makeDictionaryPage(metrics: readonly Metric[]): Made {
  const entries = readDictionary(metrics);
  const tables = [...new Set(entries.filter(({ column }) => column === null).map(({ table }) => table))];
  const entriesOf = (table: string) => entries.filter((entry) => entry.table === table);
  const [figuresOf = ''] = figureTables;
  const contents = tables.map((table) => {
    const [grain = ''] =
      /^.+?(?=[.:;](\s|$))/.exec(entriesOf(table).find(({ column }) => column === null)?.comment ?? '') ?? [];
    return `- [${table}](${anchor(table)}): ${grain.charAt(0).toLowerCase()}${grain.slice(1)}`;
  });
  contents.splice(
    tables.indexOf(figuresOf),
    0,
    `- [figures](#figures): the columns that the five performance tables share`,
  );
  const sections = tables.flatMap((table) => [
    ...(table === figuresOf ? [renderFigures(entriesOf(table).filter(({ isFigure }) => isFigure))] : []),
    renderTable(table, entriesOf(table)),
  ]);
  const text = [opening, `## Contents\n\n${contents.join('\n')}\n`, ...sections].join('\n');
  return { path: 'docs/data-dictionary.md', text };
}
