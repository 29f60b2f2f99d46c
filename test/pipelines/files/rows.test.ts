import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { askFile, type Called, call, findInFiles, makeFolder } from '../extract/harness.js';
import { inDuckdb, packZstd } from './packing.js';

// Rows and columns of parcel files: what is read, what is named, and that no cell is shown.

let cwd = '';
beforeEach(() => {
  cwd = makeFolder();
});

const run = (...argv: string[]): Promise<Called> =>
  call([...argv, '--as-of', '2026-03-10T04:00:00Z'], { cwd });
const listNumbers = () =>
  askFile(
    join(cwd, 'data', 'warehouse.duckdb'),
    "select string_agg(tracking_number, ' ' order by tracking_number) from registry",
  );

function write(name: string, content: string | Buffer): string {
  writeFileSync(join(cwd, name), content);
  return join(cwd, name);
}

describe('spoilt rows', () => {
  it('of a CSV cost nobody else: an open quote, a quote closed too late, too few and too many cells', async () => {
    const file = write(
      'a.csv',
      [
        'tracking_number,carrier_code,note',
        'A,dpd,x',
        'B,dpd',
        'C,dpd,x,y',
        'D,dpd,x,,',
        '"E,dpd,x',
        'F,dpd,x',
        'G,dpd,"x"',
        '"H,dpd,x',
        'I,dpd,x',
        'J,dpd,5" wide',
      ].join('\n'),
    );
    const { exitCode, err } = await run('register', '--known', file);
    expect(exitCode).toBe(3);
    expect(await listNumbers()).toBe('A D F G I J');
    for (const place of [':3: 2 cells', ':4: 4 cells', ':6: a quotation mark', ':9: a quotation mark'])
      expect(err).toContain(`a.csv${place}`);
  });

  it.each(['ndjson', 'json'])(
    'of %s are named by place; where a list breaks off, what came before is in',
    async (kind) => {
      const text =
        kind === 'ndjson'
          ? '{"tracking_number":"A"}\n{"tracking_number":\n7\n{"tracking_number":"B"}'
          : '[{"tracking_number":"A"},7,{"tracking_number":"B"},{"track';
      const { exitCode, out } = await run('register', '--known', write('a', text));
      expect({ exitCode, out }).toEqual({
        exitCode: 3,
        out: '4 rows: 2 registered, 0 known already; 2 left out, with mistakes\n',
      });
      expect(await listNumbers()).toBe('A B');
    },
  );

  it('show none of their cells, in whatever column, output or file', async () => {
    const text = [
      'tracking_number,carrier_code,from_country,name',
      'CANARY@x.example,CANARY !,CANARY,CANARY',
      'A,dpd,,CANARY',
      '"CANARY,dpd,,x',
    ].join('\n');
    for (const flags of [[], ['-v'], ['--json'], ['--dry-run']]) {
      const { out, err } = await run('register', '--known', write('a.csv', text), ...flags);
      expect(out + err).not.toContain('CANARY');
    }
    expect(findInFiles(join(cwd, 'data'), ['CANARY'])).toEqual([]);
  });
});

