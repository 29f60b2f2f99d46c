import { readFileSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { landBatch, startBatch } from '../../pipelines/extract/landing.js';
import { readTimeline } from '../../pipelines/sendcloud/timeline.js';
import { MIGRATIONS } from '../../pipelines/store/warehouse.js';
import { type BuildOptions, type BuildResult, build } from '../../queries/build.js';
import { readRows } from '../../queries/db.js';

export interface RawObservation {
  observedAt: Date;
  response: unknown;
}

/** A warehouse and marts in memory, with the same catalogs and search path as a real night. */
export interface Scratch {
  connection: DuckDBConnection;
  land(observations: RawObservation[], options?: { batchSize?: number; runId?: string }): Promise<void>;
  build(options: BuildOptions): Promise<BuildResult>;
  rows<T = Record<string, unknown>>(sql: string): Promise<T[]>;
  close(): void;
}

const landingSql = MIGRATIONS.map(({ file }) => readFileSync(file, 'utf8')).join('\n');

function micros(at: Date): bigint {
  return BigInt(at.getTime()) * 1000n;
}

export async function openScratch(settings: { threads?: number; timeZone?: string } = {}): Promise<Scratch> {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(settings.threads ?? 1) });
  const connection = await instance.connect();
  await connection.run(`set global TimeZone = '${settings.timeZone ?? 'UTC'}'`);
  await connection.run(`attach ':memory:' as warehouse; attach ':memory:' as marts; use warehouse`);
  await connection.run(landingSql);
  let runCount = 0;
  return {
    connection,
    async land(observations, { batchSize = 5000, runId } = {}) {
      await connection.run('use warehouse');
      const id = runId ?? `run-${++runCount}`;
      for (let start = 0; start < observations.length; start += batchSize) {
        const batch = startBatch();
        for (const { observedAt, response } of observations.slice(start, start + batchSize)) {
          const read = readTimeline(response, { keepSourceId: false });
          if (!read.ok) throw new Error(`refused at ${read.refusal.path}`);
          const trackingNumber = read.timeline.trackingNumbers[0]?.trackingNumber ?? '';
          batch.observations.push({
            trackingNumber,
            observedAt: micros(observedAt),
            timeline: read.timeline,
          });
        }
        await landBatch(connection, batch, { runId: id, clockAt: 0n, registersUnknown: true });
      }
    },
    async build(options) {
      await connection.run(`set search_path = 'marts,warehouse'`);
      return build(connection, options);
    },
    rows: (sql) => readRows(connection, sql),
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
