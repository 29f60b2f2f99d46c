import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toCsv } from '../../../pipelines/first-steps/sandbox.js';
import { readReplay } from '../../../pipelines/sandbox/replay.js';
import type { ParcelSource } from '../../../pipelines/sandbox/server.js';
import { simulateParcels } from '../../../pipelines/sandbox/simulate.js';
import {
  askFile,
  call,
  dayMs,
  inspect,
  makeFolder,
  makeTimeline,
  pointAt,
  readRows,
  showBodies,
} from '../extract/harness.js';
import { start } from '../sandbox/harness.js';

/** All rows of all published tables, in an order of their own. */
async function readPublished(cwd: string): Promise<Record<string, string[]>> {
  return inspect(join(cwd, 'data', 'published', 'shipping.duckdb'), async (db) => {
    const tables = await readRows(
      db,
      'select table_name as name from duckdb_tables() where not internal order by 1',
    );
    const all: Record<string, string[]> = {};
    for (const { name } of tables) {
      const rows = await readRows(
        db,
        `select cast(data as varchar) as text from "${name}" as data order by 1`,
      );
      all[String(name)] = rows.map(({ text }) => String(text));
    }
    return all;
  });
}

async function expectDone(
  cwd: string,
  line: string,
  environment: Record<string, string> = {},
): Promise<void> {
  const { exitCode, out, err } = await call(line.split(' '), { cwd, environment });
  expect({ line, exitCode, trouble: exitCode === 0 ? '' : out + err }).toEqual({
    line,
    exitCode: 0,
    trouble: '',
  });
}

/** Registers and polls what a source shows at some instants, through a sandbox; returns what it answered, as an archive. */
async function pollSource(
  cwd: string,
  source: ParcelSource,
  instants: readonly Date[],
  days = 30,
): Promise<string[]> {
  const answers: string[] = [];
  const [first = new Date(0)] = instants;
  let now = first;
  const recording: ParcelSource = {
    list: (at) => source.list(at),
    find: (number, at) => {
      const response = source.find(number, at);
      if (response !== null) answers.push(JSON.stringify({ observed_at: now.toISOString(), response }));
      return response;
    },
  };
  const sandbox = await start({ source: recording, now: first });
  for (const instant of instants) {
    now = instant;
    sandbox.setNow(instant);
    const parcels = join(cwd, 'parcels.csv');
    writeFileSync(parcels, toCsv(source.list(instant)));
    const clock = `--as-of ${instant.toISOString()}`;
    await expectDone(cwd, `register --known ${parcels} ${clock}`);
    await expectDone(cwd, `extract ${clock}`, pointAt(sandbox));
  }
  await expectDone(cwd, `build --days ${days} --as-of ${now.toISOString()}`);
  await expectDone(cwd, `publish --as-of ${now.toISOString()}`);
  return answers;
}

async function importArchive(cwd: string, file: string, now: Date, days = 30): Promise<void> {
  const clock = `--as-of ${now.toISOString()}`;
  await expectDone(cwd, `import ${file} ${clock}`);
  await expectDone(cwd, `build --days ${days} ${clock}`);
  await expectDone(cwd, `publish ${clock}`);
}

describe('an archive', () => {
  it('gives the same tables through import and through the API, to the last digit', async () => {
    const eve = new Date('2026-03-09T04:00:00Z');
    const now = new Date(eve.getTime() + dayMs);
    const simulated = simulateParcels({ seed: 11, count: 70, now, days: 12 });
    // Real answers have what no simulation thinks of.
    const odd = showBodies({
      ODD1: makeTimeline(
        ['ODD1', 'ODD1B'],
        [
          ['2026-03-05T00:00:00Z', 'ACCEPTED'],
          ['2026-03-05T00:00:00Z', 'sorted', { status_type: 'warning' }],
          ['2026-03-05T00:00:00Z', 'sorted'],
          ['no time', 'in_transit'],
          ['2026-03-06T10:00:00.123456+02:00', 'new_code', { event_type: null, sub_status_code: null }],
        ],
      ),
      ODD2: makeTimeline('ODD2', [['2026-03-07T10:00:00Z', 'kein Code!']], {
        announced_at: null,
        to_address: null,
        details: null,
      }),
      ODD3: makeTimeline('ODD3', []),
    });
    const source: ParcelSource = {
      find: (number, at) => odd.find(number, at) ?? simulated.find(number, at),
      list: (at) => [...simulated.list(at), ...odd.list(at)],
    };
    const polled = makeFolder();
    const answers = await pollSource(polled, source, [eve, now]);
    expect(answers.length).toBeGreaterThan(90);

    const imported = makeFolder();
    const archive = join(imported, 'archive.ndjson');
    // An archive comes in any order.
    writeFileSync(archive, answers.reverse().join('\n'));
    await importArchive(imported, archive, now);
    const tables = await readPublished(imported);
    expect(tables.parcels).toHaveLength([...source.list(now)].length);
    expect(tables.events?.length).toBeGreaterThan(250);
    expect(await readPublished(polled)).toEqual(tables);
  });

  // Whole archives take minutes: REAL_TIMELINES=1 asks for them.
  const real = join(import.meta.dirname, '../../../..', 'shared', 'data');
  it.skipIf(!existsSync(real) || !process.env.REAL_TIMELINES).each([
    ['parcel-milestones.ndjson.gz', '2023-07-15T00:00:00Z', 90],
    ['olist.ndjson.gz', '2018-11-01T00:00:00Z', 600],
  ])('of real timelines does so too: %s', { timeout: 600_000 }, async (name, clock, days) => {
    const now = new Date(clock);
    const file = join(real, name);
    const polled = makeFolder();
    const imported = makeFolder();
    const answers = await pollSource(polled, await readReplay(file), [now], days);
    await importArchive(imported, file, now, days);
    const tables = await readPublished(imported);
    expect(tables.parcels?.length).toBe(answers.length);
    expect(await readPublished(polled)).toEqual(tables);
  });
});