describe('columns', () => {
  it.each([
    'TRACKING_NUMBER',
    'Tracking number',
    'trackingNumber',
    ' tracking-number ',
    'tracking.number',
    '"Tracking Number"',
    'Tracking code',
  ])('are found as %s', async (header) => {
    expect(await run('register', '--known', write('a.csv', `id,${header}\n1,A1\n`))).toMatchObject({
      exitCode: 0,
    });
    expect(await listNumbers()).toBe('A1');
  });

  it('are asked for once where none fits: those that are there, and what was perhaps meant', async () => {
    const { exitCode, err } = await run(
      'register',
      '--known',
      write('a.csv', 'Traking number,Name\nA,CANARY\nB,CANARY\n'),
    );
    expect({ exitCode, err }).toEqual({
      exitCode: 2,
      err: expect.stringContaining('found: Traking number (did you mean tracking_number?), Name'),
    });
    expect(err).not.toContain('CANARY');
    expect(
      await run('register', '--known', write('a.ndjson', '{"number":"A"}\n{"number":"B"}')),
    ).toMatchObject({ exitCode: 2, err: expect.stringContaining('found: number') });
  });

  it('are not asked for by showing a row that stands in their place', async () => {
    const { exitCode, err } = await run(
      'register',
      '--known',
      write('a.csv', '3SABC0000001,CANARY Street 12\n3SABC0000002,CANARY\n'),
    );
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: expect.stringContaining('looks like a row') });
    expect(err).not.toContain('CANARY');
  });

  it('are what --map says, in CSV, JSON and Parquet', async () => {
    const map = ['--map', 'Sendungs=Nr=tracking_number', '--map', 'Dienst=carrier_code'];
    await inDuckdb(
      `copy (select 'C' as "Sendungs=Nr", 'dpd' as "Dienst") to '${join(cwd, 'c')}' (format parquet)`,
    );
    for (const file of [
      write('a', 'Dienst;Sendungs=Nr\ndpd;A\n'),
      write('b', '[{"Sendungs=Nr":"B","Dienst":"dpd"}]'),
      join(cwd, 'c'),
    ])
      expect(await run('register', '--known', ...map, file)).toMatchObject({ exitCode: 0, err: '' });
    expect(await listNumbers()).toBe('A B C');
  });

  it.each([
    [['--map', 'Nr=tracking_nummer'], /no column tracking_nummer \(did you mean tracking_number\?\)/],
    [['--map', 'Nummer=tracking_number'], /no column is called "Nummer"/],
    [['--map', 'tracking_number'], /is not a header and its column/],
  ])('%j is refused', async (map, message) => {
    expect(await run('register', '--known', ...map, write('a.csv', 'Nr\nA\n'))).toMatchObject({
      exitCode: 2,
      err: expect.stringMatching(message),
    });
  });

  it('that are one column twice are refused, unless --map says which', async () => {
    const file = write('a.csv', 'Tracking number,tracking_number\nA,B\n');
    expect(await run('register', '--known', file)).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('are both tracking_number'),
    });
  });

  it("of Sendcloud's own report make known parcels of its rows", async () => {
    const report =
      'parcel_id,direction,carrier_code,contract_id,to_address_postal_code,to_address_country_code,tracking_number,announced_at,status\n' +
      '17,outgoing,postnl,5,CANARY,NL,3SABC0000001,2026-03-01T10:00:00Z,delivered\n';
    const { exitCode, out } = await run('register', '--dry-run', write('report.csv', report));
    expect({ exitCode, out }).toEqual({
      exitCode: 0,
      out: expect.stringContaining('1 of them taken as tracked by Sendcloud'),
    });
  });
});

describe('digits', () => {
  it('of a Parquet column are kept or refused, whatever its type', async () => {
    const path = join(cwd, 'a.parquet');
    await inDuckdb(
      `copy (select 340434161094022115::bigint as tracking_number) to '${path}' (format parquet)`,
    );
    await run('register', '--known', path);
    await inDuckdb(
      `copy (select 9400111899223197428490::hugeint::varchar as tracking_number) to '${path}' (format parquet)`,
    );
    await run('register', '--known', path);
    await inDuckdb(
      `copy (select unnest([340434161094022115, 17])::double as tracking_number) to '${path}' (format parquet)`,
    );
    expect(await run('register', '--known', path)).toMatchObject({
      exitCode: 3,
      err: expect.stringContaining('row 1: tracking_number was rounded'),
    });
    await inDuckdb(`copy (select 16777217::float as tracking_number) to '${path}' (format parquet)`);
    await run('register', '--known', path);
    expect(await listNumbers()).toBe('17 340434161094022115 9400111899223197428490');
  });

  it('that end in zeros from the 16th on, in most rows, are named once and put in doubt', async () => {
    const rounded = ['340434161094022000', '340434161094023000', '340434161094024000'];
    expect(
      await run('register', '--known', write('a.csv', `tracking_number\n${rounded.join('\n')}\n`)),
    ).toMatchObject({
      exitCode: 3,
      err: expect.stringContaining('3 of 3 numbers with 16 digits or more end in zeros'),
    });
  });

  it('are one parcel: a number at two carriers is named with both', async () => {
    await run('register', '--known', write('a.csv', 'tracking_number,carrier_code\nA,dpd\n'));
    const { exitCode, err } = await run(
      'register',
      '--known',
      write('b.csv', 'tracking_number,carrier_code\nA,DPD\nA,postnl\n'),
    );
    expect({ exitCode, err }).toEqual({
      exitCode: 3,
      err: expect.stringContaining('b.csv:3: this number is at two carriers, dpd before and postnl here'),
    });
  });
});

describe('a path', () => {
  it.each(['a?b', 'a*b', 'a[b]c', "a'b", 'a b', 'a#b', 'ä'])(
    'with %s in it is read as it stands, by the engine too',
    async (name) => {
      mkdirSync(join(cwd, name));
      // What a pattern would match instead.
      mkdirSync(join(cwd, 'aXb'), { recursive: true });
      const parquet = join(cwd, name, 'p');
      await inDuckdb(
        `copy (select 'P' as tracking_number) to '${parquet.replaceAll("'", "''")}' (format parquet)`,
      );
      const zstd = write(join(name, 'z'), await packZstd('tracking_number\nZ\n'));
      expect(await run('register', '--known', parquet, zstd)).toMatchObject({ exitCode: 0 });
      expect(await listNumbers()).toBe('P Z');
    },
  );
});
