import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ReportError, writeReport } from '../../reports/report.js';
import { makeParameters, type Tables, writeSnapshot } from './pages/fixture.js';
import { makeTables, someCarriers } from './pages/made.js';

let folder = '';
let count = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-report-'));
  usual = await report(makeTables());
});
afterAll(() => rmSync(folder, { recursive: true }));

async function save(tables: Tables): Promise<string> {
  count += 1;
  const path = join(folder, `snapshot-${count}.duckdb`);
  await writeSnapshot(path, tables);
  return path;
}

function freshFolder(): string {
  count += 1;
  return join(folder, `report-${count}`);
}

async function report(tables: Tables, options: Partial<Parameters<typeof writeReport>[0]> = {}) {
  const outDir = freshFolder();
  const snapshotPath = await save(tables);
  const result = await writeReport({ snapshotPath, outDir, ...options });
  const read = (file: string) => readFileSync(join(outDir, file), 'utf8');
  const text = (file: string) => toText(read(file));
  return { ...result, snapshotPath, outDir, read, text };
}

/** All pages as one file, where what is looked for may stand on any of them. */
function reportInOne(tables: Tables, options: Parameters<typeof report>[1] = {}) {
  return report(tables, { ...options, singleFile: true });
}

/** The report of the usual snapshot, made once. */
let usual: Awaited<ReturnType<typeof report>>;

async function alter(path: string, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
}

/** What a reader sees of a page, drawings and SQL left out. */
function toText(page: string): string {
  return page
    .replace(/<(svg|style|script|pre)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll('\u00a0', ' ')
    .replace(/\s+/g, ' ');
}

function hashFolder(path: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(path).sort())
    hash.update(`${file}\n`).update(readFileSync(join(path, file)));
  return hash.digest('hex');
}

function empty(changes: Tables = {}): Tables {
  return { ...makeTables({ carriers: [], lanes: [] }), ...changes };
}

describe('a full snapshot', () => {
  test('has every page, the lists and the two assets', () => {
    const { outDir, pages, indexPath } = usual;
    expect(pages[0]).toBe('index.html');
    expect(indexPath).toBe(join(outDir, 'index.html'));
    expect(readdirSync(outDir).sort()).toEqual(
      [...pages, 'report.css', 'report.js', 'stalled.csv', 'overdue.csv', 'lanes.csv', 'targets.xlsx'].sort(),
    );
    expect(pages).toEqual(
      expect.arrayContaining(['carrier-postnl.html', 'carrier-dhl-express.html', 'methodology.html']),
    );
  });

  test('renders to the same bytes again', async () => {
    const outDir = freshFolder();
    await writeReport({ snapshotPath: usual.snapshotPath, outDir });
    expect(hashFolder(outDir)).toBe(hashFolder(usual.outDir));
  });

  test('stays under 500 KB a page and 50 KB of script', () => {
    const { outDir, pages } = usual;
    for (const page of pages) expect(statSync(join(outDir, page)).size, page).toBeLessThan(500_000);
    expect(statSync(join(outDir, 'report.js')).size).toBeLessThan(50_000);
  });

  test('every link leads somewhere', () => {
    const { outDir, pages, read } = usual;
    const files = new Set(readdirSync(outDir));
    for (const page of pages) {
      for (const [, href = ''] of read(page).matchAll(/ href="([^"]*)"/g)) {
        if (href === 'data:,') continue;
        const [file = '', anchor] = href.split('#');
        expect(files, `${page}: ${href}`).toContain(file || page);
        // there the address is a choice, no place of the page
        if (file === 'compare.html' && anchor) expect(anchor, page).toMatch(/^carrier=/);
        else if (anchor)
          expect(read(file || page).includes(` id="${anchor}"`), `${page}: ${href}`).toBe(true);
      }
    }
  });

  test('every query runs as it stands', async () => {
    const { snapshotPath, pages, read } = usual;
    const queries = new Set(
      pages.flatMap((page) =>
        [...read(page).matchAll(/<pre[^>]*>([\s\S]*?)<\/pre>/g)].map(([, sql = '']) =>
          sql.replaceAll('&#39;', "'").replaceAll('&gt;', '>').replaceAll('&lt;', '<'),
        ),
      ),
    );
    expect(queries.size).toBeGreaterThan(20);
    const instance = await DuckDBInstance.create(snapshotPath, { access_mode: 'READ_ONLY' });
    const connection = await instance.connect();
    for (const query of queries) {
      const result = await connection.runAndReadAll(query);
      expect(result.columnCount, query).toBeGreaterThan(1);
    }
    connection.closeSync();
    instance.closeSync();
  });

  test('the head says how old the data is, the window and the cohorts', () => {
    const { text } = usual;
    expect(text('lanes.html')).toContain('Data as of Tue 3 Nov 2026, 04:12 UTC');
    expect(text('lanes.html')).toContain('5 Aug to 2 Nov 2026, 90 days');
    expect(text('lanes.html')).toMatch(/18,922 parcels by label date, 18,371 by first scan/);
  });

  test('the navigation runs from the answer to the definitions, and a banner stands where it belongs', () => {
    const { text } = usual;
    for (const file of ['index.html', 'case-1.html', 'carrier-dpd.html'])
      expect(text(file)).toContain(
        'Overview Head to head Lanes Hand-over Exceptions Open parcels Targets Data quality Methodology',
      );
    expect(text('index.html')).toContain('Data checks warned: not observed long enough. See data quality');
    expect(text('data-quality.html')).toContain('Data checks warned: not observed long enough.');
    expect(text('lanes.html')).not.toContain('Data checks warned');
    expect(text('case-1.html')).not.toContain('Data checks warned');
  });

  test('numbers and months follow the locale, the language stays that of the words', async () => {
    const { read, text } = await reportInOne(makeTables(), { locale: 'nl-NL' });
    expect(text('index.html')).toContain('18.922 parcels by label date');
    expect(text('index.html')).toMatch(/92,4 %/);
    expect(read('index.html')).toContain('<html lang="en">');
    expect(usual.read('index.html')).toContain('<html lang="en-GB">');
  });

  test('small groups are withheld or left unranked', () => {
    const { read } = usual;
    const row = (name: string) =>
      read('index.html')
        .split('<tr')
        .find((part) => part.includes(`>${name}</span>`)) ?? '';
    expect(row('BRT')).toContain('too few');
    expect(row('BRT')).not.toMatch(/\d %<\/td>/);
    expect(row('Correos')).toContain('class="muted">7.0 days');
    // only the name and the count of parcels can be sorted on
    expect(row('Correos').match(/data-value=/g)).toHaveLength(2);
  });

  test('the cases stand first, each with lane, numbers and what they are set against', () => {
    const { text, summary } = usual;
    expect(text('index.html')).toMatch(
      /GLS , NL to BE : 8 of 38 on time since 19 Oct, before 91\.2 %; elsewhere unchanged\./,
    );
    expect(text('index.html')).toMatch(
      /GLS , NL to NL, home : 30 of 300 with an exception of the carrier’s making , where the others reach 5\.0 % on the same lanes\./,
    );
    expect(summary).toBe('GLS, NL to BE: 8 of 38 on time since 19 Oct, before 91.2 %; elsewhere unchanged.');
  });
});

