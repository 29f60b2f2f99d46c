import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { complete } from '../../../../pipelines/answers/sql/prompt.js';
import { runSql } from '../../../../pipelines/answers/sql/run.js';
import { openSession, type Session } from '../../../../pipelines/answers/sql/session.js';
import { interruptedError } from '../../../../pipelines/errors.js';
import {
  eraseFromHistory,
  historyPath,
  keepLine,
  readHistory,
} from '../../../../pipelines/store/sql-history.js';
import { openSqlWorld, type SqlWorld } from './world.js';

let world: SqlWorld;
beforeAll(async () => {
  world = await openSqlWorld();
});
afterAll(() => world.remove());
afterEach(() => rmSync(historyPath(world.folder), { force: true }));

const options = {
  parameters: { carrier: 'dpd' },
  format: 'csv',
  allowFiles: false,
  examples: false,
} as const;

/** Sits at the prompt: `type` sends keys, `until` waits for a text on the screen. */
function sitDown(signal = new AbortController().signal) {
  const stdin = new PassThrough();
  const context = world.context({ stdin, isTerminal: true, signal });
  const ran = runSql(context, options);
  const until = async (wanted: RegExp) => {
    while (!wanted.test(context.err() + context.out())) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    ran,
    until,
    type: (keys: string) => void stdin.write(keys),
    hangUp: () => stdin.end(),
    ...context,
  };
}

describe('the prompt', () => {
  it('answers on stdout, talks on stderr, and takes statements over several lines', async () => {
    const seat = sitDown();
    await seat.until(/snapshot published: \.help for help/);
    seat.type('select count(*) as n\n');
    await seat.until(/\.\.\.> /);
    seat.type('from parcels -- ;\nwhere carrier_code = $carrier;\n');
    await seat.until(/\(0\.00 s\)/);
    seat.type('.quit\n');
    expect(await seat.ran).toBe(0);
    expect(seat.out()).toBe('n\n10\n');
  });

  it('goes on after an error, which points at its place', async () => {
    const seat = sitDown();
    seat.type('select\n  foo from parcels;\nselect 1 as a; select 2 as b;\n.quit\n');
    expect(await seat.ran).toBe(0);
    expect(seat.err()).toMatch(
      /error: Referenced column "foo".*[\s\S]*line 2, column 3:\n {4}foo from parcels;\n {4}\^/,
    );
    expect(seat.out()).toBe('a\n1\nb\n2\n');
  });

  it('refuses what a query would be refused, and keeps temporary tables', async () => {
    const seat = sitDown();
    seat.type(
      "copy parcels to 'x';\ncreate temp table t as select 7 as a;\nfrom t;\ndrop table t;\nfrom t;\n.quit\n",
    );
    expect(await seat.ran).toBe(0);
    expect(seat.err()).toMatch(/COPY is refused[\s\S]*Table with name t does not exist/);
    expect(seat.out()).toBe('a\n7\n');
  });

  it('stops the query at Ctrl-C, not the prompt', async () => {
    const seat = sitDown();
    seat.type(
      'select sum(a.range * b.range) from range(10000000) a, range(10000000) b;\nselect 1 as waiting;\n',
    );
    await seat.until(/range\(10000000\) b;/);
    await new Promise((resolve) => setImmediate(resolve));
    seat.type('\u0003');
    await seat.until(/stopped/);
    seat.type('select 2 as after;\n');
    await seat.until(/after\n2/);
    seat.type('.quit\n');
    expect(await seat.ran).toBe(0);
    expect(seat.out()).toBe('after\n2\n');
  });

  it('drops what is being typed at Ctrl-C', async () => {
    const seat = sitDown();
    seat.type('select 1 as dropped,\n');
    await seat.until(/\.\.\.> /);
    seat.type('and more');
    await seat.until(/and more/);
    seat.type('\u0003');
    await seat.until(/\^C/);
    seat.type('select 2 as kept;\n.quit\n');
    expect(await seat.ran).toBe(0);
    expect(seat.out()).toBe('kept\n2\n');
  });

  it('ends at Ctrl-D, when the terminal goes away, and at the signal', async () => {
    const one = sitDown();
    await one.until(/sql> /);
    one.type('\u0004');
    expect(await one.ran).toBe(0);
    const two = sitDown();
    two.type('select 3 as c;\n');
    two.hangUp();
    expect(await two.ran).toBe(0);
    expect(two.out()).toBe('c\n3\n');
    const stop = new AbortController();
    const three = sitDown(stop.signal);
    await three.until(/sql> /);
    stop.abort(interruptedError('SIGTERM'));
    await expect(three.ran).rejects.toMatchObject({ exitCode: 143 });
  });

  it('lists tables, columns with their meaning, examples, and help', async () => {
    const seat = sitDown();
    seat.type('.tables\n.schema parcels\n.schema\n.examples\n.nonsense\n.quit\n');
    expect(await seat.ran).toBe(0);
    expect(seat.out()).toContain('table,rows,meaning\nevents,30,\nparcels,30,one row a parcel\n');
    expect(seat.out()).toContain(
      'column,type,meaning\ntracking_number,VARCHAR,\ncarrier_code,VARCHAR,who carries it\n',
    );
    expect(seat.err()).toMatch(/parcelmetrics sql --examples lanes_to_move/);
    expect(seat.err()).toMatch(
      /error: there is no \.nonsense\nThere are: \.tables, \.schema, \.examples, \.mode, \.help, \.quit\n/,
    );
  });

  it.each(['exit', 'quit;', ' EXIT ', '.exit', '.quit'])('is left with %j', async (word) => {
    const seat = sitDown();
    seat.type(`select 1 as a;\n${word}\nselect 2 as b;\n`);
    expect(await seat.ran).toBe(0);
    expect(seat.out()).toBe('a\n1\n');
    expect(seat.err()).not.toContain('error');
  });

  it('takes exit for SQL within a statement, and .quit nowhere', async () => {
    const seat = sitDown();
    seat.type('select 5 as\nexit\n;\nselect 6 as dropped,\n.quit\n');
    expect(await seat.ran).toBe(0);
    expect(seat.out()).toBe('exit\n5\n');
  });

  it('helps those who type help, and those from other shells', async () => {
    const seat = sitDown();
    seat.type('help\n\\dt\n.schema prcels\n.examples lanes_to_move\n.examples none\nexit\n');
    expect(await seat.ran).toBe(0);
    expect(seat.err()).toMatch(/\.mode \[FORMAT\] +how rows are shown: table, csv, json, ndjson, markdown\n/);
    expect(seat.err()).toContain('error: there is no \\dt\nThere are: .tables');
    expect(seat.err()).toContain('error: there is no table prcels\n.tables lists them.');
    expect(seat.err()).toMatch(/-- Which lanes should move[\s\S]*lane_performance/);
    expect(seat.err()).toContain('error: there is no example "none"');
    expect(seat.out()).toBe('');
  });

  it('shows rows as .mode says, until it says otherwise', async () => {
    const seat = sitDown();
    seat.type(
      '.mode\n.mode json\nselect 1 as a;\n.mode table\nselect 2 as b;\n.mode parquet\n.mode\n.quit\n',
    );
    expect(await seat.ran).toBe(0);
    expect(seat.out()).toBe('[\n{"a":1}\n]\nb\n─\n2\n');
    expect(seat.err()).toMatch(/mode csv; there are: table, csv[\s\S]*no mode "parquet"[\s\S]*mode table;/);
  });

  it('completes at Tab', async () => {
    const seat = sitDown();
    await seat.until(/sql> /);
    seat.type('select count(*) as n from par');
    // A tab within a paste is white space.
    seat.type('\t');
    await seat.until(/parcels/);
    seat.type(';\n.quit\n');
    expect(await seat.ran).toBe(0);
    expect(seat.out()).toBe('n\n30\n');
  });
});

