import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { usageError } from '../errors.js';
import { packageVersion } from '../version.js';
import { listValue } from './driver.js';

/** What a run did, in numbers. */
export interface RunCounts {
  requests: number;
  retries: number;
  /** Distinct responses landed. */
  landed: number;
  refused: number;
  deadLetters: number;
}

export const NO_COUNTS: RunCounts = { requests: 0, retries: 0, landed: 0, refused: 0, deadLetters: 0 };

/** `run.json` beside the warehouse: how far the run is that is under way, or how the last one ended. Instants are ISO 8601. */
export interface RunState extends RunCounts {
  runId: string;
  command: string;
  pid: number;
  clockAt: string;
  startedAt: string;
  updatedAt: string;
  endedAt: string | null;
  exitCode: number | null;
  /** What is being done, such as `extract`, and how much of it. */
  phase: string;
  done: number;
  total: number | null;
}

/** One row of `runs`, newest first; instants are ISO 8601. */
export interface RunRow extends RunCounts {
  runId: string;
  command: string;
  clockAt: string;
  startedAt: string;
  endedAt: string | null;
  exitCode: number | null;
  version: string | null;
}

/** The commands whose clock dates what they see; the others (publish, forget) only take note of it. */
const datingCommands: readonly string[] = ['import', 'sync', 'extract', 'backfill', 'build', 'nightly'];

/**
 * Writes the start of a run and returns its id, which sorts by time and can name a folder.
 *
 * @param clock the run's clock (frozen under --as-of), `now` the real time.
 * @throws ParcelmetricsError (exit code 2) when the clock is earlier than that of an earlier run: what was seen later must not
 *   be dated back.
 */
export async function startRun(
  connection: DuckDBConnection,
  { command, clock, now = () => new Date() }: { command: string; clock: () => Date; now?: () => Date },
): Promise<string> {
  const clockAt = clock();
  const startedAt = now();
  const last = await connection.runAndReadAll(
    `select epoch_ms(max(clock_at)) from runs where list_contains($1, command)`,
    [listValue(datingCommands)],
  );
  const lastMs = last.getRows()[0]?.[0];
  if (datingCommands.includes(command) && lastMs != null && Number(lastMs) > clockAt.getTime()) {
    const lastAt = new Date(Number(lastMs)).toISOString();
    throw usageError(`the clock, ${clockAt.toISOString()}, is earlier than that of the last run, ${lastAt}`, {
      hint: 'Nothing was changed. Use a later --as-of, or another warehouse with --warehouse.',
    });
  }
  const stamp = startedAt.toISOString().replace(/[-:]|\.\d+/g, '');
  const runId = `${stamp}-${randomBytes(3).toString('hex')}`;
  await connection.run(
    `insert into runs (run_id, command, clock_at, started_at, version)
     values ($1, $2, epoch_ms($3::bigint), epoch_ms($4::bigint), $5)`,
    [runId, command, clockAt.getTime(), startedAt.getTime(), packageVersion()],
  );
  return runId;
}

/** Writes the end of a run; `summary` is kept as JSON. */
export async function finishRun(
  connection: DuckDBConnection,
  runId: string,
  {
    exitCode,
    counts,
    summary = null,
    now = () => new Date(),
  }: { exitCode: number; counts: RunCounts; summary?: unknown; now?: () => Date },
): Promise<void> {
  await connection.run(
    `update runs
     set ended_at = epoch_ms($2::bigint), exit_code = $3::integer, requests = $4::bigint, retries = $5::bigint,
       landed = $6::bigint, refused = $7::bigint, dead_letters = $8::bigint, summary = $9::varchar
     where run_id = $1`,
    [
      runId,
      now().getTime(),
      exitCode,
      counts.requests,
      counts.retries,
      counts.landed,
      counts.refused,
      counts.deadLetters,
      summary === null ? null : JSON.stringify(summary),
    ],
  );
}

/** The newest runs. */
export async function readRuns(connection: DuckDBConnection, limit: number): Promise<RunRow[]> {
  const result = await connection.runAndReadAll(
    `select run_id, command, epoch_ms(clock_at)::double, epoch_ms(started_at)::double, epoch_ms(ended_at)::double, exit_code,
       coalesce(requests, 0)::double, coalesce(retries, 0)::double, coalesce(landed, 0)::double,
       coalesce(refused, 0)::double, coalesce(dead_letters, 0)::double, version
     from runs order by started_at desc, run_id desc limit $1`,
    [limit],
  );
  return result.getRows().map((row) => ({
    runId: String(row[0]),
    command: String(row[1]),
    clockAt: new Date(Number(row[2])).toISOString(),
    startedAt: new Date(Number(row[3])).toISOString(),
    endedAt: row[4] === null ? null : new Date(Number(row[4])).toISOString(),
    exitCode: row[5] === null ? null : Number(row[5]),
    requests: Number(row[6]),
    retries: Number(row[7]),
    landed: Number(row[8]),
    refused: Number(row[9]),
    deadLetters: Number(row[10]),
    version: row[11] === null ? null : String(row[11]),
  }));
}

export function runFilePath(warehousePath: string): string {
  return join(dirname(warehousePath), 'run.json');
}

/** Rewrites `run.json`, whole or not at all: a reader never sees half of it. */
export function writeRunFile(warehousePath: string, state: RunState): void {
  const path = runFilePath(warehousePath);
  // Only the run that holds the warehouse writes it: what a killed one left is written over.
  const draft = `${path}.tmp`;
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** The state of the run under way or of the last one; null when there is none, or it is not readable. */
export function readRunFile(warehousePath: string): RunState | null {
  try {
    const state = JSON.parse(readFileSync(runFilePath(warehousePath), 'utf8')) as RunState;
    return typeof state.runId === 'string' && typeof state.startedAt === 'string' ? state : null;
  } catch {
    return null;
  }
}
