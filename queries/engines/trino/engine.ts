import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { writeAccountOf } from '../../keys.js';
import { quoteText } from '../../quoting.js';
import type { Engine } from '../engine.js';
import { writeLandedColumn } from '../lake.js';
import { type TrinoClient, TrinoError } from './client.js';
import { openFetching, readColumns } from './fetching.js';
import { type LakeLayout, type LakeTable, toTrinoType } from './landed.js';
import { type Lasting, type LastingPlace, lastingNames, openLasting } from './lasting.js';

/** Where the lake and the run's tables are. */
export interface TrinoPlace {
  catalog: string;
  /** The schema of this run: made at the start, dropped at the end. */
  schema: string;
  /** The folder of the lake, as Trino names it, and as it is called here. */
  lakeUrl: string;
  lakeFolder: string;
  account: string;
  /** In place of that account, several, whose parcels are built together; null or left out: it alone. */
  accounts?: readonly string[] | null;
  layout: LakeLayout;
  /** Where rows of parcels last from build to build, if they do. */
  lasting?: LastingPlace;
  /** Told why rows come over HTTP, where they do. */
  onHttp?: (reason: string) => void;
}

/** An engine elsewhere, whose results are fetched. */
export interface RemoteEngine extends Engine {
  /** Copies a table of this process there. */
  sendTable(name: string): Promise<void>;
  /** Fills a table of this process, which is there and empty, with rows of that name, or some of them. @returns how many. */
  fetchTable(name: string, how: { into: string; rows?: string }): Promise<number>;
  /** Rows of a table that was made here, as Trino counted them. */
  countRows(name: string): number;
  /** The tables that last from build to build; without them every parcel is derived each time. */
  lasting?: Lasting;
}

/** The statements of the prelude, of which each ends with a semicolon at a line's end; a routine is made under its whole name. */
export function listRoutines(home: string): string[] {
  const text = readFileSync(new URL('./prelude.sql', import.meta.url), 'utf8');
  return text
    .replace(/^--.*$/gm, '')
    .split(/;$/m)
    .map((statement) => statement.trim().replace(/^create function /, `create function ${home}.`))
    .filter(Boolean);
}

/** SQL of a value of one of our tables, of which DuckDB gave the text. */
function writeLiteral(type: string, text: unknown): string {
  if (text === null) return 'null';
  const value = String(text);
  if (type === 'VARCHAR') return quoteText(value);
  if (type === 'DATE') return `date ${quoteText(value)}`;
  if (type === 'TIMESTAMP') return `timestamp ${quoteText(value)}`;
  if (type === 'DOUBLE') return `double ${quoteText(value)}`;
  return value;
}

const rowsAStatement = 400;

/**
 * Trino, whose tables of a run lie in a schema of their own, and which reads the landed tables from the lake.
 * @param cleaner drops what the run held: a connection that still answers where the other one was stopped.
 */
