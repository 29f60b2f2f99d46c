import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  askFile,
  type Called,
  call,
  inspect,
  makeFolder,
  makeTimeline,
  readRows,
} from '../extract/harness.js';

const clock = '2026-03-10T04:00:00Z';

let cwd = '';
beforeEach(() => {
  cwd = makeFolder();
});

/** Names of files are those of the test's folder. */
const run = (...argv: string[]): Promise<Called> =>
  call(
    [
      ...argv.map((word) => (/\.(nd|gz)|^folder/.test(word) ? join(cwd, basename(word)) : word)),
      '--as-of',
      clock,
    ],
    { cwd },
  );
const ask = (sql: string) => askFile(join(cwd, 'data', 'warehouse.duckdb'), sql);
const listNumbers = () =>
  ask(
    "select string_agg(tracking_number, ' ' order by tracking_number) from registry where last_success_at is not null",
  );

const line = (number: string) => JSON.stringify(makeTimeline(number, [['2026-03-02T10:00:00Z', 'accepted']]));
const envelope = (number: string, observed_at: unknown) =>
  JSON.stringify({ observed_at, response: makeTimeline(number, []) });

const at = (name: string) => join(cwd, name);

function write(name: string, content: string | Buffer): string {
  writeFileSync(at(name), content);
  return at(name);
}

