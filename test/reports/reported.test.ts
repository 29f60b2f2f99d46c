import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publish } from '../../pipelines/store/publish.js';
import { publicTables } from '../../queries/models.js';
import { writeReport } from '../../reports/report.js';
import { foreseenFrom } from '../../reports/snapshot.js';
import { openScratch } from '../queries/harness.js';
import { writeSnapshot } from './pages/fixture.js';
import { type MadeCarrier, makeTables } from './pages/made.js';

let folder = '';
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-reported-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Pages = (file: string) => string;

async function writePages(
  snapshotPath: string,
  options: { singleFile?: boolean; forCarrier?: string } = {},
): Promise<Pages> {
  count += 1;
  const outDir = join(folder, `report-${count}`);
  await writeReport({ snapshotPath, outDir, ...options });
  return (file) =>
    readFileSync(join(outDir, file), 'utf8').replace(/<(svg|style|script|pre)[\s\S]*?<\/\1>/g, ' ');
}

async function report(
  carriers: MadeCarrier[],
  options: Parameters<typeof writePages>[1] = {},
): Promise<Pages> {
  count += 1;
  const path = join(folder, `snapshot-${count}.duckdb`);
  await writeSnapshot(path, makeTables({ carriers }));
  return writePages(path, options);
}

function toText(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('\u00a0', ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** A tile's words after its label. */
function readTile(page: string, label: string): string {
  const tile = page.split('<div class="tile">').find((part) => part.includes(`>${label}<`)) ?? '';
  return toText(tile.slice(tile.indexOf('<dd'), tile.indexOf('</div>')));
}

/** The cells of a row, by their columns: a carrier's in the table that sets carriers side by side, or one of another table. */
function readRow(page: string, name: string, label = 'Carriers'): Record<string, string> {
  const table = page.split(`aria-label="${label}`)[1]?.split('</table>')[0] ?? '';
  const columns = [...table.matchAll(/<th scope="col"[^>]*>([\s\S]*?)<\/th>/g)].map(([, label = '']) =>
    toText(label),
  );
  const row = table.split('<tr').find((part) => part.includes(`>${name}</`)) ?? '';
  const cells = [...row.matchAll(/<t[dh][^>]*>([\s\S]*?)<\/t[dh]>/g)].map(([, cell = '']) => cell);
  return Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? '']));
}

const telling: MadeCarrier = {
  ...{ code: 'postnl', name: 'PostNL', parcels: 9400, transit: 26, onTime: 0.953, exceptions: 0.031 },
};
const silent: MadeCarrier = {
  ...{ code: 'dpd', name: 'DPD', parcels: 5200, transit: 38, onTime: 0.914, exceptions: 0 },
  neverReports: ['exception', 'attempt'],
};
const hindsight: MadeCarrier = {
  ...{ code: 'gls', name: 'GLS', parcels: 3100, transit: 61, onTime: 0.842, exceptions: 0.091 },
  foreseen: 0.7,
};

describe('a carrier that never reports', () => {
  let pages: Pages;
  beforeAll(async () => {
    pages = await report([telling, silent, hindsight]);
  });

  it('has words in place of its rates, in the table that sets it beside others', () => {
    const row = readRow(pages('index.html'), 'DPD');
    for (const column of ['Carrier exceptions', 'First attempt succeeds'])
      expect(row[column], column).toBe('<span class="muted">not reported</span>');
    expect(toText(row['On time'] ?? '')).toMatch(/^91\.\d %/);
    const other = readRow(pages('index.html'), 'PostNL');
    for (const column of ['Carrier exceptions', 'First attempt succeeds'])
      expect(toText(other[column] ?? ''), column).toMatch(/^\d+\.\d %/);
  });

  it('on its own page, where the change says nothing either', () => {
    const page = pages('carrier-dpd.html');
    expect(readTile(page, 'Exception within 14 days')).toBe(
      'not reported for none of 20,800 parcels in a year',
    );
    expect(readTile(page, 'Delivered at the first attempt')).toMatch(/^not reported/);
    expect(readTile(page, 'On time, carrier’s view')).toMatch(/^91\.\d %/);
    const change =
      page
        .split('<tr')
        .slice(1)
        .find((part) => part.includes('>Exceptions</a>')) ?? '';
    expect(toText(`<tr${change}`)).toBe(
      'Exceptions not reported not reported – not comparable with the period before',
    );
  });

  it('leaves the rate of all carriers as it is, while one of them reports', () => {
    expect(readTile(pages('index.html'), 'Exception within 14 days')).toMatch(/^\d+\.\d %/);
  });

  it('is told of all carriers where none of them ever does', async () => {
    const few = { ...telling, code: 'brt', name: 'BRT', parcels: 20 };
    const all = [telling, silent, few].map((carrier) => ({ ...carrier, neverReports: ['exception'] }));
    const page = (await report(all))('index.html');
    expect(readTile(page, 'Exception within 14 days')).toBe(
      'not reported for none of 58,480 parcels in a year',
    );
    expect(toText(readRow(page, 'All carriers')['First attempt succeeds'] ?? '')).toMatch(/^90\.0 %/);
  });

  it('stands behind no figure of all other carriers, which a sheet for one of them shows', async () => {
    const others = ['x', 'y'].map((code) => ({ ...telling, code, name: code, neverReports: ['exception'] }));
    const copy = await report([{ ...hindsight, foreseen: 0.98 }, ...others], { forCarrier: 'gls' });
    const read = (metric: string) => readRow(copy('index.html'), metric, 'Figures of the window');
    const exceptions = read('Exceptions, carrier');
    expect(toText(exceptions['All other carriers'] ?? '')).toBe('not shown');
    expect(toText(exceptions.GLS ?? '')).toMatch(/^\d+\.\d %/);
    const transit = read('Attempted within 2 working days');
    expect(toText(transit['All other carriers'] ?? '')).toMatch(/^\d+\.\d %/);
  });
});

