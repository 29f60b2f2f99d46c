import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { models } from '../../queries/models.js';
import { openScratch, type Scratch } from './harness.js';

// What other engines ask of the names of columns, found by asking DuckDB: it lets a relation have one name twice and renames the second.

const readSql = (path: string) => readFileSync(new URL(`../../queries/${path}.sql`, import.meta.url), 'utf8');
const heavy = models.filter(({ half }) => half === 'heavy');

describe('the heavy half', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openScratch();
    await scratch.land([]);
    await scratch.build({ asOf: new Date('2026-06-30T00:00:00Z'), days: 90 });
    await scratch.connection.run(`
      create or replace temp table parcels_before as from parcels;
      create or replace temp table parcels_kept as from parcels;
      create or replace temp table changed_parcels (tracking_number varchar)`);
    for (const { name, kind, folder } of models) {
      const object = kind === 'view' ? 'view' : 'table';
      await scratch.connection.run(
        `create or replace temp ${object} ${name} as ${readSql(`${folder}/${name}`)}`,
      );
    }
  });
  afterAll(() => scratch.close());

  async function findColumns(select: string): Promise<string[]> {
    const columns = await scratch.rows<{ column_name: string }>(
      `select column_name from (describe select * from (${select}))`,
    );
    return columns.map(({ column_name }) => column_name);
  }

  /** The selects of a model: each of its CTEs, and what it answers. */
  function listSelects(sql: string): [string, string][] {
    const ctes = [...sql.matchAll(/^(?:with )?([a-z_]+) as \($/gm)].map(([, name = '']) => name);
    const end = sql.lastIndexOf('\n)\n\nselect');
    const head = end < 0 ? '' : sql.slice(0, end + 3);
    return [
      ['what it answers', sql],
      ...ctes.map((name): [string, string] => [name, `${head}select * from ${name}`]),
    ];
  }

  async function findTwins(sql: string): Promise<string[]> {
    const found: string[] = [];
    for (const [name, select] of listSelects(sql)) {
      const columns = await findColumns(select);
      found.push(
        ...columns
          .filter((column) => columns.includes(column.replace(/(_|:)\d+$/, '')) && /(_|:)\d+$/.test(column))
          .map((column) => `${name}: ${column.replace(/(_|:)\d+$/, '')}`),
      );
    }
    return found;
  }

  it.each(heavy.map(({ folder, name }) => [name, `${folder}/${name}`]))(
    '%s gives no two columns one name',
    async (_name, path) => {
      expect(await findTwins(readSql(path))).toEqual([]);
    },
  );

  it('would be caught giving two columns one name', async () => {
    const twice = `with doubled as (
    select
        clocks.observed_at,
        headers.*
    from parcel_headers as headers
    inner join parcel_clocks as clocks on headers.tracking_number = clocks.tracking_number
)

select tracking_number from doubled`;
    expect(await findTwins(twice)).toEqual(['doubled: observed_at']);
  });

  it('has the columns of both periods in one order, since they are joined by place', async () => {
    const current = await findColumns('select * from parcels');
    expect(await findColumns('select * from previous_parcels')).toEqual(['period', ...current]);
  });
});
