import { readFileSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { parse } from 'csv-parse/sync';
import { readRows } from './db.js';
import { ModelError } from './errors.js';
import { columnsOf, isShared, listComparisons, listRates, type Metric, readMetrics } from './metrics.js';
import { publicTables } from './models.js';
import { quoteName, quoteText } from './quoting.js';

/** What a public table, or a column of it, holds. */
export interface DictionaryEntry {
  table: string;
  /** Null: the entry is about the table, and its comment starts with the grain. */
  column: string | null;
  /** Null for a table. */
  unit: string | null;
  comment: string;
  /** True for the columns that the performance tables share, written once in the file. */
  isFigure: boolean;
}

interface FileRow {
  table_name: string;
  column_name: string;
  unit: string;
  comment: string;
}

interface Place {
  catalog: string;
  table_name: string;
  kind: 'table' | 'view' | 'column';
  column_name: string | null;
  comment: string | null;
}

const figuresName = 'figures';

/** The tables whose shared columns the dictionary describes once, under `figures`. */
export const figureTables: readonly string[] = [
  'carrier_performance',
  'lane_performance',
  'shipping_option_performance',
  'brand_performance',
  'account_performance',
  'weekly_performance',
];

/** When a figure is null, as a sentence; '' where it never is. */
function sayNull({ name, estimator, unit }: Metric): string {
  if (estimator === 'rate') return ` Null where ${name}_n is 0.`;
  if (estimator === 'adjusted')
    return ' Null where no stratum has enough parcels (see thresholds), and for all carriers together.';
  if (estimator === 'count') return '';
  if (unit !== 'share 0 to 1') return ' Null where it is not reached.';
  return name === 'transit_reached_share'
    ? ' Null where nobody was followed.'
    : ' Null where nobody was watched that long.';
}

/** What a column of a metric holds: the metric itself, a limit, or the parcels that it is about. */
function describeColumn(metric: Metric, column: string): Pick<FileRow, 'column_name' | 'unit' | 'comment'> {
  const { name, estimator, unit, meaning, counted, out_of } = metric;
  const isShown = estimator === 'count' && metric.cohort === null ? ' Null for the previous period.' : '';
  const about = estimator === 'count' ? `Counted: ${counted}.` : `Counted: ${counted}; out of: ${out_of}.`;
  const side = /_(lo|hi)$/.exec(column)?.[1];
  if (column === name) {
    return { column_name: column, unit, comment: `${meaning} ${about}${isShown}${sayNull(metric)}` };
  }
  if (side === undefined) {
    const comment = `Parcels that ${name} is about: ${out_of}.`;
    return { column_name: column, unit: 'count', comment };
  }
  const how = estimator === 'rate' ? ' (Wilson)' : '';
  const comment = `${side === 'lo' ? 'Lower' : 'Upper'} limit of the 95 % interval of ${name}${how}.${unit === 'share 0 to 1' ? ' Null where that is.' : ' Null where it is not reached.'}`;
  return { column_name: column, unit, comment };
}

/** A column of what is compared with the others, like with like. */
function describeDifference(
  { name, title, estimator }: Metric,
  column: string,
  ending: string,
): Pick<FileRow, 'column_name' | 'unit' | 'comment'> {
  const first = column.slice(0, column.length - ending.length);
  const what = estimator === 'difference' ? `${title}: share attempted by then` : `${title} (${name})`;
  const says: Record<string, [unit: string, comment: string]> = {
    '': [
      'number',
      `${what}, less that of all other carriers on the same lanes, delivery types and service levels, weighted with this carrier's own parcels. Null where nothing can be compared, and for all carriers together.`,
    ],
    _lo: ['number', `Lower limit of the 95 % interval of ${first}. Null where that is.`],
    _hi: ['number', `Upper limit of the 95 % interval of ${first}. Null where that is.`],
    _n: [
      'count',
      `Parcels of this carrier that ${first} compares. Null for all carriers together, and where the carrier has none.`,
    ],
    _share: [
      'share 0 to 1',
      `${first}_n out of the parcels that could have been compared. Null where ${first}_n is.`,
    ],
    _extra: [
      'number',
      `Parcels more (or fewer) than the others would have had: ${first} times ${first}_n. Null where that is.`,
    ],
  };
  const [unit = '', comment = ''] = says[ending] ?? [];
  return { column_name: column, unit, comment };
}

/** The rows that follow from the metrics: their columns in the performance tables, and the answers to each rate. */
function describeMetrics(metrics: readonly Metric[]): { after: string; row: FileRow }[] {
  const figures = metrics
    .filter(({ estimator }) => estimator !== 'difference')
    .flatMap((metric) => {
      const table = isShared(metric) ? figuresName : 'carrier_performance';
      return columnsOf(metric).map((column) => ({
        after: table,
        row: { table_name: table, ...describeColumn(metric, column) },
      }));
    });
  const differences = ['carrier_performance', 'lane_performance'].flatMap((table) =>
    listComparisons(metrics).flatMap(({ metric, columns: [first = '', ...others] }) =>
      [first, ...others].map((column) => ({
        after: table,
        row: { table_name: table, ...describeDifference(metric, column, column.slice(first.length)) },
      })),
    ),
  );
  const rates = new Set(listRates(metrics));
  const answers = metrics
    .filter(({ name }) => rates.has(name))
    .map(({ name, counted, out_of }) => ({
      after: 'rate_answers',
      row: {
        table_name: 'rate_answers',
        column_name: name,
        unit: 'flag',
        comment: `True where ${name} counts the parcel: ${counted}. Null where it does not ask it: it is about ${out_of}.`,
      },
    }));
  const counts = [...rates].flatMap((name) => [
    { column_name: `${name}_n`, comment: `Parcels that ${name} asks.` },
    { column_name: `${name}_x`, comment: `Of these, the parcels that it counts.` },
  ]);
  return [
    ...figures,
    ...differences,
    ...answers,
    ...counts.map((row) => ({ after: 'cells', row: { table_name: 'cells', unit: 'count', ...row } })),
  ];
}

/**
 * Every entry of dictionary.csv and, made of the metrics, of their columns; those of `figures` once for each table that has them.
 */
export function readDictionary(metrics: readonly Metric[] = readMetrics()): DictionaryEntry[] {
  const rows = parse(readFileSync(new URL('./dictionary.csv', import.meta.url), 'utf8'), {
    columns: true,
    comment: '#',
    comment_no_infix: true,
    skip_empty_lines: true,
  }) as FileRow[];
  const made = describeMetrics(metrics);
  const all = rows.flatMap((row, index) => {
    const isLast = rows[index + 1]?.table_name !== row.table_name;
    return [
      row,
      ...(isLast ? made.filter(({ after }) => after === row.table_name).map((one) => one.row) : []),
    ];
  });
  return all.flatMap((row) => {
    const isFigure = row.table_name === figuresName;
    if (isFigure && row.column_name === '') return [];
    return (isFigure ? figureTables : [row.table_name]).map((table) => ({
      table,
      column: row.column_name || null,
      unit: row.unit || null,
      comment: row.comment,
      isFigure,
    }));
  });
}

/** The text that the database carries for an entry: '[hours] From label_at to first_scan_at. ...'. */
export function toComment(entry: DictionaryEntry): string {
  return entry.unit === null ? entry.comment : `[${entry.unit}] ${entry.comment}`;
}

function toStatement(place: Place, comment: string): string {
  const name = [
    place.catalog,
    'main',
    place.table_name,
    ...(place.column_name === null ? [] : [place.column_name]),
  ];
  return `comment on ${place.kind} ${name.map(quoteName).join('.')} is ${quoteText(comment)}`;
}

/** The public tables of a catalog (null: the current one) and their columns, with the comments that they have. */
async function readPlaces(connection: DuckDBConnection, catalog: string | null): Promise<Place[]> {
  return readRows<Place>(
    connection,
    `
    with places as (
        select database_name, schema_name, table_name, 'table' as kind, null as column_name, 0 as place, comment
        from duckdb_tables()
        union all
        select database_name, schema_name, view_name, 'view', null, 0, comment
        from duckdb_views()
        union all
        select database_name, schema_name, table_name, 'column', column_name, column_index, comment
        from duckdb_columns()
    )

    select database_name as catalog, table_name, kind, column_name, comment
    from places
    where database_name = coalesce($1, current_database())
        and schema_name = 'main'
        and table_name in (${publicTables.map(quoteText).join(', ')})
    order by table_name, place`,
    [catalog],
  );
}

/**
 * Writes the dictionary into the database: a COMMENT on every public table (or view) of a catalog and on each of its columns.
 * Comments that are right already are left alone, so that a second run changes nothing.
 * @param catalog the attached database; the current one if null.
 * @throws ModelError naming a table or column that the dictionary does not describe; nothing is written then.
 */
export async function writeComments(
  connection: DuckDBConnection,
  catalog: string | null = null,
): Promise<void> {
  const metrics = await readRows<Metric>(
    connection,
    `select * from ${catalog === null ? '' : `${quoteName(catalog)}.main.`}metrics order by metric_order`,
  );
  const comments = new Map(
    readDictionary(metrics).map((entry) => [`${entry.table}.${entry.column ?? ''}`, toComment(entry)]),
  );
  const statements = (await readPlaces(connection, catalog)).flatMap((place) => {
    const comment = comments.get(`${place.table_name}.${place.column_name ?? ''}`);
    if (comment === undefined) {
      const what = place.column_name === null ? 'the table' : `column ${place.column_name}`;
      throw new ModelError(place.table_name, `${what} has no comment in queries/dictionary.csv`);
    }
    return comment === place.comment ? [] : [toStatement(place, comment)];
  });
  if (statements.length > 0) await connection.run(statements.join(';\n'));
}
