import type { CheckResult } from './checks.js';
import { type Engine, readSelect } from './engines/engine.js';
import type { Lake } from './engines/lake.js';
import { ModelError } from './errors.js';
import type { ListHolidays } from './holidays.js';
import type { Model } from './models.js';

/** Days, both counted in, as 'YYYY-MM-DD'. */
export interface Window {
  from: string;
  to: string;
}

export interface BuildOptions {
  /** The run's clock: what was polled later is not seen. */
  asOf: Date;
  /** Length of the window, whole days: those before the clock's date. */
  days: number;
  /** Another window, its first and last day ('YYYY-MM-DD'); what happened to its parcels is seen from asOf all the same. */
  window?: Window | null;
  /** Folder of the analyst's own seed files, or null. */
  seedsFolder?: string | null;
  /** Derive every parcel again. */
  full?: boolean;
  /** Into how many buckets the parcels are dealt, so that less is held at once; 1 if left out. */
  buckets?: number;
  /** Whose parcels the landed tables hold; `own` if left out. */
  account?: string;
  /** In place of the landed tables: accounts whose parcels lie in a lake. */
  lake?: Lake | null;
  listHolidays?: ListHolidays;
  now?: () => number;
  /** Told before each model. */
  onModel?: (name: string, done: number, total: number) => void;
}

/** What a build makes again. */
export interface Scope {
  /** Every parcel, else those that changed. */
  isFull: boolean;
  /** Every week, and every check over all rows; else what nothing touched stays as the build before left it. */
  isWhole: boolean;
}

export interface BuildResult extends Scope {
  /** Parcels derived again. */
  changedCount: number;
  models: { name: string; rows: number; seconds: number }[];
  checks: CheckResult[];
}

/** Makes a model on an engine. */
export async function buildModel(engine: Engine, model: Model, { isFull, isWhole }: Scope): Promise<void> {
  const select = readSelect(model, engine, !isWhole);
  const { name, kind, keeps, weekOf } = model;
  if (kind === 'view') {
    await engine.createView(name, select);
    if (keeps) await engine.keepPart(name, keeps);
  } else if (kind === 'step') await engine.createStep(name, select);
  else if (weekOf && !isWhole) await engine.replaceWeeks(name, weekOf, select);
  else if (kind !== 'incremental' || isFull) await engine.createTable(name, select);
  else await engine.replaceRows(name, select);
}

/** The rows of a model that DuckDB made; of a view with a part that stays about how many that has. */
export async function countRows(engine: Engine, { name, kind, keeps }: Model): Promise<number> {
  const count =
    keeps === undefined
      ? `select count(*) from ${name}`
      : `select estimated_size from duckdb_tables() where database_name = current_database() and table_name = '${name}'`;
  if (kind === 'view' && keeps === undefined) return 0;
  return Number((await engine.readRows(count))[0]?.[0] ?? 0);
}

/** Adds up what each model took, in the order in which the models were begun. */
export function keepTimes(total: number, { now = () => performance.now(), onModel }: BuildOptions) {
  const built = new Map<string, BuildResult['models'][number]>();
  let done = 0;
  return {
    built,
    async time(name: string, make: () => Promise<number>): Promise<void> {
      onModel?.(name, done, total);
      done += 1;
      const startedMs = now();
      const line = built.get(name) ?? { name, rows: 0, seconds: 0 };
      built.set(name, line);
      try {
        line.rows += await make();
      } catch (error) {
        throw new ModelError(name, error);
      }
      line.seconds += (now() - startedMs) / 1000;
    },
  };
}
