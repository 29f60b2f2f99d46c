import { existsSync, readFileSync } from 'node:fs';
import type { Engine } from './engines/engine.js';
import { type Model, models } from './models.js';

export interface CheckResult {
  model: string;
  /** What the failing rows have in common, or null where none failed. */
  failures: { problem: string; rows: number; example: string }[];
}

/** Whether a model has a check beside it. */
const fileOf = ({ name }: Pick<Model, 'name'>) => new URL(`./marts/${name}.check.sql`, import.meta.url);

/**
 * Runs every `<model>.check.sql`: rows returned are failures, with columns `problem` (what is wrong) and `example` (which row).
 */
export async function runChecks(
  engine: Pick<Engine, 'readRows'>,
  checked: readonly Model[] = models,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const model of checked) {
    const file = fileOf(model);
    if (!existsSync(file)) continue;
    const rows = await engine.readRows(`
      select problem, count(*), min(example)
      from (${readFileSync(file, 'utf8')}) as failing
      group by problem
      order by problem`);
    const failures = rows.map(([problem, count, example]) => ({
      problem: String(problem),
      rows: Number(count),
      example: String(example),
    }));
    results.push({ model: model.name, failures });
  }
  return results;
}

/** One result a model, in the order of the models, where the rows of a model were checked in several parts. */
export function gatherResults(results: readonly CheckResult[]): CheckResult[] {
  const gathered = new Map<string, CheckResult>();
  for (const { model, failures } of results) {
    const whole = gathered.get(model) ?? { model, failures: [] };
    gathered.set(model, whole);
    for (const failure of failures) {
      const known = whole.failures.find(({ problem }) => problem === failure.problem);
      if (known === undefined) whole.failures.push({ ...failure });
      else known.rows += failure.rows;
    }
  }
  return models.flatMap(({ name }) => gathered.get(name) ?? []);
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
