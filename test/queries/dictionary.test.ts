import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTimeline } from '../../pipelines/sendcloud/timeline.js';
import { readDictionary, toComment, writeComments } from '../../queries/dictionary.js';
import { models } from '../../queries/models.js';
import { readSchema } from '../docs/read-schema.js';
import { randomHistories } from '../reference/histories.js';
import { openScratch, type RawObservation, type Scratch } from './harness.js';

const asOf = new Date('2026-06-30T09:41:00Z');
const publicTables = [
  'run_parameters',
  ...models.filter(({ isPublic }) => isPublic).map(({ name }) => name),
].sort();

interface DatabaseColumn {
  table_name: string;
  column_name: string;
  data_type: string;
  comment: string | null;
}

async function readColumns(scratch: Scratch, catalog: string): Promise<DatabaseColumn[]> {
  return scratch.rows<DatabaseColumn>(`
    select table_name, column_name, data_type, comment
    from duckdb_columns()
    where database_name = '${catalog}' and table_name in (${publicTables.map((name) => `'${name}'`).join(', ')})
    order by table_name, column_index`);
}

async function readTableComments(scratch: Scratch, catalog: string) {
  return scratch.rows<{ table_name: string; comment: string | null }>(`
    select table_name, comment from duckdb_tables() where database_name = '${catalog}'
    union all
    select view_name, comment from duckdb_views() where database_name = '${catalog}' and not internal`);
}

/** Every comment of a catalog's public tables, by `table` and `table.column`, sorted. */
async function readComments(scratch: Scratch, catalog: string): Promise<Record<string, string | null>> {
  const tables = (await readTableComments(scratch, catalog)).filter(({ table_name }) =>
    publicTables.includes(table_name),
  );
  const columns = await readColumns(scratch, catalog);
  return Object.fromEntries([
    ...tables.map((row) => [row.table_name, row.comment] as const),
    ...columns.map((row) => [`${row.table_name}.${row.column_name}`, row.comment] as const),
  ]);
}

const described = Object.fromEntries(
  readDictionary().map((entry) => [
    entry.column === null ? entry.table : `${entry.table}.${entry.column}`,
    toComment(entry),
  ]),
);

let empty: Scratch;
let random: Scratch;

beforeAll(async () => {
  empty = await openScratch();
  await empty.build({ asOf, days: 90 });
  random = await openScratch();
  const observations = (randomHistories(11, 900, asOf) as RawObservation[]).filter(
    ({ response }) => readTimeline(response, { keepSourceId: false }).ok,
  );
  await random.land(observations);
  await random.build({ asOf, days: 90 });
});

afterAll(() => {
  empty.close();
  random.close();
});

describe('comments', () => {
  it('every public table and column has one, and none is left over', async () => {
    await writeComments(empty.connection);
    expect(await readComments(empty, 'marts')).toEqual(described);
  });

  it('can be written inside the transaction that changed the tables', async () => {
    const countParcels = () => random.rows('select count(*) as n from parcels');
    const before = await countParcels();
    await random.connection.run('begin transaction');
    await random.connection.run('update parcels set brand_id = 1');
    await random.connection.run('create or replace table alerts as select * from alerts');
    await writeComments(random.connection);
    await random.connection.run('commit');
    expect(await readComments(random, 'marts')).toEqual(described);
    expect(await countParcels()).toEqual(before);
  });

  it('a second writing has nothing to do', async () => {
    await writeComments(random.connection);
    await random.connection.run('begin transaction read only');
    await expect(writeComments(random.connection)).resolves.toBeUndefined();
    await random.connection.run('rollback');
  });

  it('a published copy gets them, where parcels is a table', async () => {
    await random.connection.run(`attach ':memory:' as published`);
    for (const table of publicTables) {
      await random.connection.run(`create table published.${table} as select * from marts.${table}`);
    }
    await writeComments(random.connection, 'published');
    expect(await readComments(random, 'published')).toEqual(described);
  });

  it('a column that the dictionary lacks is named, and nothing is written', async () => {
    const scratch = await openScratch();
    try {
      await scratch.build({ asOf, days: 90 });
      await scratch.connection.run('alter table thresholds add column novelty integer');
      await expect(writeComments(scratch.connection)).rejects.toThrow(
        /thresholds: column novelty has no comment/,
      );
      const tables = await readTableComments(scratch, 'marts');
      expect(tables.filter(({ comment }) => comment?.startsWith('One row'))).toEqual([]);
    } finally {
      scratch.close();
    }
  });
});

