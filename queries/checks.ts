import { existsSync, readFileSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { models } from './models.js';

export interface CheckResult {
  model: string;
  /** What the failing rows have in common, or null where none failed. */
  failures: { problem: string; rows: number; example: string }[];
}

/**
 * Runs every `<model>.check.sql`: rows returned are failures, with columns `problem` (what is wrong) and `example` (which row).
 */
export async function runChecks(connection: DuckDBConnection): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const model of models) {
    const file = new URL(`./marts/${model.name}.check.sql`, import.meta.url);
    if (!existsSync(file)) continue;
    const reader = await connection.runAndReadAll(`
      select problem, count(*), min(example)
      from (${readFileSync(file, 'utf8')}) as failing
      group by problem
      order by problem`);
    const failures = reader.getRows().map(([problem, rows, example]) => ({
      problem: String(problem),
      rows: Number(rows),
      example: String(example),
    }));
    results.push({ model: model.name, failures });
  }
  return results;
}

/** The checks that failed, one line each. */
export function describeFailures(checks: readonly CheckResult[]): string[] {
  return checks.flatMap((check) =>
    check.failures.map(
      (failure) =>
        `${check.model}: ${failure.problem} (${failure.rows} rows, for example ${failure.example})`,
    ),
  );
}
