import { afterEach, describe, expect, it } from 'vitest';
import { lakeLayout, writeLake } from '../../pipelines/store/lake.js';
import { describeFailures } from '../../queries/checks.js';
import type { Lake } from '../../queries/engines/lake.js';
import { writeNumberOf } from '../../queries/keys.js';
import { readKeys } from '../../queries/state.js';
import { makeFolder } from '../pipelines/extract/harness.js';
import { openScratch, type RawObservation, type Scratch } from './harness.js';
import { compareDumps, dumpTables, readableHistories } from './nights.js';

// Accounts with a warehouse each, which share a lake; and a build of all of them, whose own warehouse is empty. Random histories number
// their parcels alike, so that the accounts share nearly all numbers, and even their runs are named alike.

const asOf = new Date('2026-06-30T09:41:00Z');
const days = 60;
const scratches: Scratch[] = [];
afterEach(() => {
  for (const scratch of scratches.splice(0)) scratch.close();
});

async function open(): Promise<Scratch> {
  const scratch = await openScratch();
  scratches.push(scratch);
  return scratch;
}

const daysBefore = (count: number) => new Date(asOf.getTime() - count * 86_400_000);

/** Lands and writes to the lake, as a run of the account does. */
async function land(account: Scratch, name: string, folder: string, due: RawObservation[], run: string) {
  await account.land(due, { runId: run });
  await account.connection.run('use warehouse');
  await writeLake(account.connection, { folder, account: name }, run);
}

const lakeOf = (folder: string, ...accounts: string[]): Lake => ({ folder, accounts, layout: lakeLayout });

/** The tables of rows, each with the account and the number in the key's place. */
const rowTables = [
  'parcels',
  'events',
  'rate_answers',
  'exception_episodes',
  'stalled_parcels',
  'overdue_parcels',
  'dead_letters',
];

async function dumpRows(scratch: Scratch, account: string): Promise<Record<string, string[]>> {
  const keys = await readKeys(scratch.connection);
  const dump: Record<string, string[]> = {};
  for (const table of rowTables) {
    const rows = await scratch.rows(
      `select * replace (${writeNumberOf('tracking_number', keys)} as tracking_number)
       from ${table} where account = '${account}' order by all`,
    );
    dump[table] = rows.map((row) => JSON.stringify(row));
  }
  return dump;
}

/** Counts of one account: each cell and hour, and the figures of its carriers. */
async function dumpCounts(scratch: Scratch, account: string): Promise<Record<string, string[]>> {
  const dump: Record<string, string[]> = {};
  for (const table of ['cells', 'cell_hours', 'account_performance']) {
    const rows = await scratch.rows(`select * from ${table} where account = '${account}' order by all`);
    dump[table] = rows.map((row) => JSON.stringify(row));
  }
  return dump;
}

