import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scan, splitStatements } from '../../../../pipelines/answers/sql/scan.js';
import { cutToWidth, displayWidth, toVisible } from '../../../../pipelines/terminal/table.js';
import { openSqlWorld, type SqlWorld } from './world.js';

let world: SqlWorld;
beforeAll(async () => {
  world = await openSqlWorld();
});
afterAll(() => world.remove());

const odd = `select 1 as "a,b", null as n, 'NULL' as t, '' as e, 'x' || chr(10) || 'y|"z"' as m, [1, null] as l,
  {'k': 'v'} as s, map {'k': 1.5} as p, 1.50::decimal(4, 2) as d, 9007199254740993 as big, 'nan'::double as nan,
  timestamp '2026-11-03 04:12:00' as at, date '2026-11-03' as day, true as yes`;

describe('csv', () => {
  it('tells NULL from an empty text, and is read back as it was', async () => {
    const { out } = await world.sql(odd);
    expect(out).toBe(
      '"a,b",n,t,e,m,l,s,p,d,big,nan,at,day,yes\n' +
        `1,,NULL,"","x\ny|""z""","[1, NULL]",{'k': 'v'},{'k': 1.5},1.50,9007199254740993,NaN,2026-11-03 04:12:00,2026-11-03,true\n`,
    );
    expect(parse(out)[1]?.[4]).toBe('x\ny|"z"');
  });

  it('has a header and no rows when there are none', async () => {
    expect((await world.sql('select tracking_number from parcels where false')).out).toBe(
      'tracking_number\n',
    );
  });
});

describe('json and ndjson', () => {
  const expected = {
    'a,b': 1,
    n: null,
    t: 'NULL',
    e: '',
    m: 'x\ny|"z"',
    l: [1, null],
    s: { k: 'v' },
    p: { k: 1.5 },
    d: 1.5,
    big: '9007199254740993',
    nan: 'NaN',
    at: '2026-11-03 04:12:00',
    day: '2026-11-03',
    yes: true,
  };

  it('keep types, nesting and every digit', async () => {
    expect(JSON.parse((await world.sql(odd, { format: 'json' })).out)).toEqual([expected]);
    expect(JSON.parse((await world.sql(odd, { format: 'ndjson' })).out)).toEqual(expected);
  });

  it('are whole with many rows and with none', async () => {
    const many = JSON.parse((await world.sql('select range as n from range(5000)', { format: 'json' })).out);
    expect(many.map((row: { n: number }) => row.n)).toEqual(
      Array.from({ length: 5000 }, (_, index) => index),
    );
    expect((await world.sql('select 1 where false', { format: 'json' })).out).toBe('[]\n');
    const lines = (await world.sql('select range as n from range(5000)', { format: 'ndjson' })).out.split(
      '\n',
    );
    expect(lines.slice(0, -1).map((line) => JSON.parse(line).n)).toHaveLength(5000);
    expect(lines.at(-1)).toBe('');
  });

  it('give columns of one name two names', async () => {
    const { out } = await world.sql('select 1 as a, 2 as a', { format: 'json' });
    expect(JSON.parse(out)).toEqual([{ a: 1, a_1: 2 }]);
  });

  it('follow from --json alone', async () => {
    const config = { ...world.context().config, json: true };
    expect((await world.sql('select 1 as a', { format: 'table' }, { config })).out).toBe('[\n{"a":1}\n]\n');
  });
});

describe('markdown', () => {
  it('escapes what would be markup', async () => {
    const { out } = await world.sql("select 1 as n, 'a|b*c' as t, null as x", { format: 'markdown' });
    expect(out).toBe(
      '| n | t | x |\n| ---: | --- | --- |\n| 1 | a\\|b\\*c | *NULL* |\n'.replace(
        '| --- |\n| 1',
        '| ---: |\n| 1',
      ),
    );
  });
});

