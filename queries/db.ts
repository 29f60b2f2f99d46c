import { existsSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, Kysely, QueryResult } from 'kysely';
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
} from './driver.js';
import { quoteText } from './quoting.js';
import type { Snapshot } from './schema.js';

export type * from './schema.js';

export interface OpenSnapshotOptions {
  threads?: number;
  /** A size as DuckDB takes it. */
  memoryLimit?: string;
}

/** A snapshot that cannot be opened. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
  readonly code = 'no_snapshot';
}

/**
 * Opens a published snapshot for typed queries: `published`, the folder of one snapshot, or a shipping.duckdb. Read-only, in UTC; the
 * same snapshot until `destroy()`, whatever is published meanwhile, and nothing is locked that a night would need.
 *
 * Rows come as `toPlain` says: counts as number, instants as ISO 8601 in UTC, dates as 'YYYY-MM-DD'.
 *
 * @throws SnapshotError when there is none.
 */
export async function openSnapshot(
  path: string,
  options: OpenSnapshotOptions = {},
): Promise<Kysely<Snapshot>> {
  const file = findDatabase(path);
  let instance: DuckDBInstance;
  try {
    instance = await openInstance(file, options);
  } catch (error) {
    throw new SnapshotError(`${file} cannot be read as a snapshot`, { cause: error });
  }
  // loaded only here: most commands read plain SQL, and Kysely takes longer to load than they take to answer
  const kysely = await import('kysely');
  return new kysely.Kysely<Snapshot>({ dialect: createDialect(kysely, instance) });
}

/** Runs a statement, and reads by one, while a part of a snapshot is taken. */
export interface Taker {
  run(sql: string, values?: Value[]): Promise<void>;
  read: ReadRows;
}

/**
 * A part of a snapshot as a database of its own, in memory: `take` makes its tables out of those of `whole`. Once it has, the snapshot is
 * let go and no file can be opened any more, so that whoever reads the part can reach nothing else.
 *
 * @throws SnapshotError when there is none.
 */
export async function openPart(
  path: string,
  take: (taker: Taker) => Promise<void>,
  options: OpenSnapshotOptions = {},
): Promise<Kysely<Snapshot>> {
  const file = findDatabase(path);
  const instance = await DuckDBInstance.create(':memory:', {
    ...describeInstance(options),
    // what does not fit in memory is an error, and no file in the folder that the command was called in
    temp_directory: '',
  });
  try {
    const connection = await connect(instance);
    try {
      await connection.run(`attach ${quoteText(file)} as whole (read_only)`);
    } catch (error) {
      throw new SnapshotError(`${file} cannot be read as a snapshot`, { cause: error });
    }
    await take({
      run: async (sql, values) => {
        await connection.run(sql, values);
      },
      read: (sql, values) => readRows(connection, sql, values),
    });
    await connection.run('detach whole');
    await connection.run('set enable_external_access = false');
    connection.closeSync();
  } catch (error) {
    instance.closeSync();
    throw error;
  }
  const kysely = await import('kysely');
  return new kysely.Kysely<Snapshot>({ dialect: createDialect(kysely, instance) });
}

/** Which of the tables that we know a snapshot holds: an older one has fewer. */
export async function listTables(db: Kysely<Snapshot>): Promise<Set<keyof Snapshot>> {
  const { sql } = await import('kysely');
  const { rows } = await sql<{ name: keyof Snapshot }>`
    select table_name as name from duckdb_tables() where database_name = current_database()`.execute(db);
  return new Set(rows.map(({ name }) => name));
}

/** Runs a query on a snapshot, or on the marts, and hands its rows over as plain objects. */
export type ReadRows = <T>(sql: string, values?: (string | number | boolean | null)[]) => Promise<T[]>;

/** Reads a snapshot by plain SQL; rows are plain objects (see `toPlain`). */
export interface Reader {
  all<T>(sql: string, values?: Value[]): Promise<T[]>;
  close(): void;
}

type Value = string | number | boolean | null;

