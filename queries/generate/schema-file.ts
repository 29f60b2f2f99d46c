import type { DuckDBConnection } from '@duckdb/node-api';
import { readRows } from '../db.js';
import { type DictionaryEntry, figureTables, readDictionary } from '../dictionary.js';
import { columnsOf, isShared, type Metric } from '../metrics.js';
import { publicTables } from '../models.js';
import type { Made } from './rate-sql.js';

interface Column {
  table: string;
  name: string;
  type: string;
}

const typeOfData: Readonly<Record<string, string>> = {
  VARCHAR: 'string',
  TIMESTAMP: 'string',
  DATE: 'string',
  DOUBLE: 'number',
  BIGINT: 'number',
  HUGEINT: 'number',
  INTEGER: 'number',
  BOOLEAN: 'boolean',
};

const opening = `/**
 * The published tables as \`toPlain\` of db.ts delivers their rows: counts and shares as number, dates 'YYYY-MM-DD', instants ISO 8601 in
 * UTC. What each column means stands in the dictionary. Made of the built tables by \`npm run generate\`; a test holds it fresh.
 */

/** A rate r comes as r, its 95 % interval r_lo and r_hi, and r_n, the parcels that it is about; null where r_n is 0. */
type Rates<Name extends string> = Record<Name | \`\${Name}_lo\` | \`\${Name}_hi\`, number | null> &
  Record<\`\${Name}_n\`, number>;

/** A duration or share with its 95 % interval; null where it is not reached, or nobody was watched that long. */
type Limited<Name extends string> = Record<Name | \`\${Name}_lo\` | \`\${Name}_hi\`, number | null>;
`;

/** weekly_control: WeeklyControl. */
function toTypeName(table: string): string {
  return table.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The first sentence of a table's comment. */
function sayGrain(comment: string): string {
  return /^.+?\.(?= |$)/.exec(comment)?.[0] ?? comment;
}

async function readColumns(connection: DuckDBConnection): Promise<Column[]> {
  return readRows<Column>(
    connection,
    `select table_name as "table", column_name as name, data_type as type
     from duckdb_columns()
     where database_name = current_database() and table_name in (${publicTables.map((name) => `'${name}'`).join(', ')})
     order by table_name, column_index`,
  );
}

/**
 * queries/schema.ts, from the public tables of the current catalog (built, be it of nothing) and the dictionary.
 * @throws RangeError naming a column that the dictionary lacks, or whose type has no counterpart.
 */
export async function makeSchema(connection: DuckDBConnection, metrics: readonly Metric[]): Promise<Made> {
  const dictionary = readDictionary(metrics);
  const entries = new Map<string, DictionaryEntry>(
    dictionary.map((entry) => [`${entry.table}.${entry.column ?? ''}`, entry]),
  );
  const columns = await readColumns(connection);
  const entryOf = (table: string, column: string | null) => {
    const entry = entries.get(`${table}.${column ?? ''}`);
    if (!entry)
      throw new RangeError(`${[table, column].filter(Boolean).join('.')} is not in queries/dictionary.csv`);
    return entry;
  };
  const renderField = ({ table, name, type }: Column) => {
    const data = typeOfData[type];
    if (!data) throw new RangeError(`${table}.${name} is ${type}, which no row type has`);
    return `  ${name}: ${data}${/\bNull\b/.test(entryOf(table, name).comment) ? ' | null' : ''};\n`;
  };
  const renderInterface = (table: string) => {
    const own = columns.filter((one) => one.table === table && !entryOf(table, one.name).isFigure);
    const parent = figureTables.includes(table) ? ' extends Figures' : '';
    return `/** ${sayGrain(entryOf(table, null).comment)} */\nexport interface ${toTypeName(table)}${parent} {\n${own.map(renderField).join('')}}\n`;
  };
  const shared = metrics.filter(isShared);
  const namesOf = (estimator: Metric['estimator']) =>
    shared.filter((metric) => metric.estimator === estimator).map(({ name }) => name);
  const withLimits = new Set(shared.filter(({ estimator }) => estimator !== 'count').flatMap(columnsOf));
  const [figuresOf = ''] = figureTables;
  const counts = columns.filter(
    (one) => one.table === figuresOf && entryOf(figuresOf, one.name).isFigure && !withLimits.has(one.name),
  );
  const union = (name: string, names: readonly string[]) =>
    `export type ${name} =\n${names.map((each) => `  | '${each}'`).join('\n')};\n`;
  const parts = [
    opening,
    union('RateName', namesOf('rate')),
    union('DurationName', namesOf('duration')),
    `/** What the performance tables have in common. */\nexport interface Figures extends Rates<RateName>, Limited<DurationName> {\n${counts.map(renderField).join('')}}\n`,
    ...publicTables.map(renderInterface),
    `/** Every published table by name, as a typed query builder wants it. */\nexport interface Snapshot {\n${publicTables.map((table) => `  ${table}: ${toTypeName(table)};\n`).join('')}}\n`,
  ];
  return { path: 'queries/schema.ts', text: parts.join('\n') };
}