describe('table', () => {
  it('aligns, shows NULL, and tells it from the text', async () => {
    const sql = "select * from (values (1, 'NULL', '日本'), (1000, null, 'x')) as t(n, text, wide)";
    expect((await world.sql(sql, { format: 'table' })).out).toBe(
      ['   n │ text   │ wide', '─────┼────────┼─────', "   1 │ 'NULL' │ 日本", '1000 │ NULL   │ x', ''].join(
        '\n',
      ),
    );
  });

  it('lets no text steer the terminal', async () => {
    const { out } = await world.sql("select chr(27) || '[31mred' || chr(10) || 'two' || chr(8238) as x", {
      format: 'table',
    });
    expect(out).toContain('\\u001b[31mred↵two\\u202e');
  });

  it('fits a terminal: long texts give way, then columns from the right, and it says so', async () => {
    const sql = "select 12345 as n, repeat('word ', 40) as long, 'x' as b";
    const { out, err } = await world.sql(sql, { format: 'table' }, { columns: 40 });
    for (const line of out.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(40);
    expect(out).toMatch(/12345 │ word .*… │ x/);
    expect(err).toBe('');
    const wide = `select ${Array.from({ length: 30 }, (_, index) => `${index} as column_${index}`).join(', ')}`;
    const cut = await world.sql(wide, { format: 'table' }, { columns: 60 });
    expect(cut.out.split('\n')[0]).toMatch(/^column_0 │ column_1 │/);
    expect(cut.err).toMatch(/^5 of 30 columns fit; name those you want/);
  });

  it('stops at 1000 rows on a terminal, and shows all in a pipe', async () => {
    const sql = "select case when range > 4000 then repeat('w', 30) else 'n' end as x from range(5000)";
    const onTerminal = await world.sql(sql, { format: 'table' }, { columns: 80 });
    expect(onTerminal.out.split('\n')).toHaveLength(1003);
    expect(onTerminal.err).toMatch(/^the first 1000 rows; for all of them/);
    const piped = await world.sql(sql, { format: 'table' });
    expect(piped.out.split('\n')).toHaveLength(5003);
    expect(piped.out).toContain('w'.repeat(30));
  });

  it('shows a plan as DuckDB draws it, and says when there are no rows', async () => {
    expect((await world.sql('explain select 1', { format: 'table' })).out).toMatch(/┌─+┐\n│ +PROJECTION/);
    const { out, err } = await world.sql('select 1 as a where false', { format: 'table' });
    expect({ out, err }).toEqual({ out: 'a\n─\n', err: 'no rows\n' });
  });
});

describe('widths', () => {
  it.each([
    ['abc', 3],
    ['日本', 4],
    ['é', 1],
    ['👩‍🚀', 2],
    ['', 0],
  ])('of %j is %d', (text, width) => expect(displayWidth(text)).toBe(width));

  it('cuts between characters', () => {
    expect(cutToWidth('日本語', 5)).toBe('日本…');
    expect(cutToWidth('abc', 3)).toBe('abc');
    expect(toVisible('a\tb\u0007')).toBe('a b\\u0007');
  });
});

describe('statements of a script', () => {
  const texts = (script: string) => splitStatements(script).map(({ text }) => text);

  it.each<[string, string[]]>([
    ['select 1; select 2', ['select 1', 'select 2']],
    [';; ;', []],
    [
      "select ';', \"a;b\", $$;$$, $x$ $$; $x$, e'\\';' -- ;\n, 1; select 2",
      ["select ';', \"a;b\", $$;$$, $x$ $$; $x$, e'\\';' -- ;\n, 1", 'select 2'],
    ],
    ['/* ; /* ; */ ; */ select 1', ['select 1']],
    ["select 'it''s;'", ["select 'it''s;'"]],
    ['select $1; select $name', ['select $1', 'select $name']],
  ])('%j', (script, expected) => expect(texts(script)).toEqual(expected));

  it('knows what is not finished', () => {
    const open = ['select 1', "select 'a;", 'select "a;', '/* ;', 'select $$ ;', "select e'\\';"];
    for (const script of open) expect(splitStatements(script).at(-1)?.isEnded).toBe(false);
    expect(splitStatements('select 1; -- done').at(-1)?.isEnded).toBe(true);
    expect(scan("'abc''").at(-1)?.isClosed).toBe(false);
  });

  it('takes texts of any length', () => {
    expect(texts(`select '${'x'.repeat(5_000_000)}'; select 2`)).toHaveLength(2);
  });
});
