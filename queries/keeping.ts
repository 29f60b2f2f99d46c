import type { CheckResult } from './checks.js';
import { type Engine, readModel } from './engines/engine.js';
import { type Model, models } from './models.js';

/**
 * Weeks that nothing touched keep their rows from the build before: the model kept_weeks says which, and weekly tables make the others again.
 * Once a week all are made again, and what would have been kept is held against it: rows that were spoilt in between are found then.
 */

const weeklies = models.filter(({ kind }) => kind === 'weekly');
const keepable = 'keepable_weeks';
const beforeName = (name: string) => `${name}_before`;

/** The names of what a weekly pass holds in temporary tables. */
export const heldNames: readonly string[] = [keepable, ...weeklies.map(({ name }) => beforeName(name))];

/** Sets aside what the build before left, and which weeks of it stand: when kept_weeks may be made, and before it is. */
export async function holdWeeks(engine: Engine, keptWeeks: Model): Promise<void> {
  await engine.createStep(keepable, readModel(keptWeeks, engine));
  for (const { name } of weeklies) await engine.createStep(beforeName(name), `select * from ${name}`);
}

/** What the same sums, added in another order, may come to differ by in a limit, which is a root of one. */
const noise = 1e-8;

/** Rows of weeks that would have been kept, and that are other ones made again, as failures of their model's check. */
export async function compareWeeks(engine: Engine): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const { name, weekOf = '' } of weeklies) {
    const columns = await engine.readRows(`select column_name, column_type from (describe ${name})`);
    const named = (isSum: boolean) =>
      columns.filter(([, type]) => (type === 'DOUBLE') === isSum).map(([column]) => String(column));
    const [keys, sums] = [named(false), named(true)];
    const rowsOf = (table: string) =>
      `(select * from ${table} where ${weekOf} in (select week_start_date from ${keepable}))`;
    const [before, now] = [rowsOf(beforeName(name)), rowsOf(name)];
    const other = (one: string, two: string) =>
      `select ${keys} from ${one} except all select ${keys} from ${two}`;
    const isSame = keys.map((key) => `was.${key} is not distinct from made.${key}`).join(' and ');
    const differs = sums.map(
      (sum) => `(was.${sum} is null) <> (made.${sum} is null) or abs(was.${sum} - made.${sum}) > ${noise}`,
    );
    const moved =
      sums.length === 0
        ? ''
        : `union all select ${keys.map((key) => `was.${key}`)} from ${before} as was inner join ${now} as made on ${isSame}
           where ${differs.join(' or ')}`;
    const rows = await engine.readRows(`
      select count(*), min(cast(${weekOf} as varchar))
      from ((${other(before, now)}) union all (${other(now, before)}) ${moved}) as strays`);
    const [count, week] = rows[0] ?? [];
    const problem = 'a row of a week that was kept is another one made again';
    const failures = Number(count) > 0 ? [{ problem, rows: Number(count), example: `week ${week}` }] : [];
    results.push({ model: name, isOverChanges: false, failures });
  }
  return results;
}
