import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** A warehouse and marts, in memory unless a folder is named, with the same catalogs and search path as a real night. */
export interface Scratch {
  connection: DuckDBConnection;
  land(observations: RawObservation[], options?: { batchSize?: number; runId?: string }): Promise<void>;
  build(options: BuildOptions): Promise<BuildResult>;
  rows<T = Record<string, unknown>>(sql: string): Promise<T[]>;
  close(): void;
}

interface ScratchSettings {
  threads?: number;
  timeZone?: string;
  /** Where its databases lie, and what does not fit in memory; left out, all is held in memory. */
  folder?: string;
  /** A size as DuckDB takes it. */
  memoryLimit?: string;
}

const landingSql = MIGRATIONS.map(({ file }) => readFileSync(file, 'utf8')).join('\n');

function micros(at: Date): bigint {
  return BigInt(at.getTime()) * 1000n;
}

export async function openScratch(settings: ScratchSettings = {}): Promise<Scratch> {
  const { threads = 1, timeZone = 'UTC', folder, memoryLimit } = settings;
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(threads),
    ...(memoryLimit && { memory_limit: memoryLimit }),
    ...(folder && { temp_directory: join(folder, 'spilt') }),
  });
  const connection = await instance.connect();
  const placeOf = (name: string) => (folder ? join(folder, `${name}.duckdb`) : ':memory:');
  await connection.run(`set global TimeZone = '${timeZone}'`);
  for (const name of ['warehouse', 'marts']) await connection.run(`attach '${placeOf(name)}' as ${name}`);
  await connection.run('use warehouse');
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