describe('on time of promises that were read too late', () => {
  let pages: Pages;
  beforeAll(async () => {
    pages = await report([telling, hindsight]);
  });

  it('is not judged, in grey, and not sorted on', () => {
    const page = pages('index.html');
    const row = readRow(page, 'GLS');
    expect(row['On time']).toBe(
      '<span class="muted">not judged</span><span class="sub reason">promises were read too late</span>',
    );
    expect(page.match(/<td class="num"><span class="muted">not judged/g)).toHaveLength(1);
    expect(row['Against the others, on time']).toBe('<span class="muted">–</span>');
    expect(toText(readRow(page, 'PostNL')['On time'] ?? '')).toMatch(/^95\.\d %/);
    expect(toText(row['Carrier exceptions'] ?? '')).toMatch(/^\d+\.\d %/);
  });

  it('nor said on its own page, in no tile, heading or change', () => {
    const page = pages('carrier-gls.html');
    expect(readTile(page, 'On time, carrier’s view')).toBe('not judged promises were read too late');
    expect(toText(page)).toContain('The promise: not judged, promises were read too late');
    expect(toText(page)).not.toContain('the carrier kept');
    expect(toText(pages('carrier-postnl.html'))).toContain('the carrier kept 95.');
  });

  it('from the share on that the models judge it by', async () => {
    const scratch = await openScratch();
    await scratch.build({ asOf: new Date('2026-11-03T04:30:00Z'), days: 90 });
    expect(await scratch.rows('select cast(foreseen_from() as double) as share')).toEqual([
      { share: foreseenFrom },
    ]);
    scratch.close();
  });
});

const data = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shared', 'data');

describe.each([
  ['parcel-milestones.ndjson.gz', '2023-07-15T00:00:00Z'],
  ['olist.ndjson.gz', '2018-11-01T00:00:00Z'],
])('real timelines without any exception, %s', (file, at) => {
  const isThere = existsSync(join(data, file));

  it.skipIf(!isThere)(
    'read "not reported"',
    async () => {
      const asOf = new Date(at);
      const lines = gunzipSync(readFileSync(join(data, file)))
        .toString('utf8')
        .split('\n')
        .filter(Boolean);
      const scratch = await openScratch();
      await scratch.land(lines.map((line) => ({ observedAt: asOf, response: JSON.parse(line) })));
      await scratch.build({ asOf, days: 90 });
      const published = join(folder, file);
      await publish(scratch.connection, {
        published,
        runId: 'run-1',
        tables: publicTables,
        writeComments: async () => {},
      });
      const carriers = await scratch.rows<{ carrier_code: string; is_reported: boolean | null }>(
        `select carrier_code, is_reported from carrier_reports where kind = 'exception'`,
      );
      scratch.close();
      // of those with few parcels nobody can say
      expect(new Set(carriers.map(({ is_reported }) => is_reported))).toContain(false);
      expect(carriers.map(({ is_reported }) => is_reported)).not.toContain(true);
      const pages = await writePages(join(published, 'shipping.duckdb'), { singleFile: true });
      expect(readTile(pages('index.html'), 'Exception within 14 days')).toMatch(
        /^not reported for none of [\d,]+ parcels/,
      );
    },
    120_000,
  );
});