describe('import', () => {
  it('loads bare bodies at the clock of the run, and envelopes at their own', async () => {
    write('a.ndjson', `${line('A')}\n${envelope('B', '2026-03-05T10:00:00+02:00')}\n`);
    const { exitCode, out } = await run('import', 'a.ndjson');
    expect({ exitCode, out }).toEqual({
      exitCode: 0,
      out: '2 lines: 2 new observations, 2 new responses, 1 new event\n',
    });
    const path = join(cwd, 'data', 'warehouse.duckdb');
    expect(
      await inspect(path, (db) =>
        readRows(db, 'select tracking_number, observed_at from landed_polls order by 1'),
      ),
    ).toEqual([
      { tracking_number: 'A', observed_at: '2026-03-10 04:00:00' },
      { tracking_number: 'B', observed_at: '2026-03-05 08:00:00' },
    ]);
  });

  it('adds nothing the second time, be the file plain or packed', async () => {
    const text = `${line('A')}\n${line('B')}\n`;
    await run('import', write('a.ndjson', text));
    const { exitCode, out } = await run('import', write('a.ndjson.gz', gzipSync(text)), '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ lines: 2, polls: 0, responses: 0, events: 0 });
    expect(await ask('select count(*) from landed_polls')).toBe('2');
  });

  it('takes line ends of Windows, a byte order mark, blank lines, and a last line without an end', async () => {
    write('a.ndjson', `\uFEFF${line('A')}\r\n\r\n  \n${line('B')}\r\n${line('C')}`);
    expect(await run('import', 'a.ndjson')).toMatchObject({ exitCode: 0 });
    expect(await listNumbers()).toBe('A B C');
  });

  it('takes several files, and names an empty one among them', async () => {
    write('a.ndjson', line('A'));
    write('b.ndjson', '');
    write('c.gz', gzipSync(line('C')));
    expect(await run('import', 'a.ndjson', 'b.ndjson', 'c.gz')).toMatchObject({
      exitCode: 3,
      err: expect.stringContaining('b.ndjson is empty'),
    });
    expect(await listNumbers()).toBe('A C');
  });
});

describe('bad input', () => {
  it('refuses the lines that are no timelines, names them, loads the rest and ends with 3', async () => {
    const canary = 'CANARY';
    const bad: [text: string, reason: string][] = [
      [`{"events": [${canary}`, '$: expected JSON, found text that is not JSON'],
      [`{"hello": "${canary}"}`, '$.tracking_numbers: expected array, found missing'],
      [`"${canary}"`, '$: expected object, found string'],
      [
        JSON.stringify({ ...makeTimeline('X', []), tracking_numbers: canary }),
        '$.tracking_numbers: expected array, found string',
      ],
      [
        JSON.stringify({ ...makeTimeline('X', []), tracking_numbers: [] }),
        '$.tracking_numbers: expected array with',
      ],
      [envelope('X', canary), '$.observed_at: expected an ISO 8601 instant, found string'],
      [envelope('X', 17), '$.observed_at: expected an ISO 8601 instant, found number'],
      [JSON.stringify({ observed_at: clock, response: canary }), '$: expected object, found string'],
      ['['.repeat(100), '$: expected JSON, found text that is not JSON, or nested too deeply'],
      [`{"x": "${'y'.repeat(6_000_000)}"}`, '$: expected JSON, found more than 5242880 bytes'],
    ];
    write('a.ndjson', [line('A'), ...bad.map(([text]) => text), line('Z')].join('\n'));
    const { exitCode, out, err } = await run('import', 'a.ndjson', '-v');
    expect(exitCode).toBe(3);
    expect(out).toContain(
      `12 lines: 2 new observations, 2 new responses, 2 new events; ${bad.length} lines refused`,
    );
    for (const [index, [, reason]] of bad.entries())
      expect(err).toContain(`a.ndjson:${index + 2} refused: ${reason}`);
    expect(err + out).not.toContain(canary);
    expect(await listNumbers()).toBe('A Z');
    const path = join(cwd, 'data', 'warehouse.duckdb');
    expect(readFileSync(path).includes(canary)).toBe(false);
    expect(
      await ask("select count(*) from landed_refusals where source = 'import' and length(digest) = 64"),
    ).toBe('10');
    // Known ones are counted, not added.
    expect((await run('import', 'a.ndjson')).exitCode).toBe(3);
    expect(await ask('select count(*) from landed_refusals')).toBe('10');
  });

  it('goes on after a file that was cut off, keeps what it could read, and names the place', async () => {
    const lines = Array.from({ length: 4000 }, (_, index) => line(`A${String(index).padStart(4, '0')}`));
    const packed = gzipSync(lines.join('\n'));
    write('cut.ndjson.gz', packed.subarray(0, packed.length / 2));
    write('good.ndjson', line('GOOD'));
    const { exitCode, err } = await run('import', 'cut.ndjson.gz', 'good.ndjson');
    expect(exitCode).toBe(3);
    const place = Number(/cut\.ndjson\.gz:(\d+) refused: .*cannot be read further/.exec(err)?.[1]);
    expect(place).toBeGreaterThan(1);
    expect(await ask('select count(*) from registry')).toBe(String(place));
    expect(await ask("select count(*) from registry where tracking_number = 'GOOD'")).toBe('1');
  });

  it('names a packed file that is damaged, though another is read first', async () => {
    write('good.ndjson', Array.from({ length: 500 }, (_, index) => line(`A${index}`)).join('\n'));
    write('bad.gz', Buffer.concat([gzipSync('x').subarray(0, 10), Buffer.from('no deflate stream')]));
    const { exitCode, err } = await run('import', 'good.ndjson', 'bad.gz');
    expect({ exitCode, err }).toEqual({ exitCode: 3, err: expect.stringContaining('bad.gz is damaged') });
    expect(await ask('select count(*) from registry')).toBe('500');
  });

  it.each([
    ['a file that is not there', 'none.ndjson', 'none.ndjson: no such file'],
    ['a folder', 'folder', 'folder is a folder'],
  ])('ends with 2 for %s, before anything is imported', async (_, name, message) => {
    mkdirSync(join(cwd, 'folder'));
    write('a.ndjson', line('A'));
    const { exitCode, err } = await run('import', 'a.ndjson', name);
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: expect.stringContaining(message) });
    expect(await ask('select count(*) from registry')).toBe('0');
  });

  it('refuses a clock earlier than that of the last run, where the clock dates the bodies', async () => {
    await run('import', write('a.ndjson', line('A')));
    const { exitCode, err } = await call(['import', at('a.ndjson'), '--as-of', '2026-03-09T00:00:00Z'], {
      cwd,
    });
    expect(exitCode).toBe(2);
    expect(err).toMatch(/earlier than that of the last run/);
  });
});

describe('parcels and aliases of an archive', () => {
  it('registers a parcel as of its earliest observation, whatever order the archive comes in', async () => {
    write('late.ndjson', envelope('A', '2026-03-08T00:00:00Z'));
    write('early.ndjson', envelope('A', '2026-03-02T00:00:00Z'));
    await run('import', 'late.ndjson');
    await run('import', 'early.ndjson');
    expect(await ask('select registered_at from registry')).toBe('2026-03-02 00:00:00');
    expect(await ask('select last_success_at from registry')).toBe('2026-03-08 00:00:00');
  });
});
