import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, describe, expect, it } from 'vitest';
import { lakeLayout, writeLake } from '../../../pipelines/store/lake.js';
import { build } from '../../../queries/build.js';
import { describeFailures } from '../../../queries/checks.js';
import { checkedHere, fetched, listInputs } from '../../../queries/elsewhere.js';
import { openDuckDb } from '../../../queries/engines/duckdb.js';
import { readModel, readSql } from '../../../queries/engines/engine.js';
import type { RemoteEngine } from '../../../queries/engines/trino/engine.js';
import type { Lasting, Recorded } from '../../../queries/engines/trino/lasting.js';
import { models } from '../../../queries/models.js';
import { makeFolder } from '../../pipelines/extract/harness.js';
import { openScratch, type Scratch } from '../harness.js';
import { compareDumps, dumpTables, readableHistories } from '../nights.js';

// What a build elsewhere does here, with a second DuckDB in the other engine's place, which has nothing but the lake.

const asOf = new Date('2026-06-30T09:41:00Z');
const days = 60;
const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function openLanded(seed: number, count: number): Promise<Scratch> {
  const scratch = await openScratch();
  open.push(() => scratch.close());
  await scratch.land(readableHistories(seed, count, asOf));
  return scratch;
}

/** A DuckDB with a lake in place of a warehouse; rows travel as Parquet. */
async function openOther(scratch: Scratch, lake: string): Promise<RemoteEngine & { dropped: boolean }> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  open.push(() => {
    connection.closeSync();
    instance.closeSync();
  });
  await connection.run("set global TimeZone = 'UTC'");
  const other = openDuckDb(connection);
  const folder = makeFolder();
  let travelled = 0;
  const travel = async (from: typeof connection, select: string) => {
    const path = join(folder, `${++travelled}.parquet`);
    await from.run(`copy (${select}) to '${path}' (format parquet)`);
    return `from read_parquet('${path}')`;
  };
  const engine: RemoteEngine & { dropped: boolean } = {
    ...other,
    name: 'trino',
    dropped: false,
    async prepare() {
      await other.prepare();
      for (const { name, isVersioned } of lakeLayout.tables) {
        const files = `read_parquet('${lake}/${name}/*.parquet')`;
        await connection.run(
          isVersioned
            ? `create view ${name} as select landed.* from ${files} as landed
               inner join read_parquet('${lake}/registry/*.parquet') as numbers
                 on landed.tracking_number = numbers.tracking_number and landed.lake_file = numbers.lake_file`
            : `create view ${name} as from ${files}`,
        );
      }
    },
    keepPart: async () => {},
    async sendTable(name) {
      await connection.run(
        `create or replace table ${name} as ${await travel(scratch.connection, `from ${name}`)}`,
      );
    },
    async fetchTable(name, { into, rows }) {
      const source = await travel(connection, `from ${name} where ${rows ?? 'true'}`);
      const columns = await scratch.rows<{ name: string }>(
        `select column_name as name from (describe ${into})`,
      );
      await scratch.connection.run(
        `insert into ${into} select ${columns.map((column) => column.name)} ${source}`,
      );
      return 1;
    },
    countRows: () => 0,
    async rollBack() {
      engine.dropped = true;
    },
  };
  return engine;
}

/** The same, where tables last: what a build that failed had done there is not undone, other than on Trino. */
async function openLastingOther(scratch: Scratch, lake: string) {
  const other = await openOther(scratch, lake);
  const { prepare } = other;
  let recorded: Recorded | null = null;
  let builds = 0;
  const lasting: Lasting = {
    open: async () => recorded,
    async begin(isFull) {
      if (isFull || recorded === null) return;
      const asOf = recorded.asOf.toISOString().replace('T', ' ').replace('Z', '');
      await other.createView('build_state', `select timestamp '${asOf}' as as_of`);
    },
    create: async () => 0,
    replace: async () => 0,
    async record(fingerprint, asOf) {
      await other.createTable('built_runs', 'select distinct run_id from stg_polls');
      await other.createTable('built_numbers', 'select tracking_number, owner_number from stg_registry');
      await other.createTable(
        'built_listings',
        'select account_of(tracking_number) as account, max(listed_at) as listed_at from stg_shipments group by 1',
      );
      builds += 1;
      recorded = { id: `b${builds}`, fingerprint, asOf };
      return recorded.id;
    },
    sweep: async () => {},
  };
  return {
    ...other,
    lasting,
    forget: () => {
      recorded = null;
    },
    // The lake's views are made once.
    prepare: async () => {
      if (builds === 0) await prepare();
    },
  };
}

async function buildElsewhere(scratch: Scratch, spoil?: string) {
  const lake = makeFolder();
  await scratch.connection.run('use warehouse');
  await writeLake(scratch.connection, { folder: lake, account: 'own' }, 'r1');
  await scratch.connection.run(`set search_path = 'marts,warehouse'`);
  const other = await openOther(scratch, lake);
  const { createStep } = other;
  other.createStep = (name, select) =>
    createStep(name, name === spoil ? `select no_such_column from (${select})` : select);
  return {
    other,
    result: await build(scratch.connection, { asOf, days }, other).catch((error: unknown) => error),
  };
}