describe('a build of two accounts that share numbers', () => {
  it('has of each account the rows and the counts that its own build has', async () => {
    const folder = makeFolder();
    const both = await open();
    const own: Record<string, { rows: Record<string, string[]>; counts: Record<string, string[]> }> = {};
    for (const [name, seed, count] of [
      ['outlet', 71, 160],
      ['shop', 72, 220],
    ] as const) {
      const scratch = await open();
      await land(scratch, name, folder, readableHistories(seed, count, asOf), 'run');
      await scratch.connection.run(
        `update warehouse.registry set state = 'dead', state_reason = 'not_found', dead_since = registered_at where tracking_number = 'RT000007'`,
      );
      await scratch.connection.run('use warehouse');
      await writeLake(scratch.connection, { folder, account: name }, 'later');
      const { checks } = await scratch.build({ asOf, days, account: name });
      expect(describeFailures(checks)).toEqual([]);
      own[name] = { rows: await dumpRows(scratch, name), counts: await dumpCounts(scratch, name) };
    }
    const { checks } = await both.build({ asOf, days, lake: lakeOf(folder, 'outlet', 'shop') });
    expect(describeFailures(checks)).toEqual([]);
    for (const [name, { rows, counts }] of Object.entries(own)) {
      expect(rows.parcels?.length).toBeGreaterThan(100);
      expect(rows.dead_letters).toHaveLength(1);
      expect(await dumpRows(both, name)).toEqual(rows);
      expect(await dumpCounts(both, name)).toEqual(counts);
    }
    const [shared] = await both.rows<{ numbers: number; parcels: number }>(
      `select count(distinct split_part(tracking_number, '/', 2)) as numbers, count(*) as parcels from parcels`,
    );
    expect(shared?.parcels).toBeGreaterThan((shared?.numbers ?? 0) + 100);
    expect(
      await both.rows('select account, parcel_count = number_count as has_no_alias from accounts'),
    ).toEqual([
      { account: 'outlet', has_no_alias: false },
      { account: 'shop', has_no_alias: false },
    ]);
    // The names mean the landed tables of the warehouse again.
    expect(await both.rows('select * from landed_polls')).toEqual([]);
  });

  it('in buckets has the same tables', async () => {
    const folder = makeFolder();
    for (const [name, seed] of [
      ['outlet', 73],
      ['shop', 74],
    ] as const)
      await land(await open(), name, folder, readableHistories(seed, 80, asOf), 'run');
    const both = await open();
    const lake = lakeOf(folder, 'outlet', 'shop');
    await both.build({ asOf, days, lake });
    const whole = await dumpTables(both);
    await both.build({ asOf, days, lake, full: true, buckets: 3 });
    expect(compareDumps(whole, await dumpTables(both))).toEqual([]);
  });

  it('night after night leaves what a full one makes, whenever an account comes or goes', async () => {
    const folder = makeFolder();
    const histories = { outlet: readableHistories(75, 120, asOf), shop: readableHistories(76, 150, asOf) };
    const accounts = { outlet: await open(), shop: await open() };
    const landed = new Set<RawObservation>();
    const night = async (name: 'outlet' | 'shop', until: Date, run: string) => {
      const due = histories[name].filter((one) => !landed.has(one) && one.observedAt <= until);
      for (const one of due) landed.add(one);
      await land(accounts[name], name, folder, due, run);
    };
    const both = await open();
    const changes: [boolean, number][] = [];
    const build = async (clock: Date, ...names: string[]) => {
      const built = await both.build({ asOf: clock, days, lake: lakeOf(folder, ...names) });
      expect(describeFailures(built.checks)).toEqual([]);
      changes.push([built.isFull, built.changedCount]);
      const nightly = await dumpTables(both);
      const once = await open();
      await once.build({ asOf: clock, days, lake: lakeOf(folder, ...names) });
      expect(compareDumps(nightly, await dumpTables(once))).toEqual([]);
    };

    await night('shop', daysBefore(40), 'run-1');
    await build(daysBefore(40), 'shop');
    await night('outlet', daysBefore(20), 'run-1');
    await night('shop', daysBefore(20), 'run-2');
    await build(daysBefore(20), 'outlet', 'shop');
    // One account's night ends after the build: what it saw before is news for the next one.
    await night('outlet', daysBefore(2), 'run-2');
    await build(daysBefore(2), 'outlet', 'shop');
    await night('shop', daysBefore(2), 'run-3');
    await build(asOf, 'outlet');
    expect(changes.map(([isFull]) => isFull)).toEqual([true, false, false, false]);
    expect(changes.every(([, changed]) => changed > 0)).toBe(true);
  }, 600_000);

  it('derives again what an account listed before the last clock, and wrote after it', async () => {
    const folder = makeFolder();
    const shop = await open();
    await land(shop, 'shop', folder, readableHistories(77, 40, asOf), 'run');
    const list = (number: string, at: Date) =>
      shop.connection.run(
        `insert into warehouse.landed_shipments (tracking_number, listed_at, scope, handover_at)
         values ('${number}', timestamp '${at.toISOString().replace('Z', '')}', 'all', timestamp '2026-06-01 15:00:00')`,
      );
    await list('RT000001', daysBefore(4));
    await shop.connection.run('use warehouse');
    await writeLake(shop.connection, { folder, account: 'shop' }, 'run-2');
    const both = await open();
    const lake = lakeOf(folder, 'shop');
    await both.build({ asOf: daysBefore(1), days, lake });
    await list('RT000002', daysBefore(2));
    await writeLake(shop.connection, { folder, account: 'shop' }, 'run-3');
    await both.build({ asOf, days, lake });
    expect(
      await both.rows(
        `select tracking_number from parcels where handover_planned_at is not null order by tracking_number`,
      ),
    ).toEqual([{ tracking_number: 'shop/RT000001' }, { tracking_number: 'shop/RT000002' }]);
  });

  it('names the file that an account has to write again', async () => {
    const folder = makeFolder();
    await land(await open(), 'shop', folder, readableHistories(78, 5, asOf), 'run');
    const both = await open();
    await expect(both.build({ asOf, days, lake: lakeOf(folder, 'outlet', 'shop') })).rejects.toMatchObject({
      code: 'lake',
      exitCode: 2,
      message: expect.stringContaining('registry/outlet.parquet'),
    });
  });
});
