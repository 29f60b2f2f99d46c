import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { lakeLayout, writeLake } from '../../pipelines/store/lake.js';
import { build } from '../../queries/build.js';
import { describeFailures } from '../../queries/checks.js';
import type { Lake } from '../../queries/engines/lake.js';
import { openTrino } from '../../queries/engines/trino/client.js';
import { openTrinoEngine } from '../../queries/engines/trino/engine.js';
import type { BuildOptions } from '../../queries/making.js';
import { openScratch, type Scratch } from '../queries/harness.js';
import { compareDumps, dumpTables, readableHistories } from '../queries/nights.js';
import { dump, findTrino } from './harness.js';

const asOf = new Date('2026-06-30T00:00:00Z');
const days = 90;
const scratches: Scratch[] = [];
afterEach(() => {
  for (const scratch of scratches.splice(0)) scratch.close();
});

async function open(): Promise<Scratch> {
  const scratch = await openScratch({ threads: 2 });
  scratches.push(scratch);
  return scratch;
}

/** Tables of whole numbers and of values as they came: no sum that ends in another digit now and then. */
const compared = ['accounts', 'parcels', 'events', 'rate_answers', 'cells', 'cell_hours', 'stalled_parcels'];

/** A folder of the lake of its own, and builds there of accounts in it. */
function openLake(name: string) {
  const { url, catalog, tables, lake, lakeUrl } = findTrino();
  const schema = `${name}${process.pid}_${Date.now()}`;
  const folder = join(lake, schema);
  mkdirSync(folder, { recursive: true });
  let builds = 0;
  return {
    folder,
    async write({ connection }: Scratch, account: string, runId: string): Promise<void> {
      await connection.run('use warehouse');
      await writeLake(connection, { folder, account }, runId);
    },
    /** @param how whether rows of parcels last from build to build; where this process takes the lake to be, and what it is told then. */
    async build(
      { connection }: Scratch,
      options: BuildOptions & { lake: Lake },
      {
        lasts,
        seenFrom = folder,
        onHttp,
      }: { lasts: boolean; seenFrom?: string; onHttp?: (reason: string) => void },
    ) {
      builds += 1;
      const own = `${schema}_${builds}`;
      const client = openTrino({ url, user: 'test', catalog, schema: own });
      const engine = openTrinoEngine(connection, client, {
        catalog,
        schema: own,
        lakeUrl: `${lakeUrl.replace(/\/$/, '')}/${schema}`,
        lakeFolder: seenFrom,
        ...(onHttp && { onHttp }),
        account: 'platform',
        accounts: options.lake.accounts,
        layout: lakeLayout,
        ...(lasts && { lasting: { catalog: tables, schema: `${schema}_lasting`, build: own } }),
      });
      try {
        await engine.lasting?.claim();
        await connection.run(`set search_path = 'marts,warehouse'`);
        const built = await build(connection, options, engine);
        expect(describeFailures(built.checks)).toEqual([]);
        return built;
      } finally {
        await client.close();
      }
    },
  };
}

describe('a build of two accounts on Trino', () => {
  it('makes the tables of one here: numbers that both have', async () => {
    const lake = openLake('accounts');
    const accounts = ['outlet', 'shop'];
    // A third one is there, and not asked for.
    for (const [place, account] of [...accounts, 'depot'].entries()) {
      const scratch = await open();
      await scratch.land(readableHistories(81 + place, 60, asOf), { runId: 'run' });
      await lake.write(scratch, account, 'run');
    }
    const options = { asOf, days, lake: { folder: lake.folder, accounts, layout: lakeLayout } };
    const here = await open();
    expect(describeFailures((await here.build(options)).checks)).toEqual([]);
    const there = await open();
    // What Trino writes is not where this process looks for it: all rows come over HTTP.
    const reasons: string[] = [];
    await lake.build(there, options, {
      lasts: false,
      seenFrom: join(lake.folder, 'elsewhere'),
      onHttp: (reason) => reasons.push(reason),
    });
    expect(reasons).toHaveLength(1);
    const [ours, theirs] = [await dumpTables(here), await dumpTables(there)];
    expect(ours.accounts).toHaveLength(2);
    expect(ours.parcels?.length).toBeGreaterThan(80);
    for (const table of compared) expect([table, theirs[table]]).toEqual([table, ours[table]]);
  });

  it('derives what changed where tables last: news in one account, while one comes and one goes', async () => {
    const lake = openLake('nights');
    const names = ['outlet', 'shop', 'depot'];
    const warehouses = await Promise.all(names.map(() => open()));
    const histories = names.map((_, place) => readableHistories(84 + place, 50, asOf));
    const daysBefore = (count: number) => new Date(asOf.getTime() - count * 86_400_000);
    /** Lands what an account had seen between two clocks. */
    const land = async (account: string, after: Date, upTo: Date) => {
      const place = names.indexOf(account);
      const [scratch, seen] = [warehouses[place], histories[place]];
      if (scratch === undefined || seen === undefined) throw new RangeError(account);
      const due = seen.filter(({ observedAt }) => observedAt > after && observedAt <= upTo);
      expect(due.length).toBeGreaterThan(5);
      await scratch.land(due, { runId: `to ${upTo.toISOString()}` });
      await lake.write(scratch, account, `run_${upTo.getTime()}`);
    };
    const begin = new Date(0);
    const there = await open();
    const nights = [
      {
        clock: daysBefore(70),
        accounts: ['outlet', 'shop'],
        land: async (clock: Date) => {
          await land('outlet', begin, clock);
          await land('shop', begin, clock);
        },
      },
      {
        clock: asOf,
        accounts: ['depot', 'shop'],
        land: async (clock: Date) => {
          await land('shop', daysBefore(70), clock);
          await land('depot', begin, clock);
        },
      },
    ];
    let parcels = 0;
    for (const [night, { clock, accounts, land: landDue }] of nights.entries()) {
      await landDue(clock);
      const options = { asOf: clock, days, lake: { folder: lake.folder, accounts, layout: lakeLayout } };
      const built = await lake.build(there, options, {
        lasts: true,
        onHttp: (reason) => expect.fail(reason),
      });
      expect([night, built.isFull]).toEqual([night, night === 0]);
      const here = await open();
      expect(describeFailures((await here.build(options)).checks)).toEqual([]);
      const [ours, theirs] = [await dump(here), await dump(there)];
      expect(ours.accounts).toHaveLength(accounts.length);
      expect(compareDumps(ours, theirs)).toEqual([]);
      // Of those of before and those of now.
      const count = ours.parcels?.length ?? 0;
      if (night > 0) expect(built.changedCount).toBeLessThan(parcels + count);
      parcels = count;
    }
  });
});