describe('a night', () => {
  it('registers what lies in the inbox, goes on though the API fails, says so, and ends with its code', async () => {
    const cwd = makeFolder();
    const data = join(cwd, 'data');
    const inbox = join(cwd, 'inbox');
    const clock = new Date('2026-03-10T04:00:00Z');
    const at = ['--as-of', clock.toISOString()];
    const bodies = ['A', 'B'].map((number) => makeTimeline(number, [['2026-03-02T10:00:00Z', 'accepted']]));
    const lines = bodies.map((response) => JSON.stringify({ observed_at: '2026-03-04T03:00:00Z', response }));
    const archive = join(cwd, 'archive.ndjson');
    writeFileSync(archive, lines.join('\n'));
    await call(['import', archive, ...at], { cwd });

    mkdirSync(join(inbox, 'done'), { recursive: true });
    const header =
      'tracking_number,carrier_code,announced_at,from_country,from_postal_code,to_country,to_postal_code,contract_id,source_id';
    const row = (number: string, country = 'NL') =>
      `${header}\n${number},dpd,2026-03-09T10:00:00Z,${country},1012,DE,10115,517,s\n`;
    writeFileSync(join(inbox, 'done', 'a.csv'), 'the one of last night');
    writeFileSync(join(inbox, 'a.csv'), row('C'));
    writeFileSync(join(inbox, 'b.csv'), row('D', 'KANARIE'));
    writeFileSync(join(inbox, 'c.ndjson'), JSON.stringify({ tracking_number: 'E' }));
    writeFileSync(join(inbox, 'd.csv'), row('F'));
    writeFileSync(join(inbox, 'notes.txt'), 'not for us');

    const sandbox = await start({
      source: showBodies({}),
      now: clock,
      faults: ({ method }) => (method === 'GET' ? { kind: 'status', status: 403 } : null),
    });
    const environment = { ...pointAt(sandbox), PARCELMETRICS_INBOX: inbox };
    const { exitCode, out, err } = await call(['nightly', '--json', ...at], { cwd, environment });
    expect({ exitCode, err }).toMatchObject({ exitCode: 4, err: expect.stringContaining('(403)') });
    // The data is as of the latest poll that succeeded, never the clock of the run.
    expect(JSON.parse(out)).toMatchObject({ exit_code: 4, data_as_of: '2026-03-04T03:00:00.000Z' });
    expect(readFileSync(join(data, 'report', 'index.html'), 'utf8')).toMatch(/not (been )?updated since/i);
    expect((await readPublished(cwd)).parcels).toHaveLength(2);
    // The lock's database stays: removing it would let a second run in.
    expect(readdirSync(data).filter((name) => /lock|wal|tmp/.test(name))).toEqual([
      'warehouse.duckdb.lockdb',
    ]);

    expect(err).toContain('inbox a.csv: 1 row: 1 registered');
    expect(err).toMatch(/inbox b.csv: not registered: .*from_country should be a country/);
    expect(err).toContain('inbox c.ndjson: 1 row: 1 registered, 0 known already; 1 of them taken as tracked');
    expect(err).toContain('inbox notes.txt: not registered: ');
    expect(err).not.toContain('KANARIE');
    expect(
      await askFile(
        join(data, 'warehouse.duckdb'),
        'select string_agg(tracking_number order by 1) from registry',
      ),
    ).toBe('A,B,C,E,F');
    expect(readdirSync(inbox).sort()).toEqual(['b.csv', 'done', 'notes.txt']);
    expect(readFileSync(join(inbox, 'done', 'a.csv'), 'utf8')).toBe('the one of last night');
    expect(readdirSync(join(inbox, 'done'))).toHaveLength(4);

    const missing = { ...environment, PARCELMETRICS_INBOX: join(cwd, 'none') };
    const night = await call(['nightly', ...at], { cwd, environment: missing });
    expect(night).toMatchObject({ exitCode: 4, err: expect.stringMatching(/the inbox .*none is not there/) });
    // The night went on: it asked the API, and published.
    expect(night.out).toMatch(/published {2}\d+ tables[\s\S]*to do .*make the inbox folder/);
  });
});
