import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChooseFault, Sandbox } from '../../../pipelines/sandbox/server.js';
import {
  type Called,
  call,
  findInFiles,
  inspect,
  makeFolder,
  makeTimeline,
  pointAt,
  readRows,
  showBodies,
} from '../extract/harness.js';
import { start } from '../sandbox/harness.js';

const clock = new Date('2026-03-10T04:00:00Z');

let cwd = '';
beforeEach(() => {
  cwd = makeFolder();
});

const header =
  'tracking_number,carrier_code,announced_at,from_country,from_postal_code,to_country,to_postal_code,contract_id,source_id';
const row = (number: string, changes: Record<string, string> = {}) => {
  const cells: Record<string, string> = {
    tracking_number: number,
    carrier_code: 'postnl',
    announced_at: '2026-03-09T10:00:00Z',
    from_country: 'NL',
    from_postal_code: '1012AB',
    to_country: 'DE',
    to_postal_code: '10115',
    contract_id: '517',
    source_id: `order-${number}`,
    ...changes,
  };
  return header
    .split(',')
    .map((name) => cells[name])
    .join(',');
};

function write(name: string, ...lines: string[]): string {
  writeFileSync(join(cwd, name), `${lines.join('\n')}\n`);
  return join(cwd, name);
}

const serve = (bodies: Record<string, object> = {}, faults?: ChooseFault) =>
  start({ source: showBodies(bodies), now: clock, faults });

const run = (sandbox: Sandbox | null, ...argv: string[]): Promise<Called> =>
  call([...argv, '--as-of', clock.toISOString()], {
    cwd,
    environment: sandbox === null ? {} : pointAt(sandbox),
  });

const readRegistry = () =>
  inspect(join(cwd, 'data', 'warehouse.duckdb'), (connection) =>
    readRows(
      connection,
      'select tracking_number as number, origin, state, state_reason as reason from registry order by 1',
    ),
  );

const known = (number: string) => ({ number, origin: 'known', state: 'active', reason: null });
const posted = (number: string) => ({ number, origin: 'posted', state: 'active', reason: null });

describe('register --known', () => {
  it('takes two columns of a CSV, with commas, semicolons or tabs, marks, quotes and line ends as they come', async () => {
    write('a.csv', '\uFEFFtracking_number,carrier_code', 'A1,postnl', '', ' A2 , dhl ', '"A,3",dpd\r');
    write('b.csv', 'carrier_code;tracking_number', 'dpd;B1');
    write('c.csv', 'carrier_code\ttracking_number', 'dpd\tC;1');
    for (const name of ['a.csv', 'b.csv', 'c.csv'])
      expect(await run(null, 'register', '--known', join(cwd, name))).toMatchObject({ exitCode: 0, err: '' });
    expect((await readRegistry()).map(({ number }) => number)).toEqual(['A,3', 'A1', 'A2', 'B1', 'C;1']);
  });

  it('takes NDJSON and Parquet', async () => {
    write(
      'a.ndjson',
      '\uFEFF{"tracking_number":"N1","carrier_code":"dpd"}',
      ' ',
      '{"tracking_number":17,"carrier_code":"dpd"}',
    );
    const path = join(cwd, 'a.parquet');
    await writeParquet(path, "select 'P1' as tracking_number, 'dpd' as carrier_code");
    await run(null, 'register', '--known', join(cwd, 'a.ndjson'));
    await run(null, 'register', '--known', path);
    expect(await readRegistry()).toEqual(['17', 'N1', 'P1'].map(known));
  });

  it('takes every row of a Parquet file that is longer than what it holds at once', async () => {
    const path = join(cwd, 'long.parquet');
    await writeParquet(
      path,
      "select concat('P', range) as tracking_number, 'dpd' as carrier_code from range(21000)",
    );
    const { exitCode, out } = await run(null, 'register', '--known', path);
    expect({ exitCode, out }).toEqual({
      exitCode: 0,
      out: '21000 rows: 21000 registered, 0 known already\n',
    });
    expect(await readRegistry()).toHaveLength(21_000);
  });

  it('counts what it knows, and numbers that stand in the file twice, and adds nothing the second time', async () => {
    const file = write('a.csv', 'tracking_number,carrier_code', 'A,dpd', 'B,dpd', 'A,dpd');
    expect((await run(null, 'register', '--known', file)).out).toBe(
      '3 rows: 2 registered, 1 known already\n',
    );
    expect((await run(null, 'register', '--known', file, '--json')).out).toContain('"known":3,"added":0');
    expect(await readRegistry()).toEqual([known('A'), known('B')]);
  });

  it('names the columns that it does not know, and leaves them out', async () => {
    const file = write('a.csv', 'tracking_number,carrier_code,customer_name', 'A,dpd,CANARY');
    const { exitCode, err } = await run(null, 'register', '--known', file, '-v');
    expect({ exitCode, err }).toEqual({
      exitCode: 0,
      err: expect.stringContaining('not known: customer_name'),
    });
    expect(err).not.toContain('CANARY');
    expect(findInFiles(join(cwd, 'data'), ['CANARY'])).toEqual([]);
  });
});