export function openTrinoEngine(
  connection: DuckDBConnection,
  client: TrinoClient,
  place: TrinoPlace,
  cleaner: Pick<TrinoClient, 'run'> = client,
): RemoteEngine {
  const { catalog, schema, lakeUrl, lakeFolder, account, accounts = null, layout } = place;
  const ours = `in (${(accounts ?? [account]).map(quoteText)})`;
  const home = `${catalog}.${schema}`;
  const counts = new Map<string, number>();
  const lasting = place.lasting && openLasting(client, place.lasting);
  const fetching = openFetching(connection, client, {
    url: `${lakeUrl}/${layout.fetched}/${schema}`,
    folder: join(lakeFolder, layout.fetched, schema),
  });

  const create = async (name: string, select: string) => {
    const [row] = await client.readRows(`create table ${name} as\n${select}`);
    counts.set(name, Number(row?.[0] ?? 0));
  };

  /** The files of a landed table as a table, and over it a view of the account's newest rows by the table's own name. */
  const showLanded = async ({ name, isVersioned, only }: LakeTable) => {
    const own = (await readColumns(connection, name)).filter((column) => only?.includes(column.name) ?? true);
    const extra = name === 'registry' ? [layout.file, layout.pollCount] : isVersioned ? [layout.file] : [];
    const columns = [
      ...own.map((column) => `${column.name} ${toTrinoType(column.type)}`),
      `${layout.account} varchar`,
      ...extra.map((column) => `${column} ${column === layout.pollCount ? 'bigint' : 'varchar'}`),
    ];
    await client.run(
      `create table lake_${name} (${columns.join(', ')})
       with (external_location = ${quoteText(`${lakeUrl}/${name}`)}, format = 'PARQUET')`,
    );
    const list = own
      .map(({ name: column }) =>
        accounts === null ? `landed.${column}` : `${writeLandedColumn(column, layout)} as ${column}`,
      )
      .join(', ');
    // Other accounts may write their registry while this build reads it.
    if (name === 'registry' && accounts !== null)
      await client.run(
        `create table frozen_registry as select * from lake_registry where ${layout.account} ${ours}`,
      );
    const registry = accounts === null ? 'lake_registry' : 'frozen_registry';
    const newest = isVersioned
      ? ` inner join ${registry} as numbers on landed.tracking_number = numbers.tracking_number
            and landed.${layout.file} = numbers.${layout.file} and landed.${layout.account} = numbers.${layout.account}`
      : '';
    await client.run(
      `create view ${name} as select ${list} from ${name === 'registry' ? registry : `lake_${name}`} as landed${newest}
       where landed.${layout.account} ${ours}`,
    );
  };

  /** A view reads with the catalog's own settings, whatever the session says: to the millisecond, unless the catalog is told. */
  const requireMicroseconds = async () => {
    const at = '2026-06-30 09:41:00.123456';
    await client.run('create table probe (at timestamp(6))').catch(() => {
      throw refusePrecision();
    });
    await client.run(`insert into probe values (timestamp '${at}')`);
    await client.run('create view probed as select at from probe');
    const [row] = await client.readRows('select cast(at as varchar) from probed');
    if (row?.[0] !== at) throw refusePrecision();
  };
  const refusePrecision = () =>
    new TrinoError(
      `the catalog ${catalog} keeps instants to the millisecond only`,
      'TIMESTAMP_PRECISION',
      2,
      'Nothing was built. Set hive.timestamp-precision=MICROSECONDS in its properties.',
    );

  return {
    name: 'trino',
    run: (sql) => client.run(sql),
    readRows: (sql) => client.readRows(sql),
    async prepare() {
      await client.run(`create schema ${home}`);
      await requireMicroseconds();
      const reason = await fetching.prepare();
      if (reason !== null) place.onHttp?.(reason);
      for (const routine of listRoutines(home)) await client.run(routine);
      const keys = { account: accounts === null ? account : null };
      await client.run(
        `create function ${home}.account_of(key varchar) returns varchar return ${writeAccountOf('key', keys)}`,
      );
      // The registry first: the views of the others read it.
      for (const table of [...layout.tables].sort((one) => (one.name === 'registry' ? -1 : 0)))
        await showLanded(table);
    },
    createView: (name, select) => client.run(`create or replace view ${name} as\n${select}`),
    createStep: create,
    async createTable(name, select) {
      if (lasting && lastingNames.has(name)) counts.set(name, await lasting.create(name, select));
      else await create(name, select);
    },
    async replaceRows(name, select) {
      if (lasting === undefined) throw new RangeError('no table lasts: every parcel is derived');
      counts.set(name, await lasting.replace(name, select));
    },
    async replaceWeeks() {
      throw new RangeError('a build on Trino makes every week');
    },
    // What readers get of the view is fetched from it.
    async keepPart() {},
    async sendTable(name) {
      const columns = await readColumns(connection, name);
      const reader = await connection.runAndReadAll(
        `select ${columns.map((column) => `cast(${column.name} as varchar)`)} from ${name}`,
      );
      const lines = reader
        .getRows()
        .map((row) => `(${row.map((value, at) => writeLiteral(columns[at]?.type ?? '', value)).join(', ')})`);
      const nothing = `(${columns.map(() => 'null').join(', ')})`;
      const typed = columns.map(
        (column) => `cast(${column.name} as ${toTrinoType(column.type)}) as ${column.name}`,
      );
      // A table and its first rows are one statement.
      await client.run(
        `create table ${name} as select ${typed.join(', ')}
         from (values ${lines.slice(0, rowsAStatement).join(', ') || nothing}) as sent (${columns.map((column) => column.name).join(', ')})
         ${lines.length === 0 ? 'where false' : ''}`,
      );
      for (let start = rowsAStatement; start < lines.length; start += rowsAStatement)
        await client.run(
          `insert into ${name} values ${lines.slice(start, start + rowsAStatement).join(', ')}`,
        );
    },
    // Of some rows of a table nobody knows how many they are.
    fetchTable: (name, { into, rows }) =>
      fetching.fetch(
        { from: name, ...(rows !== undefined && { where: rows }) },
        into,
        rows === undefined ? counts.get(name) : undefined,
      ),
    countRows: (name) => counts.get(name) ?? 0,
    ...(lasting && { lasting }),
    async rollBack() {
      try {
        fetching.clear();
      } finally {
        await cleaner.run(`drop schema if exists ${home} cascade`);
      }
    },
  };
}