describe('a build elsewhere', () => {
  it('fills the tables of one here, and the next one here derives every parcel', async () => {
    const scratch = await openLanded(71, 250);
    await scratch.build({ asOf, days });
    const here = await dumpTables(scratch);
    const { other, result } = await buildElsewhere(scratch);
    expect(result).toMatchObject({ isFull: true });
    const { checks, changedCount } = result as Awaited<ReturnType<typeof build>>;
    expect(describeFailures(checks)).toEqual([]);
    expect(changedCount).toBeGreaterThan(200);
    expect(compareDumps(here, await dumpTables(scratch))).toEqual([]);
    expect(other.dropped).toBe(true);
    expect((await scratch.build({ asOf, days })).isFull).toBe(true);
    expect(compareDumps(here, await dumpTables(scratch))).toEqual([]);
  });

  it('that fails drops what it held there, and names the model', async () => {
    const scratch = await openLanded(72, 20);
    const { other, result } = await buildElsewhere(scratch, 'follow_ups');
    expect(String(result)).toContain('model follow_ups');
    expect(other.dropped).toBe(true);
  });
});

describe('nights elsewhere, where tables last', () => {
  it('derive what changed, fetch what changed, and leave what a build here makes', async () => {
    const observations = readableHistories(73, 120, asOf);
    const clocks = [70, 9, 1, 0].map((before) => new Date(asOf.getTime() - before * 86_400_000));
    const scratch = await openScratch();
    open.push(() => scratch.close());
    await scratch.connection.run(`attach ':memory:' as here`);
    const lake = makeFolder();
    const other = await openLastingOther(scratch, lake);
    const fetchedRows: string[] = [];
    const engine = {
      ...other,
      fetchTable(name: string, how: { into: string; rows?: string }) {
        if (name === 'parcels') fetchedRows.push(how.rows ?? 'all');
        return other.fetchTable(name, how);
      },
    };
    const seen: [boolean, boolean, string][] = [];
    const landed = new Set<unknown>();
    for (const [night, clock] of clocks.entries()) {
      const isLast = night === clocks.length - 1;
      const due = observations.filter((one) => !landed.has(one) && (isLast || one.observedAt <= clock));
      for (const one of due) landed.add(one);
      await scratch.land(due);
      if (night === 1) {
        const erased = `select tracking_number from warehouse.registry order by hash(tracking_number) limit 5`;
        for (const table of ['landed_polls', 'landed_responses', 'landed_events', 'registry'])
          await scratch.connection.run(`delete from warehouse.${table} where tracking_number in (${erased})`);
      }
      await scratch.connection.run('use warehouse');
      await writeLake(scratch.connection, { folder: lake, account: 'own' }, `r${night}`);
      await scratch.connection.run(`set search_path = 'marts,warehouse'`);
      // Marts that know nothing of the build that holds there; and a build there that nobody knows.
      if (night === 2) await scratch.connection.run(`update build_state set fingerprint = 'another'`);
      if (night === 3) other.forget();
      const built = await build(scratch.connection, { asOf: clock, days }, engine);
      expect(describeFailures(built.checks)).toEqual([]);
      const some =
        built.changedCount < Number((await scratch.rows('select count(*) as n from parcels'))[0]?.n);
      seen.push([built.isFull, some, fetchedRows.at(-1) ?? '']);
      const there = await dumpTables(scratch);
      await scratch.connection.run(`set search_path = 'here,warehouse'`);
      await build(scratch.connection, { asOf: clock, days, full: true });
      expect(compareDumps(there, await dumpTables(scratch))).toEqual([]);
    }
    const changed = 'tracking_number in (select tracking_number from changed_parcels)';
    expect(seen).toEqual([
      [true, false, 'all'],
      [false, true, changed],
      [false, true, 'all'],
      [true, false, 'all'],
    ]);
  });
});

describe('what is fetched', () => {
  const heavy = new Set(models.filter(({ half }) => half === 'heavy').map(({ name }) => name));

  it('is all that the light half and the checks here read, and what readers get', () => {
    const read = [
      ...models.filter(({ half }) => half === 'light').map((model) => readModel(model, { name: 'duckdb' })),
      ...checkedHere.map(({ name }) => readSql(`marts/${name}.check`)),
    ].flatMap(listInputs);
    expect([...new Set(read)].filter((name) => heavy.has(name) && !fetched.has(name))).toEqual([]);
    expect(
      models.filter(({ name, half, isPublic }) => half === 'heavy' && isPublic && !fetched.has(name)),
    ).toEqual([]);
  });

  it('is no step that has a row a parcel', () => {
    const perParcel = models.filter(
      ({ kind, passes, counted }) => kind === 'step' && passes && counted === undefined,
    );
    expect(perParcel.length).toBeGreaterThan(8);
    expect(perParcel.filter(({ name }) => fetched.has(name))).toEqual([]);
  });

  it('leaves no check elsewhere that reads of the light half', () => {
    const light = new Set(models.filter(({ half }) => half === 'light').map(({ name }) => name));
    const elsewhere = models.filter(
      (model) =>
        model.folder === 'marts' &&
        model.half === 'heavy' &&
        !checkedHere.includes(model) &&
        (model.kind !== 'view' || model.isPublic),
    );
    expect(elsewhere.length).toBeGreaterThan(20);
    expect(
      elsewhere.filter(({ name }) =>
        listInputs(readSql(`marts/${name}.check`)).some((input) => light.has(input)),
      ),
    ).toEqual([]);
  });
});
