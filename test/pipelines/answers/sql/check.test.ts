import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqlWorld, type SqlWorld } from './world.js';

let world: SqlWorld;
beforeAll(async () => {
  world = await openSqlWorld();
});
afterAll(() => world.remove());

describe('what passes', () => {
  it.each([
    'select 1',
    '(select 1)',
    'from parcels',
    'table parcels',
    'values (1), (2)',
    'show tables',
    'show all tables',
    'describe parcels',
    'desc parcels',
    'summarize parcels',
    'summarize select 1 as a',
    'explain select * from parcels',
    'explain analyze select count(*) from parcels',
    'explain (format json) select 1',
    'explain (select 1)',
    'with recursive n as (select 1 as i union all select i + 1 from n where i < 5) select sum(i) from n',
    "pivot parcels on carrier_code in ('dpd', 'gls') using count(*) group by label_date",
    'unpivot (select 1 as a, 2 as b) on a, b',
    "select * exclude (label_at), columns(c -> c like '%_at') from parcels",
    'select * from parcels using sample 3 rows',
    'select distinct on (carrier_code) * from parcels order by all limit 10%',
    'select * from parcels semi join events using (tracking_number)',
    'select * from parcels positional join events',
    'select carrier_code, count(*) from parcels group by grouping sets ((carrier_code), ()) having count(*) > 1',
    'select lag(label_at) over w from parcels window w as (partition by carrier_code order by label_at)',
    'select *, row_number() over () as r from parcels qualify r = 1',
    "select [x * 2 for x in [1, 2] if x > 1], {'a': 1}.a, map {'k': 1}, [1, 2][1], 5 // 2, 2 ** 3, 4!, @ -1",
    "select label_at at time zone 'UTC', extract(hour from label_at), date_trunc('week', label_at), label_at + interval 1 day from parcels",
    "select 'x' like 'y', 'x' ~ 'y', 'x' similar to 'y', 'x' ilike 'Y', 'x' glob '*', x in (1, 2), x between 1 and 2 from (select 1 as x)",
    "select quantile_cont(exception_count, [0.5, 0.9]), mode() within group (order by carrier_code), string_agg(carrier_code, ',' order by carrier_code) from parcels",
    "select cast('1' as integer), try_cast('x' as date), '1'::decimal(3, 2), null::struct(a integer, b varchar[]), 'a'::enum('a', 'b')",
    'select exists (from parcels), (select max(label_at) from parcels), 1 = any (select 1), array(select 1)',
    'select a.range, b.range from range(3) a, generate_series(1, 2) b(range)',
    "select unnest([1, 2]), unnest([{'a': 1}], recursive := true), t.x from unnest([1, 2]) as t(x)",
    'select * from duckdb_tables(), duckdb_columns() limit 1',
    "from pragma_table_info('parcels')",
    'from information_schema.tables',
    'select main.parcels.tracking_number, shipping.main.parcels.carrier_code from shipping.main.parcels',
    'select current_date <= today(), now() is not null, coalesce(null, 1), nullif(1, 2), greatest(1, 2), random() < 2',
    "select '{\"a\": 1}'::json ->> 'a', json_extract('{\"a\": 1}', '$.a')",
    'select 1 union by name select 2 as b',
    'select "weird ""name""" from (select 1 as "weird ""name""")',
  ])('%s', async (sql) => {
    expect(await world.sql(sql)).toMatchObject({ exitCode: 0, err: '' });
  });
});

