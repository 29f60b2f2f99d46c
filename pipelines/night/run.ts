import { dirname } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { defaultMemoryLimit, defaultThreads, totalMemoryBytes } from '../config/limits.js';
import type { Context } from '../context.js';
import { describeError, nameTrouble } from '../errors.js';
import { explainDamage, isDamage } from '../store/damage.js';
import { requireWarehouse } from '../store/missing.js';
import { finishRun, type RunCounts, type RunState, startRun, writeRunFile } from '../store/runs.js';
import { openWarehouse } from '../store/warehouse.js';

/** A run that holds the warehouse: what its steps share. */
export interface NightRun {
  connection: DuckDBConnection;
  runId: string;
  /** Rewrites run.json: what is being done, how much of it, and the counts so far where they changed. */
  note: (phase: string, done: number, total: number | null, counts?: Partial<RunCounts>) => void;
}

/** How a run ended: its exit code and what goes into its row. */
export interface Ending {
  exitCode: number;
  summary?: unknown;
}

async function readCounts(connection: DuckDBConnection, runId: string): Promise<RunCounts> {
  const reader = await connection.runAndReadAll(
    `select coalesce(requests, 0)::double, coalesce(retries, 0)::double, coalesce(landed, 0)::double,
       coalesce(refused, 0)::double, coalesce(dead_letters, 0)::double
     from runs where run_id = $1`,
    [runId],
  );
  const [requests = 0, retries = 0, landed = 0, refused = 0, deadLetters = 0] = (
    reader.getRows()[0] ?? []
  ).map(Number);
  return { requests, retries, landed, refused, deadLetters };
}

/** Of several exit codes the gravest: 1, 5, 4, 3, and of the rest the first that is not 0. */
export function gravest(codes: readonly number[]): number {
  return [1, 5, 4, 3].find((code) => codes.includes(code)) ?? codes.find((code) => code !== 0) ?? 0;
}

/** Where nobody set memory or threads, many numbers raise the default; in buckets no more than one of them is held. */
export async function allowForNumbers(
  connection: DuckDBConnection,
  { sources, buckets, threads }: Context['config'],
  numbers: number,
): Promise<void> {
  if (sources.memoryLimit === 'default')
    await connection.run(`set memory_limit = '${defaultMemoryLimit(totalMemoryBytes(), numbers / buckets)}'`);
  if (sources.threads === 'default')
    await connection.run(`set threads = ${defaultThreads(threads, numbers)}`);
}

/**
 * Opens the warehouse under the run lock, writes the run's row and run.json, does the work and closes: what was committed stays,
 * whatever happens. Errors pass through once the run's end is written.
 */
export async function withRun(
  context: Context,
  command: string,
  work: (run: NightRun) => Promise<Ending>,
): Promise<number> {
  const { config, clock, log } = context;
  requireWarehouse(config);
  const warehouse = await openWarehouse({
    path: config.warehouse,
    memoryLimit: config.memoryLimit,
    threads: config.sources.threads === 'default' ? 1 : config.threads,
    command,
    log,
  });
  const { connection } = warehouse;
  try {
    const reader = await connection.runAndReadAll('select count(*) from registry');
    await allowForNumbers(connection, config, Number(reader.getRows()[0]?.[0]));
    const runId = await startRun(connection, { command, clock });
    const startedAt = new Date().toISOString();
    const state: RunState = {
      runId,
      command,
      pid: process.pid,
      clockAt: clock().toISOString(),
      startedAt,
      updatedAt: startedAt,
      endedAt: null,
      exitCode: null,
      phase: 'start',
      done: 0,
      total: null,
      requests: 0,
      retries: 0,
      landed: 0,
      refused: 0,
      deadLetters: 0,
    };
    const write = (changes: Partial<RunState>) => {
      Object.assign(state, changes, { updatedAt: new Date().toISOString() });
      writeRunFile(config.warehouse, state);
    };
    write({});
    const end = async (exitCode: number, summary: unknown) => {
      const counts = await readCounts(connection, runId);
      await finishRun(connection, runId, { exitCode, counts, summary });
      write({ ...counts, endedAt: new Date().toISOString(), exitCode });
    };
    try {
      const ending = await work({
        connection,
        runId,
        note: (phase, done, total, counts) => write({ ...counts, phase, done, total }),
      });
      await end(ending.exitCode, ending.summary ?? null);
      return ending.exitCode;
    } catch (error) {
      const cause = context.signal.aborted ? context.signal.reason : error;
      const { exitCode, message } = describeError(cause);
      // What went wrong first is what the user reads: a full disk takes no note of itself either.
      await end(exitCode, { error: message }).catch((failed) => {
        log.debug(`the end of the run could not be written: ${describeError(failed).message}`);
      });
      throw error;
    }
  } catch (error) {
    if (context.signal.aborted) throw error;
    throw isDamage(error)
      ? await explainDamage(connection, config, error)
      : nameTrouble(error, dirname(config.warehouse));
  } finally {
    await warehouse.close();
  }
}