/** Opens a shipping.duckdb for plain SQL, as `openSnapshot` does for typed queries. */
export async function openReader(path: string, options: OpenSnapshotOptions = {}): Promise<Reader> {
  const instance = await openInstance(path, options);
  const connection = await connect(instance);
  return {
    all: (sql, values) => readRows(connection, sql, values),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Runs a query and hands its rows over as plain objects. */
export async function readRows<T>(
  connection: DuckDBConnection,
  sql: string,
  values: Value[] = [],
): Promise<T[]> {
  const reader = await connection.runAndReadAll(sql, values);
  const names = reader.deduplicatedColumnNames();
  return reader.getRows().map((row) => toObject<T>(names, row));
}

function openInstance(path: string, options: OpenSnapshotOptions): Promise<DuckDBInstance> {
  return DuckDBInstance.create(path, { access_mode: 'READ_ONLY', ...describeInstance(options) });
}

function describeInstance(options: OpenSnapshotOptions): Record<string, string> {
  return {
    threads: String(options.threads ?? 1),
    memory_limit: options.memoryLimit ?? '1GB',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  };
}

async function connect(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  await connection.run("set TimeZone = 'UTC'");
  return connection;
}

function findDatabase(path: string): string {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'shipping.duckdb') : path;
  if (!existsSync(file)) throw new SnapshotError(`there is no snapshot at ${path}`);
  return realpathSync(file);
}

// Kysely's compiler for PostgreSQL writes what DuckDB reads; only the way to the database is ours.
function createDialect(kysely: typeof import('kysely'), instance: DuckDBInstance): Dialect {
  return {
    createAdapter: () => new kysely.PostgresAdapter(),
    createDriver: () => createDriver(instance),
    createIntrospector: (db) => new kysely.PostgresIntrospector(db),
    createQueryCompiler: () => new kysely.PostgresQueryCompiler(),
  };
}

/** Connections are used again, so that a query costs no more than itself. */
function createDriver(instance: DuckDBInstance): Driver {
  const all = new Map<DatabaseConnection, DuckDBConnection>();
  const idle: DatabaseConnection[] = [];
  const connectAnew = async (): Promise<DatabaseConnection> => {
    const connection = await connect(instance);
    const wrapped = wrapConnection(connection);
    all.set(wrapped, connection);
    return wrapped;
  };
  const runOn = (sql: string) => async (wrapped: DatabaseConnection) => {
    await all.get(wrapped)?.run(sql);
  };
  return {
    init: async () => {},
    acquireConnection: async () => idle.pop() ?? connectAnew(),
    beginTransaction: runOn('begin transaction'),
    commitTransaction: runOn('commit'),
    rollbackTransaction: runOn('rollback'),
    releaseConnection: async (wrapped) => {
      idle.push(wrapped);
    },
    destroy: async () => {
      for (const connection of all.values()) connection.closeSync();
      instance.closeSync();
    },
  };
}

function wrapConnection(connection: DuckDBConnection): DatabaseConnection {
  return {
    executeQuery: async <R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> => {
      const result = await connection.run(sql, parameters.map(toParameter));
      const rows: R[] = [];
      for await (const part of readParts<R>(result)) rows.push(...part);
      return { rows };
    },
    streamQuery: async function* <R>({ sql, parameters }: CompiledQuery): AsyncGenerator<QueryResult<R>> {
      const result = await connection.stream(sql, parameters.map(toParameter));
      for await (const rows of readParts<R>(result)) yield { rows };
    },
  };
}

async function* readParts<R>(result: DuckDBResult): AsyncGenerator<R[]> {
  const names = result.deduplicatedColumnNames();
  for (
    let chunk = await result.fetchChunk();
    chunk && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    yield chunk.getRows().map((row) => toObject<R>(names, row));
  }
}

/** A Date is bound as the instant that it is. */
function toParameter(value: unknown): DuckDBValue {
  if (value instanceof Date) return new DuckDBTimestampValue(BigInt(value.getTime()) * 1000n);
  return value as DuckDBValue;
}

function toObject<T>(names: readonly string[], row: readonly DuckDBValue[]): T {
  return Object.fromEntries(names.map((name, index) => [name, toPlain(row[index])])) as T;
}

type Plain = string | number | bigint | boolean | null | Plain[] | { [key: string]: Plain };

/**
 * A DuckDB value as JavaScript has it: whole numbers as number (bigint beyond 2^53), decimals as number, dates 'YYYY-MM-DD',
 * timestamps ISO 8601 in UTC ('2026-11-03T04:12:00.123456Z', no fraction when there is none), the rest as DuckDB prints it.
 */
export function toPlain(value: DuckDBValue | undefined): Plain {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== 'object') return value;
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBTimestampValue) return `${value.toString().replace(' ', 'T')}Z`;
  if (value instanceof DuckDBTimestampTZValue)
    return `${new DuckDBTimestampValue(value.micros).toString().replace(' ', 'T')}Z`;
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBBlobValue) return value.toString();
  return value.toString();
}
