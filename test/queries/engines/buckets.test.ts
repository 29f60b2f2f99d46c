import { afterEach, describe, expect, it } from 'vitest';
import { planStages } from '../../../queries/build.js';
import { describeFailures } from '../../../queries/checks.js';
import { models } from '../../../queries/models.js';
import { openScratch, type RawObservation, type Scratch } from '../harness.js';
import { compareDumps, dumpTables, readableHistories } from '../nights.js';

const asOf = new Date('2026-06-30T09:41:00Z');
const days = 60;
const scratches: Scratch[] = [];

async function open(): Promise<Scratch> {
  const scratch = await openScratch();
  scratches.push(scratch);
  return scratch;
}

afterEach(() => {
  for (const scratch of scratches.splice(0)) scratch.close();
});

/** Sums of many doubles end in another digit now and then: a p is compared to nine. */
async function dump(scratch: Scratch): Promise<Record<string, string[]>> {
  const dumped = await dumpTables(scratch);
  const cut = (row: string) =>
    row.replace(/"(p|p_holm)":(\d[\d.e-]*)/g, (_, name, p) => `"${name}":${Number(p).toFixed(9)}`);
  return Object.fromEntries(Object.entries(dumped).map(([table, rows]) => [table, rows.map(cut)]));
}

async function buildOnce(observations: RawObservation[], buckets: number) {
  const scratch = await open();
  await scratch.land(observations);
  const result = await scratch.build({ asOf, days, buckets });
  return { scratch, result, tables: await dump(scratch) };
}

describe('a build with buckets', () => {
  it('makes the tables of one without, row by row, and says the same of itself', async () => {
    const observations = readableHistories(51, 300, asOf);
    const whole = await buildOnce(observations, 1);
    expect(whole.tables.parcels?.length).toBeGreaterThan(200);
    expect(whole.tables.cell_hours?.length).toBeGreaterThan(100);
    for (const buckets of [4, 16]) {
      const { result, tables } = await buildOnce(observations, buckets);
      expect(compareDumps(whole.tables, tables)).toEqual([]);
      expect(describeFailures(result.checks)).toEqual([]);
      expect(result.checks.map(({ model }) => model)).toEqual(whole.result.checks.map(({ model }) => model));
      expect(result.changedCount).toBe(whole.result.changedCount);
      const rowsOf = (name: string) => result.models.find((model) => model.name === name)?.rows;
      for (const { name, kind, counted } of models) {
        if (kind === 'view' || counted !== undefined || name === 'operating_weeks' || name === 'zone_shifts')
          continue;
        const expected = whole.result.models.find((model) => model.name === name)?.rows;
        // What is made in both passes is counted in both.
        expect([name, rowsOf(name)]).toEqual([
          name,
          name === 'cohort_members' ? 2 * Number(expected) : expected,
        ]);
      }
    }
  });

  it('derives changed parcels only, with other buckets than the night before, aliases included', async () => {
    const observations = readableHistories(52, 200, asOf);
    const early = new Date(asOf.getTime() - 6 * 86_400_000);
    const scratch = await open();
    await scratch.land(observations.filter(({ observedAt }) => observedAt <= early));
    await scratch.build({ asOf: early, days, buckets: 5 });
    await scratch.land(observations.filter(({ observedAt }) => observedAt > early));
    const night = await scratch.build({ asOf, days, buckets: 3 });
    expect(night.isFull).toBe(false);
    expect(night.changedCount).toBeGreaterThan(0);
    const nightly = await dump(scratch);
    const full = await scratch.build({ asOf, days, full: true });
    expect(full.changedCount).toBeGreaterThan(night.changedCount);
    expect(compareDumps(nightly, await dump(scratch))).toEqual([]);
  });

  it('of fewer parcels than buckets, and of none, is a build too', async () => {
    const few = await buildOnce(readableHistories(53, 3, asOf), 16);
    const whole = await buildOnce(readableHistories(53, 3, asOf), 1);
    expect(compareDumps(whole.tables, few.tables)).toEqual([]);
    const none = await buildOnce([], 4);
    expect(none.tables.parcels).toEqual([]);
    expect(describeFailures(none.result.checks)).toEqual([]);
  });

  it('leaves nothing behind, and reports what a check finds in one bucket', async () => {
    const { scratch } = await buildOnce(readableHistories(54, 120, asOf), 4);
    const left = await scratch.rows<{ name: string }>(`
      select table_name as name from duckdb_tables() where temporary and (starts_with(table_name, 'all_') or table_name = 'cells')
      union all
      select view_name as name from duckdb_views() where temporary and view_name in ('parcels', 'events', 'stg_registry')`);
    expect(left).toEqual([]);
    // A poll that nobody would land: its response is missing, so that the parcel has no row.
    await scratch.connection.run(`
      insert into warehouse.registry (tracking_number, registered_at, origin, state, phase, not_found_count, failure_count)
      values ('ZZ-LOST', timestamp '2026-06-01', 'known', 'active', 'new', 0, 0);
      insert into warehouse.landed_polls values ('ZZ-LOST', timestamp '2026-06-02', 1, 'run-x')`);
    const { checks } = await scratch.build({ asOf, days, buckets: 4 });
    expect(describeFailures(checks)).toContain(
      'parcels: a parcel with a visible poll has not exactly one row (1 rows, for example ZZ-LOST)',
    );
  });
});

describe('the passes', () => {
  const passOf = new Map(models.map((model) => [model.name, model.passes ?? []]));
  const inputsOf = async (name: string, folder: string) => {
    const { readModel } = await import('../../../queries/engines/engine.js');
    const text = readModel({ name, folder: folder as 'marts' }, { name: 'duckdb' }).replace(/--.*$/gm, '');
    const own = [...text.matchAll(/^(?:with )?(\w+) as \($/gm)].map(([, cte]) => cte);
    const read = [...text.matchAll(/\b(?:from|join)\s+(\w+)/g)].map(([, input = '']) => input);
    return [...new Set(read.filter((input) => !own.includes(input)))];
  };

  it('read what is made before them, and of parcels nothing that a bucket does not have', async () => {
    const order = planStages(4).flatMap(({ models: made }) => made.map(({ name }) => name));
    const wrong: string[] = [];
    for (const { name, folder, passes } of models) {
      for (const input of await inputsOf(name, folder)) {
        const model = models.find((each) => each.name === input);
        if (model === undefined || input === name) continue;
        if (order.indexOf(input) > order.lastIndexOf(name))
          wrong.push(`${name} reads ${input}, which is made later`);
        // A step of parcels is gone with its bucket: whoever reads it is made in a pass that makes it.
        const isGone = model.kind === 'step' && model.passes !== undefined && model.counted === undefined;
        const isThere = (passes ?? ['none']).every(
          (pass) => passOf.get(input)?.some((made) => made === pass) || input === 'previous_parcels',
        );
        if (isGone && !isThere) wrong.push(`${name} reads ${input}, which is gone by then`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
