import { describe, expect, it } from 'vitest';
import { openTrino, type TrinoClient } from '../../queries/engines/trino/client.js';
import { lastingNames, openLasting } from '../../queries/engines/trino/lasting.js';
import { findTrino } from './harness.js';

const { url, catalog, tables } = findTrino();
const schema = `lasting_${Date.now()}`;
const asOf = new Date('2026-06-30T00:00:00Z');

/** A client of which the statement of that place, among those that write, is not taken. */
function breakAt(client: TrinoClient, place: number): TrinoClient & { written: () => string[] } {
  const written: string[] = [];
  const look = (sql: string) => {
    if (!/^(create table|insert|delete|alter|drop)/.test(sql)) return;
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

describe('tables that last', () => {
  it('are as they were recorded, whatever statement of a night is not taken', async () => {
    const client = openTrino({ url, user: 'test', catalog, schema });
    /** What a build has before it: the views of the lake, and a changed parcel; B is gone, and new rows have the night's number. */
    const begin = async (numbers: string[]) => {
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
    };
    const open = (through: TrinoClient, night: number) =>
      openLasting(through, { catalog: tables, schema, build: `n${night}` });
    const read = async () => {
      const parts = [...lastingNames].map(
        (name) => `select '${name}' as name, tracking_number, cast(made as varchar) as made from ${name}`,
      );
      const rows = await client.readRows(`select * from (${parts.join(' union all ')}) order by 1, 2`);
      return rows.map((row) => row.join(' '));
    };

    await begin(['A', 'B', 'C']);
    const first = open(client, 0);
    expect(await first.open()).toBe(null);
    await first.begin(true);
    for (const name of lastingNames)
      await first.create(
        name,
        listRows(
          [
            ['A', 0],
            ['B', 0],
            ['C', 0],
          ],
          'tracking_number',
          'made',
        ),
      );
    let expected = await read();
    expect(expected.length).toBe(9);
    let recorded = { id: await first.record('f', asOf), fingerprint: 'f', asOf };
    await first.sweep();

    const broken: string[] = [];
    for (let night = 1; ; night++) {
      await begin(['A', 'C']);
      const breaking = breakAt(client, night);
      const lasting = open(breaking, night);
      let id: string | null = null;
      const work = async () => {
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
      broken.push(breaking.written().at(-1)?.split(/\s/)[0] ?? '');
    }
    for (const kind of ['delete', 'insert', 'create', 'alter', 'drop']) expect(broken).toContain(kind);
    expect(broken.length).toBeGreaterThan(20);
    await client.run(`drop schema ${catalog}.${schema} cascade`);
    await client.run(`drop schema ${tables}.${schema} cascade`);
    await client.close();
  });
});
