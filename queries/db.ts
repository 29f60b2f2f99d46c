import { existsSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBResult,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import { toPlain } from './read.js';
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
 * Rows come as `queries/read.ts` says: counts as number, instants as ISO 8601 in UTC, dates as 'YYYY-MM-DD'.
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
    instance = await DuckDBInstance.create(file, {
      access_mode: 'READ_ONLY',
      threads: String(options.threads ?? 1),
      memory_limit: options.memoryLimit ?? '1GB',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
  } catch (error) {
    throw new SnapshotError(`${file} cannot be read as a snapshot`, { cause: error });
  }
  return new Kysely<Snapshot>({ dialect: createDialect(instance) });
}

function findDatabase(path: string): string {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'shipping.duckdb') : path;
  if (!existsSync(file)) throw new SnapshotError(`there is no snapshot at ${path}`);
  return realpathSync(file);
}

// Kysely's compiler for PostgreSQL writes what DuckDB reads; only the way to the database is ours.
function createDialect(instance: DuckDBInstance): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => createDriver(instance),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

/** Connections are used again, so that a query costs no more than itself. */
function createDriver(instance: DuckDBInstance): Driver {
  const all = new Map<DatabaseConnection, DuckDBConnection>();
  const idle: DatabaseConnection[] = [];
  const connect = async (): Promise<DatabaseConnection> => {
    const connection = await instance.connect();
    await connection.run("set TimeZone = 'UTC'");
    const wrapped = wrapConnection(connection);
    all.set(wrapped, connection);
    return wrapped;
  };
  const runOn = (sql: string) => async (wrapped: DatabaseConnection) => {
    await all.get(wrapped)?.run(sql);
  };
  return {
    init: async () => {},
    acquireConnection: async () => idle.pop() ?? connect(),
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
    yield chunk
      .getRows()
      .map((row) => Object.fromEntries(names.map((name, index) => [name, toPlain(row[index])])) as R);
  }
}

/** A Date is bound as the instant that it is. */
function toParameter(value: unknown): DuckDBValue {
  if (value instanceof Date) return new DuckDBTimestampValue(BigInt(value.getTime()) * 1000n);
  return value as DuckDBValue;
}