describe('parameters', () => {
  it('are bound, with the type that their place wants', async () => {
    const parameters = { Carrier: 'dpd', least: '9', day: '2026-03-03' };
    const sql = `select count(*) as n from parcels
      where carrier_code = $carrier and exception_count >= $least and label_date > $day`;
    expect((await world.sql(sql, { parameters })).out).toBe('n\n4\n');
    const text = { parameters: { x: "' or 1 = 1 --" } };
    expect((await world.sql('select count(*) as n from parcels where carrier_code = $x', text)).out).toBe(
      'n\n0\n',
    );
    expect((await world.sql('select count(*) as n from range($x)', { parameters: { x: '12' } })).out).toBe(
      'n\n12\n',
    );
    expect((await world.sql('select $x as x', { parameters: { x: '007' } })).out).toBe('x\n007\n');
    expect((await world.sql('select $x * 2 as x', { parameters: { x: '1.5' } })).out).toBe('x\n3\n');
  });

  it.each([
    ['select $a, $b', { a: '1' }, /the query needs a value for \$b\nGive it with -p b=VALUE/],
    ['select $a', { a: '1', c: '2' }, /-p c: the query has no \$c\nIts parameters: \$a/],
    ['select 1', { c: '2' }, /the query has no \$c\nIt has no parameters/],
    ['from parcels where exception_count = $n', { n: 'many' }, /-p n=many: the query wants a BIGINT here/],
  ])('%s with %o', async (sql, parameters, message) => {
    const { exitCode, err } = await world.sql(sql, { parameters });
    expect(err).toMatch(message);
    expect(exitCode).toBe(2);
  });
});

describe('errors', () => {
  it.each([
    ['select * frm parcels', 'syntax error', 1, 14, 'select * frm parcels'],
    [
      "select 'é日本', foo from parcels",
      'Referenced column "foo" not found',
      1,
      15,
      "select 'é日本', foo from parcels",
    ],
    ["select 'é日本' frm parcels x", 'syntax error', 1, 18, "select 'é日本' frm parcels x"],
    [
      'select 1;\nselect carrier_code\nfrom parcles',
      'Table with name parcles does not exist',
      3,
      6,
      'from parcles',
    ],
    ["select 'é',\n  cast('x' as integer)", "Could not convert string 'x'", 2, 3, "  cast('x' as integer)"],
    ['explain select foo from parcels', 'Referenced column "foo"', 1, 16, 'explain select foo from parcels'],
    ['create temp table t as\n select foo', 'Referenced column "foo"', 2, 9, ' select foo'],
    [
      "select cast(case when range > 150000 then 'x' else '1' end as integer) from range(200000)",
      "Could not convert string 'x'",
      1,
      8,
      "select cast(case when range > 150000 then 'x' else '1' end as integer) from range(200000)",
    ],
  ])('%j points at its place', async (sql, message, line, column, shown) => {
    const { exitCode, err } = await world.sql(sql, { format: 'table' });
    const place = err.split('\n').slice(-3);
    expect(err).toContain(message);
    expect(place.slice(0, 2)).toEqual([`line ${line}, column ${column}:`, `  ${shown}`]);
    // What is twice as wide moves the caret on.
    const wide = shown.includes('日本') && column > 10 ? 2 : 0;
    expect(place[2]).toBe(`${' '.repeat(2 + column - 1 + wide)}^`);
    expect(exitCode).toBe(2);
  });

  it('cuts a long line around the place', async () => {
    const { err } = await world.sql(`select ${'1 + '.repeat(200)} foo, ${'2 + '.repeat(200)} 1 from parcels`);
    const [, shown = '', caret = ''] = err.split('\n').slice(-3);
    expect(shown.length).toBeLessThan(110);
    expect(shown.slice(caret.length - 1)).toMatch(/^foo, 2/);
  });

  it('come to light when a stream breaks half-way: what is there is printed, then the error', async () => {
    const sql =
      "select case when range = 1000000 then error('no such day') else range end as n from range(2000000)";
    const { exitCode, out, err } = await world.sql(sql);
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: 'no such day' });
    expect(out.startsWith('n\n0\n1\n')).toBe(true);
    expect(out.split('\n').length).toBeLessThan(1_000_001);
  });

  it('say what to do when the memory does not suffice', async () => {
    const base = world.context().config;
    const config = {
      ...base,
      memoryLimit: '64MB',
      sources: { ...base.sources, memoryLimit: 'file' } as const,
    };
    const { exitCode, err } = await world.sql(
      'select list(md5(range::varchar)) from range(9000000)',
      {},
      { config },
    );
    expect(exitCode).toBe(2);
    expect(err).toMatch(/more memory than it may have\n.*memoryLimit/);
  });
});