async function writeParquet(path: string, query: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run("set TimeZone = 'UTC'");
  await connection.run(`copy (${query}) to '${path}' (format parquet)`);
  connection.closeSync();
  instance.closeSync();
}

describe('a file with mistakes', () => {
  it('has its good rows registered, and each bad one named by line and column, never by value', async () => {
    const sandbox = await serve();
    const file = write(
      'a.csv',
      header,
      row('A'),
      row('', { carrier_code: 'CANARY DPD' }),
      row('C', { announced_at: '2026-03-09T10:00:00', from_country: 'CANARY', contract_id: 'CANARY' }),
      row('D', { announced_at: '2026-02-30T10:00:00Z', source_id: '' }),
      row('E'.repeat(256)),
      'F,CANARY',
      row('G'),
    );
    const { exitCode, out, err } = await run(sandbox, 'register', file, '-v');
    expect({ exitCode, out }).toEqual({
      exitCode: 3,
      out: '7 rows: 2 registered, 0 known already; 5 left out, with mistakes\n',
    });
    for (const mistake of [
      `${file}:3: tracking_number is missing`,
      `${file}:3: carrier_code should be letters, digits and _:./=-, at most 64`,
      `${file}:4: announced_at should be an instant with its zone, such as 2026-11-03T09:30:00Z`,
      `${file}:4: from_country should be a country of two letters, such as NL`,
      `${file}:4: contract_id should be a whole number from 1`,
      `${file}:5: source_id is missing`,
      `${file}:5: announced_at should be an instant with its zone, such as 2026-11-03T09:30:00Z`,
      `${file}:6: tracking_number should be 1 to 255 characters, none of them a control character`,
      `${file}:7: 2 cells, where the header has 9`,
    ])
      expect(err).toContain(mistake);
    expect(err).not.toContain('CANARY');
    expect(sandbox.stats().byMethod).toEqual({ POST: 2 });
    expect(await readRegistry()).toEqual([posted('A'), posted('G')]);
  });

  it('is told of twenty mistakes and how many more there are', async () => {
    const file = write('a.csv', 'tracking_number,carrier_code', ...Array(30).fill(',dpd'));
    const { exitCode, err } = await run(null, 'register', '--known', file);
    expect(exitCode).toBe(2);
    expect(err.match(/is missing/g)).toHaveLength(20);
    expect(err).toContain('and 10 more');
    expect(await readRegistry()).toEqual([]);
  });

  it.each([
    ['a.ndjson', '{"tracking_number":"A"}\n{not JSON', 3, ':2: not a JSON object'],
    ['a.ndjson', '{"tracking_number":"A"}\n["an array"]', 3, ':2: not a JSON object'],
    [
      'a.csv',
      'tracking_number,carrier_code\nA,dpd\n"open quote,dpd',
      3,
      ':3: a quotation mark that is never closed',
    ],
    ['a.parquet', 'PAR1 no parquet', 2, ' cannot be read as Parquet'],
    ['missing.csv', null, 2, ': no such file'],
  ])('%s with %j ends with %i', async (name, content, code, message) => {
    if (content !== null) write(name, content);
    const { exitCode, err } = await run(null, 'register', '--known', join(cwd, name));
    expect({ exitCode, err }).toEqual({ exitCode: code, err: expect.stringContaining(`${name}${message}`) });
  });

  it('counts its parcels as tracked where it has nothing that the API needs, and says so', async () => {
    const file = write('a.csv', 'tracking_number,carrier_code', 'A,dpd');
    const sandbox = await serve();
    expect(await run(sandbox, 'register', file)).toMatchObject({
      exitCode: 0,
      out: '1 row: 1 registered, 0 known already; 1 of them taken as tracked by Sendcloud\n',
    });
    expect(sandbox.stats().requests).toBe(0);
    expect(await readRegistry()).toEqual([known('A')]);
  });

  it('is checked in a dry run as in the run itself: same counts, same mistakes, same exit code', async () => {
    const file = write('a.csv', header, row('A'), row('A'), row('B', { from_country: '' }), row('N/A'), 'C');
    const strip = ({ out, err, exitCode }: Called) => ({
      exitCode,
      out: out.replace('would be registered', 'registered'),
      err: err.replace(/^\S+ /gm, ''),
    });
    const dry = strip(await run(await serve(), 'register', file, '--dry-run'));
    expect(await readRegistry()).toEqual([]);
    expect(dry).toEqual(strip(await run(await serve(), 'register', file)));
    expect(dry.exitCode).toBe(3);
  });
});

