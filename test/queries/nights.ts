/** Several nights over one warehouse, and every public table of it as text. */
import { readTimeline } from '../../pipelines/sendcloud/timeline.js';
import { publicTables } from '../../queries/models.js';
import { randomHistories } from '../reference/histories.js';
import type { RawObservation, Scratch } from './harness.js';

/** Random polls of so many parcels up to the clock, those that cannot be read left out. */
export function readableHistories(seed: number, parcelCount: number, asOf: Date): RawObservation[] {
  return randomHistories(seed, parcelCount, asOf).filter(
    ({ response }) => readTimeline(response, { keepSourceId: false }).ok,
  );
}

/** Every row of every public table, value for value, in key order (the keys are the first columns, and no two rows are equal). */
export async function dumpTables(scratch: Pick<Scratch, 'rows'>): Promise<Record<string, string[]>> {
  const dump: Record<string, string[]> = {};
  for (const table of publicTables) {
    const rows = await scratch.rows(`select * from ${table} order by all`);
    dump[table] = rows.map((row) =>
      JSON.stringify(row, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
    );
  }
  return dump;
}

/** Rows that only one of two dumps has, at most three a table and side. */
export function compareDumps(ours: Record<string, string[]>, theirs: Record<string, string[]>): string[] {
  return publicTables.flatMap((table) => {
    const [our, their] = [new Set(ours[table]), new Set(theirs[table])];
    const onlyOurs = [...our].filter((row) => !their.has(row)).slice(0, 3);
    const onlyTheirs = [...their].filter((row) => !our.has(row)).slice(0, 3);
    const sizes = ours[table]?.length === theirs[table]?.length ? [] : [`${table}: other number of rows`];
    return [
      ...sizes,
      ...onlyOurs.map((row) => `${table}: only the first has ${row}`),
      ...onlyTheirs.map((row) => `${table}: only the second has ${row}`),
    ];
  });
}

/** Lands what had been observed by each clock, and builds with it. The last clock lands all that is left. */
export async function runNights(
  scratch: Scratch,
  observations: RawObservation[],
  clocks: Date[],
  days: number,
): Promise<void> {
  let landed = new Set<RawObservation>();
  for (const [index, asOf] of clocks.entries()) {
    const isLast = index === clocks.length - 1;
    const due = observations.filter((one) => !landed.has(one) && (isLast || one.observedAt <= asOf));
    landed = new Set([...landed, ...due]);
    await scratch.land(due);
    await scratch.build({ asOf, days });
  }
}

/** The same items in another order, the same one for the same seed. */
export function shuffle<T>(items: readonly T[], seed: number): T[] {
  const shuffled = [...items];
  let state = seed;
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = state % (last + 1);
    const [a, b] = [shuffled[last], shuffled[other]];
    if (a !== undefined && b !== undefined) [shuffled[last], shuffled[other]] = [b, a];
  }
  return shuffled;
}