describe('what stands first is never noise', () => {
  test('no case: it is said what was looked at', async () => {
    const { text } = await reportInOne({ ...makeTables(), cases: [] });
    expect(text('index.html')).toMatch(
      /No carrier stands out: looked at \d+ statements about \d+ carriers; none is sure\./,
    );
  });

  test('nothing to compare: it is said what would have to be there', async () => {
    const { text } = await reportInOne({ ...makeTables(), cases: [], candidates: [] });
    expect(text('index.html')).toContain(
      'There is nothing to compare yet: a carrier needs a second one on its lanes',
    );
  });
});

describe('banner', () => {
  test('data older than 36 hours is said to be stale', async () => {
    const stale = {
      ...makeTables(),
      run_parameters: [makeParameters({ data_as_of: '2026-11-01 16:00:00' })],
    };
    const fresh = {
      ...makeTables(),
      run_parameters: [makeParameters({ data_as_of: '2026-11-01 17:00:00' })],
    };
    expect((await reportInOne(stale)).text('index.html')).toContain(
      'Not updated since Sun 1 Nov 2026, 16:00 UTC',
    );
    expect((await reportInOne(fresh)).text('index.html')).not.toContain('Not updated since');
  });

  test('what the run says stands on top, with checks that warned', async () => {
    const runInfo = {
      status: ['The API could not be reached.'],
      isStale: true,
      failedChecks: ['duplicate parcels'],
    };
    const text = (await reportInOne(makeTables(), { runInfo })).text('index.html');
    expect(text).toContain('The API could not be reached.');
    expect(text).toContain('Not updated since');
    expect(text).toContain('duplicate parcels and not observed long enough');
  });
});

describe('since last night', () => {
  test('counts what is new and what is gone, and closed weeks that changed', async () => {
    const before = makeTables({ openParcels: 50 });
    before.run_parameters = [makeParameters({ as_of: '2026-11-02 04:30:00' })];
    before.cases = (before.cases ?? [])
      .slice(1)
      .concat([{ ...before.cases?.[1], to_country: 'DE', case_number: 3 }]);
    before.weekly_control = (before.weekly_control ?? []).map((row, index) =>
      index === 3 ? { ...row, value: 0.5 } : row,
    );
    const { text } = await reportInOne(makeTables(), { previousSnapshotPath: await save(before) });
    expect(text('index.html')).toContain('Since last night’s report (Mon 2 Nov 2026, 04:30 UTC)');
    expect(text('index.html')).toContain('60 stalled (10 new, 0 no longer)');
    expect(text('index.html')).toContain('1 case new, 1 case no longer told');
    expect(text('index.html')).toContain('1 figure of closed weeks changed');
  });
});

