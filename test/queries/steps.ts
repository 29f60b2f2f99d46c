/** Running single models on tables that a test makes by hand. */
import { readFileSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { readRows } from '../../queries/db.js';

function readSql(path: string): string {
  return readFileSync(new URL(`../../queries/${path}.sql`, import.meta.url), 'utf8');
}

export type Value = string | number | boolean | null;

export interface Bench {
  connection: DuckDBConnection;
  /** Makes a table of rows; `columns` as in `create table`, to whose types the values are cast. */
  give(table: string, columns: string, rows: Value[][]): Promise<void>;
  /** Makes the table of a mart from what was given. */
  run(model: string): Promise<void>;
  rows<T = Record<string, unknown>>(sql: string): Promise<T[]>;
  close(): void;
}

/** The preludes, and no tables. */
export async function openBench(): Promise<Bench> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run(readSql('prelude'));
  await connection.run(readSql('prelude-light'));
  return {
    connection,
    async give(table, columns, rows) {
      await connection.run(`create or replace table ${table} (${columns})`);
      const appender = await connection.createAppender(table);
      for (const row of rows) {
        for (const value of row) {
          if (value === null) appender.appendNull();
          else if (typeof value === 'number') appender.appendDouble(value);
          else if (typeof value === 'boolean') appender.appendBoolean(value);
          else appender.appendVarchar(value);
        }
        appender.endRow();
      }
      appender.closeSync();
    },
    async run(model) {
      await connection.run(`create or replace table ${model} as ${readSql(`marts/${model}`)}`);
    },
    rows: (sql) => readRows(connection, sql),
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** What alerts read of the metrics, and the columns of their weeks. */
export const alertMetrics: [string, string, number][] = [
  ['on_time_rate', 'higher', 2],
  ['promise_kept_rate', 'higher', 2],
  ['transit_2_working_days_rate', 'higher', 7],
  ['first_attempt_success_rate', 'higher', 14],
  ['transit_p50_hours', 'lower', 14],
  ['lost_30d_rate', 'lower', 30],
];
export const pointColumns =
  'carrier_code varchar, metric varchar, week_start_date date, value double, x double, n bigint, is_rate boolean, is_foreseen boolean, is_mature boolean';

/** The thresholds that the seed has. */
export const standardThresholds: [string, number][] = [
  ['ranked_from', 30],
  ['standardised_from', 5],
  ['alert_weeks', 8],
];

export interface Count {
  x: number;
  n: number;
}

/** x of n, none and all of them often. */
export function someCount(min: number, max: number): fc.Arbitrary<Count> {
  return fc
    .integer({ min, max })
    .chain((n) => fc.record({ n: fc.constant(n), x: fc.oneof(fc.constantFrom(0, n), fc.nat({ max: n })) }));
}

function isClose(ours: number | null | undefined, theirs: number | null): boolean {
  if (theirs === null) return ours === null;
  return typeof ours === 'number' && Math.abs(ours - theirs) < 2e-9;
}

/** Names and values that differ from what is expected; publishing rounds to nine places. */
export function findDifferences(
  ours: Record<string, number | null> | undefined,
  theirs: Record<string, number | null>,
): string[] {
  return Object.entries(theirs)
    .filter(([name, value]) => !isClose(ours?.[name], value))
    .map(([name, value]) => `${name}: ${ours?.[name]} but ${value}`);
}