const typesOfUnit: Record<string, readonly string[]> = {
  'UTC instant': ['TIMESTAMP'],
  date: ['DATE'],
  hours: ['DOUBLE'],
  days: ['BIGINT', 'INTEGER', 'DOUBLE'],
  'share 0 to 1': ['DOUBLE'],
  'share or hours': ['DOUBLE'],
  count: ['BIGINT', 'HUGEINT'],
  number: ['BIGINT', 'INTEGER', 'DOUBLE'],
  flag: ['BOOLEAN'],
  code: ['VARCHAR', 'BIGINT'],
  text: ['VARCHAR'],
};

const typeOfData: Record<string, string> = {
  VARCHAR: 'string',
  TIMESTAMP: 'string',
  DATE: 'string',
  DOUBLE: 'number',
  BIGINT: 'number',
  HUGEINT: 'number',
  INTEGER: 'number',
  BOOLEAN: 'boolean',
};

describe('the dictionary', () => {
  it('gives every column a unit that fits its type', async () => {
    const units = new Map(
      readDictionary().map(({ table, column, unit }) => [`${table}.${column}`, unit ?? '']),
    );
    const misfits = (await readColumns(empty, 'marts')).filter(
      (row) => !typesOfUnit[units.get(`${row.table_name}.${row.column_name}`) ?? '']?.includes(row.data_type),
    );
    expect(misfits).toEqual([]);
  });

  it('writes whole sentences', () => {
    for (const { table, column, comment } of readDictionary()) {
      expect(comment, `${table}.${column}`).toMatch(/^[\p{Lu}a-z'].*\.$/u);
      expect(comment, `${table}.${column}`).not.toMatch(/ {2}|\t/);
      if (column === null) expect(comment, table).toMatch(/^One row/);
    }
  });
});

describe('schema.ts', () => {
  const schema = readSchema();

  it.each(['empty', 'random'])('has the tables, columns and types of the database, %s', async (which) => {
    const columns = await readColumns(which === 'empty' ? empty : random, 'marts');
    const ofDatabase = columns.map(
      (row) => `${row.table_name}.${row.column_name} ${typeOfData[row.data_type]}`,
    );
    const ofSchema = [...schema].flatMap(([table, fields]) =>
      fields.map(({ name, type }) => `${table}.${name} ${type}`),
    );
    expect([...schema.keys()].sort()).toEqual(publicTables);
    expect(ofSchema.sort()).toEqual(ofDatabase.sort());
  });

  it('allows null exactly where the dictionary says when', () => {
    const ofDictionary = readDictionary()
      .filter(({ column, comment }) => column !== null && /\bNull\b/.test(comment))
      .map(({ table, column }) => `${table}.${column}`);
    const ofSchema = [...schema].flatMap(([table, fields]) =>
      fields.filter(({ isNullable }) => isNullable).map(({ name }) => `${table}.${name}`),
    );
    expect(ofSchema.sort()).toEqual(ofDictionary.sort());
  });

  it.each(['empty', 'random'])('no other column is ever null, %s', async (which) => {
    const scratch = which === 'empty' ? empty : random;
    const found: string[] = [];
    for (const [table, fields] of schema) {
      const counts = fields
        .filter(({ isNullable }) => !isNullable)
        .map(({ name }) => `count(*) - count(${name}) as ${name}`);
      const [row] = await scratch.rows<Record<string, number>>(`select ${counts.join(', ')} from ${table}`);
      for (const [name, nulls] of Object.entries(row ?? {}))
        if (nulls > 0) found.push(`${table}.${name}: ${nulls}`);
    }
    expect(found).toEqual([]);
  });
});