describe('empty and odd', () => {
  const cases: [string, Tables, RegExp][] = [
    ['no parcels at all', empty(), /there is nothing to compare yet/],
    [
      'no poll yet',
      empty({ run_parameters: [makeParameters({ data_as_of: null })] }),
      /No successful poll yet/,
    ],
    ['one carrier', makeTables({ carriers: someCarriers.slice(0, 1) }), /PostNL/],
    [
      'one parcel',
      makeTables({ carriers: [{ ...someCarriers[0], parcels: 1 } as never], lanes: [['NL', 'NL']] }),
      /too few/,
    ],
    ['no promises', makeTables({ hasPromises: false }), /not measurable: no promise in the data/],
  ];
  test.each(cases)('%s: every page says so in words', async (_, tables, expected) => {
    const { pages, text } = await report(tables);
    expect(text('index.html')).toMatch(expected);
    for (const page of pages) {
      expect(text(page), page).not.toMatch(/\b(NaN|undefined|null|Infinity|\[object)/);
      expect(text(page), page).toContain('Methodology');
    }
  });

  test('a snapshot with nothing but the run parameters and the seeds still makes a report', async () => {
    const { text } = await report({ run_parameters: [makeParameters()], data_quality: [] });
    expect(text('open-parcels.html')).toContain('No open parcel is stalled');
    expect(text('data-quality.html')).toContain('The nightly build writes them');
  });

  test('a snapshot of an earlier version, which lacks tables, still makes a report', async () => {
    const snapshotPath = await save({ run_parameters: [makeParameters()] });
    await alter(snapshotPath, 'drop table status_codes; drop table promise_drift');
    const outDir = freshFolder();
    await writeReport({ snapshotPath, outDir });
    expect(readdirSync(outDir)).toContain('index.html');
  });

  test('a threshold that is missing is named: nothing stands in for it', async () => {
    const snapshotPath = await save({ run_parameters: [makeParameters()] });
    await alter(snapshotPath, "delete from thresholds where name = 'ranked_from'");
    const attempt = writeReport({ snapshotPath, outDir: freshFolder() });
    await expect(attempt).rejects.toMatchObject({
      code: 'UNREADABLE_SNAPSHOT',
      message: expect.stringContaining('no threshold ranked_from'),
    });
  });

  test('an analyst\u2019s own status code is said in the words of the seed', async () => {
    const [row] = makeTables({ openParcels: 1 }).stalled_parcels ?? [];
    const { text } = await report({
      run_parameters: [makeParameters()],
      status_codes: [{ status_code: 'dock_7', words: 'fetched from our dock' }],
      stalled_parcels: [
        { ...row, current_status: 'dock_7' },
        { ...row, tracking_number: 'other', current_status: 'never_heard_of' },
      ],
    });
    expect(text('open-parcels.html')).toContain('fetched from our dock');
    expect(text('open-parcels.html')).toContain('never heard of');
  });

  test('a file that is no snapshot is refused with its path', async () => {
    const attempt = writeReport({ snapshotPath: join(folder, 'none.duckdb'), outDir: freshFolder() });
    await expect(attempt).rejects.toThrow(ReportError);
    await expect(attempt).rejects.toMatchObject({ code: 'UNREADABLE_SNAPSHOT' });
  });
});

describe('80 carriers and 400 lanes', () => {
  test('the overview stays under 500 KB and says what is left out', async () => {
    const carriers = Array.from({ length: 80 }, (_, index) => ({
      code: `carrier_${index}`,
      name: `Carrier ${index}`,
      parcels: 5000 - index * 60,
      transit: 20 + index,
      onTime: 0.97 - index * 0.002,
      exceptions: 0.02 + index * 0.001,
    }));
    const lanes = Array.from({ length: 400 }, (_, index): [string, string] => [
      `A${index % 20}`,
      `B${Math.floor(index / 20)}`,
    ]);
    const { outDir, text } = await report(makeTables({ carriers, lanes }));
    expect(statSync(join(outDir, 'index.html')).size).toBeLessThan(500_000);
    expect(text('index.html')).toContain('50 more carriers, the smallest, are left out here');
  });
});

describe('for one carrier', () => {
  test('takes the name for the code', async () => {
    const { text } = await reportInOne(makeTables(), { forCarrier: 'dhl express' });
    expect(text('index.html')).toContain('Made for DHL Express');
  });

  test('an unknown carrier is refused', async () => {
    await expect(
      writeReport({ snapshotPath: usual.snapshotPath, outDir: freshFolder(), forCarrier: 'nobody' }),
    ).rejects.toMatchObject({
      code: 'UNKNOWN_CARRIER',
    });
  });
});
