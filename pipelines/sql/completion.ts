import type { DuckDBConnection } from '@duckdb/node-api';

/** Tables with their columns, as the prompt completes them. */
export type Catalog = ReadonlyMap<string, readonly string[]>;

const keywords = (
  'select from where group by order by having limit join left join inner join on using with as and or not null is in ' +
  'between like case when then else end distinct union all describe summarize explain show tables create temp table drop table ' +
  'count(*) sum( avg( min( max( median( quantile_cont( date_trunc( coalesce( round('
).split(' ');

export const dotCommands = ['.examples', '.help', '.quit', '.schema', '.tables'];

export async function readCatalog(connection: DuckDBConnection): Promise<Catalog> {
  const result = await connection.runAndReadAll(
    'select table_name, list(column_name order by column_index) from duckdb_columns() where not internal group by all order by all',
  );
  return new Map(
    result.getRowsJS().map(([table, columns]) => [String(table), (columns as unknown[]).map(String)]),
  );
}

/** What the line before the cursor may go on with, and the part of it that is replaced, as readline wants them. */
export function complete(catalog: Catalog, line: string): [string[], string] {
  if (line.startsWith('.')) {
    const argument = /^\.schema\s+(\w*)$/.exec(line)?.[1];
    if (argument !== undefined) return [startingWith(catalog.keys(), argument), argument];
    return [startingWith(dotCommands, line), line];
  }
  const [, table, start] = /(?:([A-Za-z_]\w*)\.)?([A-Za-z_]\w*)?$/.exec(line) ?? [];
  if (table !== undefined) {
    const columns = catalog.get(table) ?? catalog.get(findAliased(line, table) ?? '') ?? [];
    return [startingWith(columns, start ?? ''), start ?? ''];
  }
  if (start === undefined) return [[], ''];
  if (/\b(from|join|describe|summarize|table)\s+\w*$/i.test(line))
    return [startingWith(catalog.keys(), start), start];
  const columns = [...catalog].filter(([name]) => new RegExp(`\\b${name}\\b`, 'i').test(line));
  const near = columns.length > 0 ? columns : [...catalog];
  const names = new Set([...near.flatMap(([, own]) => own), ...catalog.keys(), ...keywords]);
  return [startingWith(names, start), start];
}

function findAliased(line: string, alias: string): string | undefined {
  return new RegExp(`\\b(\\w+)\\s+(?:as\\s+)?${alias}\\b`, 'i').exec(line)?.[1];
}

function startingWith(names: Iterable<string>, start: string): string[] {
  const lower = start.toLowerCase();
  return [...new Set(names)].filter((name) => name.toLowerCase().startsWith(lower)).sort();
}
