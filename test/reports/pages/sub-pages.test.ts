import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeReport } from '../../../reports/report.js';
import { writeSnapshot } from './fixture.js';
import { makeTables, makeTargetsSure, someCarriers } from './made.js';

let folder = '';
let pages: string[] = [];
const markup = (file: string) => readFileSync(join(folder, 'report', file), 'utf8');
/** The words of one section, without its drawings. */
const say = (file: string, section: string) => {
  const [, after = ''] = markup(file).split(`<section id="${section}"`);
  const [inside = ''] = after.split('</section>');
  return inside
    .replace(/<svg[\s\S]*?<\/svg>/g, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-sub-pages-'));
  const snapshotPath = join(folder, 'snapshot.duckdb');
  const carriers = someCarriers.map((carrier) =>
    carrier.code === 'dpd' ? { ...carrier, neverReports: ['exception'] } : carrier,
  );
  await writeSnapshot(snapshotPath, makeTargetsSure(makeTables({ carriers })));
  ({ pages } = await writeReport({ snapshotPath, outDir: join(folder, 'report') }));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('gives a carrier with fewer than 30 parcels a line, and no page', () => {
  expect(pages.filter((page) => page.startsWith('carrier-'))).toEqual([
    'carrier-postnl.html',
    'carrier-dpd.html',
    'carrier-gls.html',
    'carrier-dhl-express.html',
  ]);
  expect(say('index.html', 'carriers')).toContain('Correos');
});

it('says where an alert comes from, what was noted and what was agreed', () => {
  expect(say('carrier-gls.html', 'trend')).toMatch(
    /On time \(carrier’s view\) below its limits, weeks of [^;]*; from: NL to BE, 8 of 38, usual 91\.6 %/,
  );
  expect(say('carrier-gls.html', 'trend')).toContain('21 Oct 2026, Strike in Belgium');
  expect(say('carrier-gls.html', 'trend')).not.toContain('New depot');
  expect(say('carrier-postnl.html', 'trend')).toContain('New depot');
  expect(say('carrier-gls.html', 'targets')).toMatch(
    /One figure is agreed: 1 missed.*all lanes .*contract 2026 at least 93 % 84\.2 %.*missed short by 242 to 304/,
  );
  expect(markup('carrier-dhl-express.html')).not.toContain('id="targets"');
  expect(markup('carrier-gls.html')).toContain('target 93.0 %');
});

it('has each carrier’s own breakdown, not that of all', () => {
  expect(say('carrier-gls.html', 'where')).toContain(
    'Of its first 14 days a GLS parcel is not delivered for 4.0 days: 13 h ours, 3.1 days the carrier’s',
  );
  expect(say('carrier-postnl.html', 'where')).toContain('13 h ours, 31 h the carrier’s');
});

it('says what a carrier never reports, on its page and where it stands among others', () => {
  expect(say('carrier-dpd.html', 'reports')).toContain('DPD never reports exceptions');
  expect(say('carrier-dpd.html', 'owners')).toContain('not reported');
  expect(say('carrier-gls.html', 'owners')).not.toContain('not reported');
  expect(say('exceptions.html', 'codes')).toContain('not reported');
  expect(say('exceptions.html', 'funnel')).toContain('DPD (not reported)');
});

it('counts the labels made after the cut-off as ours', () => {
  expect(say('first-scan.html', 'cut-offs')).toContain(
    '3,215 of 12,860 labels were made after the cut-off of 15:00: that is ours',
  );
});

it('sets no raw rate beside what others reach elsewhere', () => {
  for (const page of pages.filter((each) => each !== 'methodology.html'))
    expect(markup(page), page).not.toMatch(/expected|adjusted/i);
});

it('leads from a lane to head to head on it, from the map and from the table', () => {
  const link =
    'href="compare.html#carrier=gls&amp;against=*&amp;lane=NL-NL&amp;type=home&amp;measure=on_time_rate"';
  expect(markup('lanes.html').split(link).length - 1).toBe(2);
  expect(pages).toContain('compare.html');
});

it('has open parcels in three heaps', () => {
  expect(say('open-parcels.html', 'act')).toMatch(
    /^[^>]*>? ?60 parcels to ask about now|60 parcels to ask about now/,
  );
  expect(say('open-parcels.html', 'claim')).toContain('No parcel to claim');
  expect(say('carrier-gls.html', 'ask')).toContain('10 parcels to ask about now, 0 to claim');
});
