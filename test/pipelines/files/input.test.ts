import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { importFiles } from '../../../pipelines/extract/import.js';
import { openParcelFile } from '../../../pipelines/extract/parcel-file.js';
import { openInput } from '../../../pipelines/files/open.js';
import { askFile, type Called, call, makeFolder, makeTimeline, openLanding } from '../extract/harness.js';
import { packZstd } from './packing.js';

// One reader for every command: the same text must be read the same way in whatever it comes.

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

const packings: readonly (readonly [string, (text: string) => Buffer | Promise<Buffer>])[] = [
  ['plain', (text) => Buffer.from(text)],
  ['after a byte order mark', (text) => Buffer.from(`\ufeff${text}`)],
  ['as UTF-16', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['as UTF-16 of the other order', (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ['with line ends of Windows', (text) => Buffer.from(text.replaceAll('\n', '\r\n'))],
  ['gzip', (text) => gzipSync(text)],
  ['gzip in two members', (text) => Buffer.concat([gzipSync(text.slice(0, 30)), gzipSync(text.slice(30))])],
  ['zstd', packZstd],
];

const big = ['340434161094022115', '9400111899223197428490'];
const rows = big.map((number) => ({ tracking_number: number, carrier_code: 'dhl' }));
const bare = (value: unknown) => JSON.stringify(value).replace(/"(\d{15,})"/g, '$1');

const parcelForms: readonly (readonly [string, string])[] = [
  ['CSV', `tracking_number,carrier_code\n${big.map((number) => `${number},dhl`).join('\n')}\n`],
  [
    'CSV with semicolons',
    `Carrier Code;Tracking Number\n${big.map((number) => `dhl;${number}`).join('\n')}\n`,
  ],
  ['CSV with tabs', `carrier_code\tTRACKING-NUMBER\n${big.map((number) => `dhl\t${number}`).join('\n')}\n`],
  ['CSV with bars', `carrier_code|trackingNumber\n${big.map((number) => `dhl|${number}`).join('\n')}\n`],
  [
    'CSV that says its mark',
    `sep=;\ntracking_number;carrier_code\n${big.map((number) => `${number};dhl`).join('\n')}\n`,
  ],
  [
    'CSV below a title',
    `Export of today\n\ntracking_number;carrier_code\n${big.map((number) => `${number};dhl`).join('\n')}\n`,
  ],
  ['one object a line', rows.map((one) => JSON.stringify(one)).join('\n')],
  ['one object a line, its numbers bare', rows.map(bare).join('\n')],
  ['a list', JSON.stringify(rows)],
  ['a list of bare numbers, pretty', bare(rows).replaceAll(',', ',\n ')],
  ['a wrapped list', JSON.stringify({ count: 2, parcels: rows, next: null })],
  ['a list wrapped twice', JSON.stringify({ meta: { page: 1 }, data: { items: rows } }, null, 2)],
  ['pretty objects one after the other', rows.map((one) => JSON.stringify(one, null, 2)).join('\n')],
];

async function readCells(file: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const row of (await openParcelFile(file)).rows)
    found.push('cells' in row ? row.cells : row.broken);
  return found;
}

describe.each(packings)('register reads %s', (_, pack) => {
  it.each(parcelForms)('%s', async (__, text) => {
    expect(await readCells(write('list.txt', await pack(text)))).toEqual(rows);
  });
});

const bodies = ['A', 'B'].map((number) =>
  makeTimeline(number, [
    ['2026-03-02T10:00:00Z', 'accepted'],
    ['2026-03-03T10:00:00Z', 'delivered'],
  ]),
);
const envelopes = bodies.map((response) => ({ observed_at: '2026-03-05T10:00:00Z', response }));
const bodyForms: readonly (readonly [string, string])[] = [
  ['one body a line', bodies.map((body) => JSON.stringify(body)).join('\n')],
  ['one envelope a line', envelopes.map((one) => JSON.stringify(one)).join('\n')],
  ['a list', JSON.stringify(bodies)],
  ['a pretty list', JSON.stringify(envelopes, null, 2)],
  ['a wrapped list', JSON.stringify({ data: bodies, cursor: null })],
  ['pretty bodies one after the other', bodies.map((body) => JSON.stringify(body, null, 2)).join('\n')],
  [
    'pretty envelopes one after the other',
    envelopes.map((one) => JSON.stringify(one, null, '\t')).join('\n\n'),
  ],
];

describe.each(packings)('import reads %s', (_, pack) => {
  it.each(bodyForms)('%s', async (__, text) => {
    const connection = await openLanding();
    await connection.run(
      "insert into runs (run_id, command, clock_at, started_at) values ('run', 'import', now(), now())",
    );
    const imported = await importFiles(connection, {
      files: [write('archive.bin', await pack(text))],
      runId: 'run',
      clock: () => new Date('2026-03-10T04:00:00Z'),
      keepSourceId: false,
    });
    expect(imported).toMatchObject({ lines: 2, polls: 2, events: 4, refused: 0, unusable: [] });
  });
});

describe('a pipe', () => {
  it('is read once, from its start, whatever is in it', async () => {
    const pipe = join(cwd, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const [content, count] of [
      [Buffer.from(parcelForms[0]?.[1] ?? ''), '2 rows'],
      [gzipSync(JSON.stringify(rows)), '2 rows'],
    ] as const) {
      const writer = spawn('sh', ['-c', `cat > '${pipe}'`], { stdio: ['pipe', 'ignore', 'ignore'] });
      writer.stdin.end(content);
      const { exitCode, out } = await run('register', '--known', pipe);
      expect({ exitCode, out }).toEqual({ exitCode: 0, out: expect.stringContaining(count) });
    }
    expect(await listNumbers()).toBe(big.join(' '));
  });

  it('cannot be given to the engine: zstd and Parquet in it are refused, with what to do', async () => {
    const pipe = join(cwd, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const content of [await packZstd('tracking_number\nA\n'), Buffer.from('PAR1....PAR1')]) {
      spawn('sh', ['-c', `cat > '${pipe}'`], { stdio: ['pipe', 'ignore', 'ignore'] }).stdin.end(content);
      const { exitCode, err } = await run('register', '--known', pipe);
      expect({ exitCode, err }).toEqual({ exitCode: 2, err: expect.stringContaining('pipe') });
    }
  });
});

describe('what is no input', () => {
  const zip = Buffer.from('504b030414000000', 'hex');
  const tar = Buffer.alloc(1024);
  tar.write('list.csv');
  tar.write('ustar', 257);
  const kinds: readonly (readonly [string, Buffer, RegExp])[] = [
    [
      'a workbook',
      Buffer.concat([zip, Buffer.from('[Content_Types].xml xl/workbook.xml')]),
      /Excel workbook\n.*CSV/,
    ],
    ['an old workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /Excel workbook/],
    ['a zip archive', Buffer.concat([zip, Buffer.from('list.csv')]), /zip archive\nUnpack/],
    ['a tar archive', tar, /tar archive/],
    ['a packed tar archive', gzipSync(tar), /tar archive/],
    ['xz', Buffer.from('fd377a585a000004', 'hex'), /xz\n.*xz -d/],
    ['bzip2', Buffer.from('BZh91AY'), /bzip2\n.*bzip2 -d/],
    ['gzip in gzip', gzipSync(gzipSync('tracking_number\nA')), /packed twice/],
    ['a note of macOS', Buffer.from('0005160700020000', 'hex'), /macOS/],
    ['a web page', Buffer.from('<!DOCTYPE html><html><body>Sign in</body></html>'), /web page/],
    ['XML', Buffer.from('<?xml version="1.0"?><parcels/>'), /XML/],
    ['a PDF', Buffer.from('%PDF-1.7'), /PDF/],
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d', 'hex'), /zero bytes/],
    ['nothing', Buffer.alloc(0), /is empty/],
    ['blank lines', Buffer.from(' \n\n'), /is empty/],
    ['nothing, packed', gzipSync(''), /is empty/],
    ['half a packed file', gzipSync('tracking_number\nA').subarray(0, 12), /damaged/],
  ];
  it.each(kinds)('%s is refused once, with what to do', async (_, content, message) => {
    await expect(openInput(write('file', content))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(join(cwd, 'file')),
    });
    const error = await openInput(join(cwd, 'file')).catch((caught: Error & { hint: string }) => caught);
    expect(`${(error as Error).message}\n${(error as { hint: string }).hint}`).toMatch(message);
  });

  it.each([['register', '--known'], ['import']])(
    'ends %s with 2, in two lines, and changes nothing',
    async (...command) => {
      const { exitCode, out, err } = await run(...command, write('file', kinds[0]?.[1] ?? ''));
      expect({ exitCode, out, err }).toEqual({
        exitCode: 2,
        out: '',
        err: expect.stringMatching(kinds[0]?.[2] ?? /x/),
      });
      expect(err.split('\n').length).toBeLessThanOrEqual(4);
      expect(await listNumbers()).toBeNull();
    },
  );

  it('is named, and the other files of the call are taken', async () => {
    const good = write('good.csv', 'tracking_number\nA\n');
    const { exitCode, out, err } = await run(
      'register',
      '--known',
      write('book.xlsx', kinds[0]?.[1] ?? ''),
      good,
    );
    expect({ exitCode, out }).toEqual({
      exitCode: 3,
      out: `${good}: 1 row: 1 registered, 0 known already\n`,
    });
    expect(err).toContain('book.xlsx is an Excel workbook');
    expect(await listNumbers()).toBe('A');
  });

  it('has rows, but none that is usable: exit code 2, and no refusal is kept for each', async () => {
    expect(await run('register', '--known', write('a.csv', 'tracking_number\n'))).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('it has no row'),
    });
    expect(await run('import', write('a.json', '[]'))).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('it has no line'),
    });
    const { exitCode, err } = await run('import', write('a.ndjson', '{"hello": "CANARY"}\n'.repeat(300)));
    expect({ exitCode, err }).toEqual({
      exitCode: 2,
      err: expect.stringContaining('none of its 300 lines is a timeline'),
    });
    expect(err).not.toContain('CANARY');
    expect(await askFile(join(cwd, 'data', 'warehouse.duckdb'), 'select count(*) from landed_refusals')).toBe(
      '0',
    );
  });
});
