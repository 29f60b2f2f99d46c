import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { DuckDBInstance } from '@duckdb/node-api';
import { runSql, type SqlOptions } from '../../../../pipelines/answers/sql/run.js';
import type { SqlContext } from '../../../../pipelines/answers/sql/session.js';
import { describeError } from '../../../../pipelines/errors.js';

export interface SqlWorld {
  folder: string;
  /** Runs `sql` as the command line would; what it throws becomes the exit code and the last lines of `err`. */
  sql(query: string | undefined, options?: Partial<SqlOptions>, context?: Partial<SqlContext>): Promise<Ran>;
  context(more?: Partial<SqlContext>): SqlContext & { out: () => string; err: () => string };
  /** Every file below the folder, with its size and time of change. */
  listFiles(): string[];
  remove(): void;
}

export interface Ran {
  exitCode: number;
  out: string;
  err: string;
}

const sampleSql = `
  create table parcels as
    select 'T' || range as tracking_number, case when range % 3 = 0 then 'dpd' else 'gls' end as carrier_code,
      range::bigint as exception_count, timestamp '2026-03-01 10:00:00' + to_hours(range) as label_at,
      (date '2026-03-01' + (range % 7)::integer) as label_date
    from range(30);
  create table events as select tracking_number, label_at as event_at from parcels;
  comment on table parcels is 'one row a parcel';
  comment on column parcels.carrier_code is 'who carries it'`;

/** A published snapshot in a folder of its own, and `sql` upon it. */
export async function openSqlWorld(): Promise<SqlWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-sqltest-'));
  const published = join(folder, 'published');
  mkdirSync(published);
  const instance = await DuckDBInstance.create(join(published, 'shipping.duckdb'));
  const connection = await instance.connect();
  await connection.run(sampleSql);
  connection.closeSync();
  instance.closeSync();
  const context: SqlWorld['context'] = (more) => createContext(folder, more);
  return {
    folder,
    context,
    async sql(query, options = {}, more = {}) {
      const world = context(more);
      const rest: SqlOptions = {
        parameters: {},
        format: 'csv',
        allowFiles: false,
        examples: false,
        ...options,
      };
      try {
        const exitCode = await runSql(world, query === undefined ? rest : { query, ...rest });
        return { exitCode, out: world.out(), err: world.err() };
      } catch (error) {
        const { line, exitCode } = describeError(error);
        return { exitCode, out: world.out(), err: `${world.err()}${line}` };
      }
    },
    listFiles: () => list(folder),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function createContext(folder: string, more: Partial<SqlContext> = {}): ReturnType<SqlWorld['context']> {
  const out = collect();
  const err = collect();
  const sources = { threads: 'default', memoryLimit: 'default' } as SqlContext['config']['sources'];
  return {
    config: {
      published: join(folder, 'published'),
      data: folder,
      threads: 2,
      memoryLimit: '1GB',
      sources,
      json: false,
      quiet: false,
    },
    stdin: new PassThrough(),
    stdout: out.stream,
    stderr: err.stream,
    isTerminal: false,
    signal: new AbortController().signal,
    nowMs: () => 0,
    out: out.text,
    err: err.text,
    ...more,
  };
}

export function collect(): { stream: Writable; text: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

function list(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .sort()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return `${name} ${size} ${mtimeMs}`;
    });
}