describe('history', () => {
  it('is kept for the owner alone, and offered again', async () => {
    const path = historyPath(world.folder);
    const first = sitDown();
    first.type('select 41 as x;\n.quit\n');
    await first.ran;
    expect(readFileSync(path, 'utf8')).toBe('select 41 as x;\n.quit\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const second = sitDown();
    await second.until(/sql> /);
    second.type('\u001b[A\u001b[A\n.quit\n');
    await second.ran;
    expect(second.out()).toBe('x\n41\n');
  });

  it('is closed to others when it was open, and keeps its length in bounds', () => {
    const path = historyPath(world.folder);
    writeFileSync(path, Array.from({ length: 3000 }, (_, index) => `select ${index};\n`).join(''));
    chmodSync(path, 0o644);
    expect(readHistory(path).slice(0, 2)).toEqual(['select 2999;', 'select 2998;']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(1000);
  });

  it('is no reason to fail', () => {
    keepLine('/nowhere/at/all', 'select 1;');
    expect(readHistory('/nowhere/at/all')).toEqual([]);
  });

  it('forgets a parcel', () => {
    const path = historyPath(world.folder);
    for (const line of ["from parcels where tracking_number = '3SABC1';", 'select 1;', '-- 3sabc1?'])
      keepLine(path, line);
    expect(eraseFromHistory(path, ['3SABC1'])).toBe(2);
    expect(readFileSync(path, 'utf8')).toBe('select 1;\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(eraseFromHistory(path, ['3SABC1'])).toBe(0);
    rmSync(path);
    expect(eraseFromHistory(path, ['3SABC1'])).toBe(0);
  });
});

describe('completion', () => {
  let session: Session;
  beforeAll(async () => {
    session = await openSession(world.context().config, false);
  });
  afterAll(() => session.close());

  it.each<[string, string, string[]]>([
    ['', 'select * from pa', ['parcels']],
    ['', 'select * from parcels join e', ['events']],
    ['', 'describe ev', ['events']],
    ['', '.schema ev', ['events']],
    ['', '.ta', ['.tables']],
    ['', '.e', ['.examples', '.exit']],
    ['', '.mode ', ['table', 'csv', 'json', 'ndjson', 'markdown']],
    ['', '.mode nd', ['ndjson']],
    ['', '.examples lanes', ['lanes_to_move']],
    ['', 'select parcels.ca', ['carrier_code']],
    ['', 'select * from parcels as p where p.ca', ['carrier_code']],
    ['', 'select * from events E where E.', ['event_at', 'tracking_number']],
    ['select *\nfrom events e\n', 'where e.', ['event_at', 'tracking_number']],
    ['', 'from events where event', ['event_at', 'events']],
    ['select carrier_code,\n', "'é' as x, exc", ['exception_count']],
    ['', 'sel', ['select ']],
    ['', 'select quantile_con', ['quantile_cont']],
    ['', 'select * from prcels', []],
    ['', '', []],
  ])('of %j%j', async (typed, line, expected) => {
    const [found, begun] = await complete(session.connection, typed, line);
    expect(found).toEqual(expected);
    expect(line.endsWith(begun)).toBe(true);
  });

  it('offers tables where one has to follow, and no grammar', async () => {
    const [found, begun] = await complete(session.connection, '', 'select * from ');
    expect([found, begun]).toEqual([['events', 'parcels'], '']);
  });
});
