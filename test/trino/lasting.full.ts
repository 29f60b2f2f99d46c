import { afterAll, describe, expect, it } from 'vitest';
import { openTrino, type TrinoClient, TrinoError } from '../../queries/engines/trino/client.js';
import { type Lasting, lastingNames, openLasting } from '../../queries/engines/trino/lasting.js';
import { findTrino } from './harness.js';

const { url, catalog, tables } = findTrino();
const schema = `lasting_${Date.now()}`;
const asOf = new Date('2026-06-30T00:00:00Z');

/** A client of which the statement of that place, among those that write, is not taken. */
function breakAt(client: TrinoClient, place: number): TrinoClient & { written: () => string[] } {
  const written: string[] = [];
  const look = (sql: string) => {
    if (!/^\s*(create table|insert|delete|alter|drop|update)/.test(sql)) return;
    written.push(sql);
    if (written.length === place) throw new Error('the engine is gone');
  };
  return {
    ...client,
    written: () => written,
    async run(sql) {
      look(sql);
      await client.run(sql);
    },
    async readRows(sql) {
      look(sql);
      return client.readRows(sql);
    },
  };
}

const listRows = (rows: readonly (string | number)[][], ...columns: string[]) =>
  `select * from (values ${rows.map((row) => `(${row.map((value) => (typeof value === 'number' ? value : `'${value}'`)).join(', ')})`).join(', ')}) as given (${columns.join(', ')})`;

const client = openTrino({ url, user: 'test', catalog, schema });
afterAll(async () => {
  await client.run(`drop schema ${catalog}.${schema} cascade`);
  await client.run(`drop schema ${tables}.${schema} cascade`);
  await client.close();
});

/** What a build has before it: the views of the lake, and a changed parcel; B is gone, and new rows have the night's number. */
async function begin(numbers: string[]): Promise<void> {
  await client.run(`drop schema if exists ${catalog}.${schema} cascade`);
  await client.run(`create schema ${catalog}.${schema}`);
  await client.run(`create view stg_polls as ${listRows([['r1']], 'run_id')}`);
  await client.run(
    `create view stg_registry as ${listRows(
      numbers.map((number) => [number, number]),
      'tracking_number',
      'owner_number',
    )}`,
  );
  await client.run(
    `create view stg_shipments as select 'A' as tracking_number, timestamp '2026-06-01 00:00:00' as listed_at`,
  );
  await client.run(
    `create or replace function ${catalog}.${schema}.account_of(key varchar) returns varchar return 'own'`,
  );
  await client.run(`create view changed_parcels as ${listRows([['A'], ['B']], 'tracking_number')}`);
}

const open = (through: TrinoClient, name: string) =>
  openLasting(through, { catalog: tables, schema, build: name });
const read = async () => {
  const parts = [...lastingNames].map(
    (name) => `select '${name}' as name, tracking_number, cast(made as varchar) as made from ${name}`,
  );
  const rows = await client.readRows(`select * from (${parts.join(' union all ')}) order by 1, 2`);
  return rows.map((row) => row.join(' '));
};

/** A first build of three parcels, which is recorded. */
async function record(name: string) {
  await begin(['A', 'B', 'C']);
  const first = open(client, name);
  await first.claim();
  await first.open();
  await first.begin(true);
  for (const table of lastingNames)
    await first.create(
      table,
      listRows(
        ['A', 'B', 'C'].map((number) => [number, 0]),
        'tracking_number',
        'made',
      ),
    );
  return { id: await first.record('f', asOf), lasting: first };
}

describe('tables that last', () => {
  it('are as they were recorded, whatever statement of a night is not taken', async () => {
    const first = await record('n0');
    let expected = await read();
    expect(expected.length).toBe(9);
    let recorded = { id: first.id, fingerprint: 'f', asOf };
    await first.lasting.sweep();

    const broken: string[] = [];
    for (let night = 1; ; night++) {
      await begin(['A', 'C']);
      const breaking = breakAt(client, night);
      const lasting = open(breaking, `n${night}`);
      let id: string | null = null;
      const work = async () => {
        await lasting.claim();
        expect(await lasting.open()).toEqual(recorded);
        await lasting.begin(false);
        expect(await read()).toEqual(expected);
        for (const name of lastingNames)
          await lasting.replace(name, listRows([['A', night]], 'tracking_number', 'made'));
        id = await lasting.record('f', asOf);
        await lasting.sweep();
      };
      const failure = await work().catch((error: unknown) => error);
      if (id !== null) {
        recorded = { ...recorded, id };
        expected = [...lastingNames].sort().flatMap((name) => [`${name} A ${night}`, `${name} C 0`]);
      }
      if (failure === undefined) break;
      expect(String(failure)).toBe('Error: the engine is gone');
      broken.push(breaking.written().at(-1)?.trim().split(/\s/)[0] ?? '');
    }
    for (const kind of ['delete', 'insert', 'create', 'alter', 'drop', 'update'])
      expect(broken).toContain(kind);
    expect(broken.length).toBeGreaterThan(20);
  });

  it('are written by the build that began last; another one records nothing, nor one whose tables somebody else wrote', async () => {
    await client.run(`drop schema ${tables}.${schema} cascade`);
    const first = await record('first');
    const expected = await read();
    const start = async (name: string) => {
      await begin(['A', 'C']);
      const lasting = open(client, name);
      await lasting.claim();
      expect(await lasting.open()).toEqual({ id: first.id, fingerprint: 'f', asOf });
      await lasting.begin(false);
      expect(await read()).toEqual(expected);
      return lasting;
    };
    const replace = (lasting: Lasting, made: number) =>
      lasting.replace('events', listRows([['A', made]], 'tracking_number', 'made'));
    const older = await start('older');
    await replace(older, 1);
    const newer = await start('newer');
    const takenOver = { reason: 'TAKEN_OVER', exitCode: 6, message: expect.stringContaining('(newer)') };
    await expect(replace(older, 2)).rejects.toMatchObject(takenOver);
    await expect(older.record('f', asOf)).rejects.toMatchObject(takenOver);
    await older.sweep();
    expect(await older.explain(new TrinoError('killed', 'X', 4, '', { query: 'q' }))).toMatchObject(
      takenOver,
    );
    await replace(newer, 3);

    // What a build that was asleep between its look and its statement would do.
    await client.run(`delete from ${tables}.${schema}.events_1 where tracking_number = 'C'`);
    const written = { reason: 'TAKEN_OVER', message: expect.stringContaining('events_1 was written by') };
    await expect(newer.record('f', asOf)).rejects.toMatchObject(written);
    const third = await start('third');
    await client.run(`delete from ${tables}.${schema}.events_1 where tracking_number = 'C'`);
    await expect(replace(third, 4)).rejects.toMatchObject(written);

    const two = ['one', 'other'].map((name) => open(client, name));
    const claims = await Promise.allSettled(two.map((lasting) => lasting.claim()));
    expect(claims.filter(({ status }) => status === 'fulfilled').length).toBeLessThan(2);
    const last = await start('last');
    for (const name of lastingNames)
      await last.replace(name, listRows([['A', 5]], 'tracking_number', 'made'));
    await last.record('f', asOf);
    await last.sweep();
    expect(await read()).toEqual([...lastingNames].sort().flatMap((name) => [`${name} A 5`, `${name} C 0`]));
  });
});
