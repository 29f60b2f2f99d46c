import { readFileSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { parse } from 'csv-parse/sync';
import { ModelError } from './errors.js';
import { publicTables } from './models.js';
import { quoteName, quoteText } from './quoting.js';
import { readRows } from './read.js';

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
  'weekly_performance',
];

/** Every entry of dictionary.csv, those of `figures` once for each table that has them. */
export function readDictionary(): DictionaryEntry[] {
  const rows = parse(readFileSync(new URL('./dictionary.csv', import.meta.url), 'utf8'), {
    columns: true,
    comment: '#',
    comment_no_infix: true,
    skip_empty_lines: true,
  }) as FileRow[];
  return rows.flatMap((row) => {
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
  const comments = new Map(
    readDictionary().map((entry) => [`${entry.table}.${entry.column ?? ''}`, toComment(entry)]),
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