describe('register with the API', () => {
  it('posts what the registry lacks; what the API knows counts as known', async () => {
    const sandbox = await serve({ B: makeTimeline('B', []) });
    await run(null, 'register', '--known', write('old.csv', 'tracking_number,carrier_code', 'A,dpd'));
    const { exitCode, out } = await run(
      sandbox,
      'register',
      write('a.csv', header, row('A'), row('B'), row('C')),
    );
    // Its two carriers are named, since a number is one parcel's.
    expect({ exitCode, out }).toEqual({
      exitCode: 3,
      out: '3 rows: 2 registered, 1 known already; 1 in doubt\n',
    });
    expect(sandbox.stats().byMethod).toEqual({ POST: 2 });
    expect(sandbox.stats().byStatus).toEqual({ 200: 1, 409: 1 });
    expect(await readRegistry()).toEqual([known('A'), known('B'), posted('C')]);
  });

  it('sends what the row says, and has it polled by the next extract', async () => {
    const sandbox = await serve();
    await run(sandbox, 'register', write('a.csv', header, row('A/1 ü')));
    const { exitCode, out } = await run(sandbox, 'extract');
    expect({ exitCode, out }).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^1 parcel polled: 1 timeline/),
    });
  });

  it('makes a dead letter of a 422, with place and type only, and goes on', async () => {
    const detail = [
      {
        loc: ['body', 'to_address', 'postal_code'],
        msg: 'CANARY is none',
        type: 'value_error',
        input: 'CANARY',
      },
    ];
    const sandbox = await serve({}, ({ count }) =>
      count === 2 ? { kind: 'status', status: 422, body: { detail } } : null,
    );
    const file = write('a.csv', header, row('A'), row('B', { to_postal_code: 'CANARY' }), row('C'));
    const { exitCode, out, err } = await run(sandbox, 'register', file, '-v', '--concurrency', '1');
    expect(exitCode).toBe(3);
    expect(out).toBe(
      '3 rows: 2 registered, 0 known already; 1 refused by the API (see `parcelmetrics status`)\n',
    );
    const reason = 'http_422 body.to_address.postal_code value_error';
    expect(await readRegistry()).toEqual([
      posted('A'),
      { ...posted('B'), state: 'dead', reason },
      posted('C'),
    ]);
    expect(out + err).not.toContain('CANARY');
    expect(findInFiles(join(cwd, 'data'), ['CANARY'])).toEqual([]);
    expect((await run(sandbox, 'status')).out).toContain(`dead letters: 1 ${reason}`);
  });

  it('goes on, after an interruption, from what is registered when the file is run again', async () => {
    let isDown = false;
    const sandbox = await serve({}, ({ count }) => {
      isDown ||= count > 2;
      return isDown ? { kind: 'status', status: 403, body: {} } : null;
    });
    const file = write('a.csv', header, ...Array.from({ length: 4 }, (_, index) => row(`A${index}`)));
    const first = await run(sandbox, 'register', file, '--concurrency', '1');
    expect(first).toMatchObject({ exitCode: 4, err: expect.stringContaining('run the file again to go on') });
    expect(await readRegistry()).toHaveLength(2);
    isDown = false;
    const again = await serve();
    const second = await run(again, 'register', file);
    expect(second).toMatchObject({ exitCode: 0, out: '4 rows: 2 registered, 2 known already\n' });
    expect(again.stats().requests).toBe(2);
  });

  it('checks and counts in a dry run, and neither sends nor keeps anything', async () => {
    const sandbox = await serve();
    const file = write('a.csv', header, row('A'), row('B'));
    const { exitCode, out } = await run(sandbox, 'register', file, '--dry-run');
    expect({ exitCode, out }).toEqual({
      exitCode: 0,
      out: '2 rows: 2 would be registered, 0 known already\n',
    });
    expect(sandbox.stats().requests).toBe(0);
    expect(await readRegistry()).toEqual([]);
  });

  it('keeps no body of a request, nor answers to one', async () => {
    const canaries = ['CANARY-FROM', 'CANARY-TO', 'CANARY-SOURCE'];
    const sandbox = await serve();
    const cells = {
      from_postal_code: 'CANARY-FROM',
      to_postal_code: 'CANARY-TO',
      source_id: 'CANARY-SOURCE',
    };
    const { exitCode, out, err } = await run(
      sandbox,
      'register',
      write('a.csv', header, row('A', cells)),
      '-v',
      '--log-format',
      'json',
    );
    expect(exitCode).toBe(0);
    await run(sandbox, 'extract');
    for (const canary of canaries) expect(out + err).not.toContain(canary);
    expect(findInFiles(join(cwd, 'data'), canaries)).toEqual([]);
  });

  it('takes instants of Parquet that know their zone', async () => {
    const path = join(cwd, 'a.parquet');
    await writeParquet(
      path,
      `select 'P1' as tracking_number, 'dpd' as carrier_code, timestamptz '2026-03-09 10:00:00+02' as announced_at,
         'NL' as from_country, '1012' as from_postal_code, 'DE' as to_country, '10115' as to_postal_code,
         517 as contract_id, 4.0::double as source_id`,
    );
    expect(await run(await serve(), 'register', path)).toMatchObject({ exitCode: 0 });
    expect(await readRegistry()).toEqual([posted('P1')]);
  });
});
