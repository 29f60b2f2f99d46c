import { existsSync, readFileSync } from 'node:fs';
import type { Engine } from './engines/engine.js';
import { type Model, models } from './models.js';

export interface CheckResult {
  model: string;
  /** Whether it looked at the parcels alone that were derived again, not at all of them. */
  isOverChanges: boolean;
  /** What the failing rows have in common, or null where none failed. */
  failures: { problem: string; rows: number; example: string }[];
}

/** Whether a model has a check beside it. */
const fileOf = ({ name }: Pick<Model, 'name'>) => new URL(`./marts/${name}.check.sql`, import.meta.url);

/** What has a row a parcel, or several, and of which a night derives few again. */
const ofEachParcel: readonly string[] = [
  'parcel_headers',
  'events',
  'parcels',
  'previous_parcels',
  'parcels_by_period',
  'cohort_members',
  'cohort_outcomes',
  'rate_answers',
  'exception_episodes',
  'follow_ups',
  'open_parcels',
  'stalled_parcels',
  'overdue_parcels',
];

const reading = new RegExp(`\\b(from|join) (${ofEachParcel.join('|')}|stg_registry)\\b( as \\w+)?`, 'g');

/**
 * The text of a check that looks at the parcels of checked_parcels alone. A check of what is made of parcels holds for any set of whole
 * parcels, which is what buckets rest on too; any other text is returned as it is.
 */
export function narrowCheck(model: Model, text: string): string {
  if (model.passes === undefined || model.counted !== undefined) return text;
  const read = new Set<string>();
  const narrowed = text.replace(reading, (_whole, word, name, alias = ` as ${name}`) => {
    read.add(name);
    return `${word} checked_${name}${alias}`;
  });
  if (read.size === 0) return text;
  const few = [...read].map((name) => {
    const number = name === 'stg_registry' ? 'owner_number' : 'tracking_number';
    return `checked_${name} as materialized (
      select * from ${name} where ${number} in (select tracking_number from checked_parcels)
    )`;
  });
  return `with ${few.join(',\n')}\nselect * from (${narrowed}) as narrowed`;
}

/** Fills checked_parcels: the parcels that were derived again, as of now or as of the previous period's clock, and those that are gone. */
export async function listChecked(engine: Engine, from: readonly string[]): Promise<void> {
  const numbers = from.map((table) => `select tracking_number from ${table}`);
  await engine.createStep('checked_parcels', numbers.join(' union '));
}

/**
 * Runs every `<model>.check.sql`: rows returned are failures, with columns `problem` (what is wrong) and `example` (which row).
 * @param isOverChanges what is made of parcels is looked at in checked_parcels alone.
 */
export async function runChecks(
  engine: Pick<Engine, 'readRows'>,
  checked: readonly Model[] = models,
  isOverChanges = false,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const model of checked) {
    const file = fileOf(model);
    if (!existsSync(file)) continue;
    const whole = readFileSync(file, 'utf8');
    const text = isOverChanges ? narrowCheck(model, whole) : whole;
    const failing = `from (${text}) as failing`;
    // Nearly always nothing fails, and whether anything does is asked at half of what counting it costs to plan.
    const [first] = await engine.readRows(`select 1 ${failing} limit 1`);
    const rows =
      first === undefined
        ? []
        : await engine.readRows(
            `select problem, count(*), min(example) ${failing} group by problem order by problem`,
          );
    const failures = rows.map(([problem, count, example]) => ({
      problem: String(problem),
      rows: Number(count),
      example: String(example),
    }));
    results.push({ model: model.name, isOverChanges: text !== whole, failures });
  }
  return results;
}

/** One result a model, in the order of the models, where the rows of a model were checked in several parts. */
export function gatherResults(results: readonly CheckResult[]): CheckResult[] {
  const gathered = new Map<string, CheckResult>();
  for (const { model, isOverChanges, failures } of results) {
    const whole = gathered.get(model) ?? { model, isOverChanges, failures: [] };
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
