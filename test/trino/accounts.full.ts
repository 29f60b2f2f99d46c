import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { lakeLayout, writeLake } from '../../pipelines/store/lake.js';
import { build } from '../../queries/build.js';
import { describeFailures } from '../../queries/checks.js';
import { openTrino } from '../../queries/engines/trino/client.js';
import { openTrinoEngine } from '../../queries/engines/trino/engine.js';
import { openScratch, type Scratch } from '../queries/harness.js';
import { dumpTables, readableHistories } from '../queries/nights.js';
import { findTrino } from './harness.js';

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

describe('a build of two accounts on Trino', () => {
  it('makes the tables of one here: numbers that both have', async () => {
    const { url, catalog, lake, lakeUrl } = findTrino();
    const schema = `accounts${process.pid}_${Date.now()}`;
    const folder = join(lake, schema);
    mkdirSync(folder, { recursive: true });
    const accounts = ['outlet', 'shop'];
    // A third one is there, and not asked for.
    for (const [place, account] of [...accounts, 'depot'].entries()) {
      const scratch = await open();
      await scratch.land(readableHistories(81 + place, 60, asOf), { runId: 'run' });
      await scratch.connection.run('use warehouse');
      await writeLake(scratch.connection, { folder, account }, 'run');
    }
    const options = { asOf, days, lake: { folder, accounts, layout: lakeLayout } };
    const here = await open();
    expect(describeFailures((await here.build(options)).checks)).toEqual([]);
    const there = await open();
    await there.connection.run(`set search_path = 'marts,warehouse'`);
    const client = openTrino({ url, user: 'test', catalog, schema });
    try {
      const engine = openTrinoEngine(there.connection, client, {
        catalog,
        schema,
        lakeUrl: `${lakeUrl.replace(/\/$/, '')}/${schema}`,
        account: 'platform',
        accounts,
        layout: lakeLayout,
      });
      expect(describeFailures((await build(there.connection, options, engine)).checks)).toEqual([]);
    } finally {
      await client.close();
    }
    const [ours, theirs] = [await dumpTables(here), await dumpTables(there)];
    expect(ours.accounts).toHaveLength(2);
    expect(ours.parcels?.length).toBeGreaterThan(80);
    for (const table of compared) expect([table, theirs[table]]).toEqual([table, ours[table]]);
  });
});
