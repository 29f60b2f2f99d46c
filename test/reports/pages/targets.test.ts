import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ReportOptions, writeReport } from '../../../reports/report.js';
import { type Tables, writeSnapshot } from './fixture.js';
import { makeTables, makeTargetsSure } from './made.js';

const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-targets-'));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;

async function write(tables: Tables, options: Partial<ReportOptions> = {}) {
  count += 1;
  const snapshotPath = join(folder, `${count}.duckdb`);
  const outDir = join(folder, `report-${count}`);
  await writeSnapshot(snapshotPath, tables);
  await writeReport({ snapshotPath, outDir, ...options });
  const read = (file: string) => readFileSync(join(outDir, file), 'utf8');
  const rows = () =>
    read('targets.html')
      .split('<tr>')
      .slice(2)
      .map((row) => row.slice(0, row.indexOf('</tr>')));
  return { outDir, read, rows, say: (file: string) => toText(read(file)) };
}

const toText = (markup: string) =>
  markup
    .replace(/<(style|script|pre|svg)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('\u00a0', ' ')
    .replace(/\s+/g, ' ');

/** Six figures of six outcomes, in the order of the analyst's file. */
function agree(): Tables {
  const base = { metric: 'on_time_rate', first_start_date: '2026-08-05', last_start_date: '2026-11-02' };
  const figures: Record<string, unknown>[] = [
    {
      ...{
        carrier_code: 'postnl',
        target: 0.93,
        n: 900,
        x: 858,
        rate: 0.9533,
        rate_lo: 0.937,
        rate_hi: 0.965,
      },
      ...{ verdict: 'met', short_by: -21, short_by_lo: -31, short_by_hi: -6 },
    },
    {
      ...{ carrier_code: 'dpd', target: 0.92, n: 200, x: 175, rate: 0.875, rate_lo: 0.822, rate_hi: 0.914 },
      ...{ verdict: 'missed', short_by: 9, short_by_lo: 2, short_by_hi: 20, note: 'just outside' },
    },
    {
      ...{ carrier_code: 'gls', target: 0.9, n: 100, x: 87, rate: 0.87, rate_lo: 0.79, rate_hi: 0.922 },
      ...{ verdict: 'too_close', short_by: 3, short_by_lo: -2, short_by_hi: 11 },
    },
    {
      ...{ carrier_code: 'gls', target: 0.93, n: 3100, x: 2610, rate: 0.842, rate_lo: 0.829, rate_hi: 0.854 },
      ...{
        verdict: 'missed',
        short_by: 273,
        short_by_lo: 236,
        short_by_hi: 314,
        note: '=1+1 of <the> contract',
      },
    },
    {
      carrier_code: 'gls',
      target: 0.9,
      n: 6,
      x: 3,
      rate: 0.5,
      rate_lo: 0.19,
      rate_hi: 0.81,
      verdict: 'too_few',
    },
    {
      ...{
        metric: 'lost_30d_rate',
        target: 0.001,
        n: 9000,
        x: 30,
        rate: 0.0033,
        rate_lo: 0.0023,
        rate_hi: 0.0048,
      },
      ...{ verdict: 'missed', short_by: 21, short_by_lo: 12, short_by_hi: 34 },
    },
  ];
  const targets = figures.map((figure, index) => ({ ...base, ...figure, target_number: index + 1 }));
  const tables = makeTargetsSure({ ...makeTables(), targets });
  // the second lies wholly on one side, but not with all looks counted
  const candidates = (tables.candidates ?? []).map((row) =>
    row.kind === 'target' && row.target_number === 2 ? { ...row, p: 0.02, p_holm: 0.9, is_sure: false } : row,
  );
  return { ...tables, candidates };
}

let usual: Awaited<ReturnType<typeof write>>;
beforeAll(async () => {
  usual = await write(agree());
});

describe('the page of agreed figures', () => {
  it('says what is sure, and inks nothing else', () => {
    const { rows, say, read } = usual;
    expect(say('targets.html')).toContain('6 figures are agreed: 1 met, 2 missed, 3 not to tell yet');
    const words = rows().map(toText);
    expect(words.map((row) => row.match(/DPD|GLS|PostNL|All carriers/)?.[0])).toEqual([
      ...['GLS', 'All carriers', 'DPD', 'GLS', 'PostNL', 'GLS'],
    ]);
    expect(words[0]).toContain('84.2 % 82.9 to 85.4 n 3,100');
    expect(words[0]).toContain('missed short by 236 to 314 273 more would have met it');
    expect(words[1]).toContain('at most 0.1 %');
    expect(words[1]).toContain('missed over by 12 to 34 21 fewer would have met it');
    expect(words[2]).toContain('missed within chance, with all looks counted short by 2 to 20');
    expect(words[2]).not.toContain('would have met it');
    expect(words[3]).toContain('too close to tell 2 to spare to short by 11');
    expect(words[4]).toContain('met 6 to 31 to spare');
    expect(words[5]).toContain('too few');
    expect(words[5]).not.toContain('50.0 %');
    const inked = rows().map((row) => /<strong>(met|missed)<\/strong>/.test(row));
    expect(inked).toEqual([true, true, false, false, true, false]);
    const colours = rows().map((row) => row.match(/<circle[^>]* fill="([^"]*)"/)?.[1]);
    expect(colours[0]).toMatch(/^var\(--carrier-/);
    expect(colours.slice(1, 3)).toEqual(['var(--ink)', 'var(--paper)']);
    expect(read('targets.html')).toContain('=1+1 of &lt;the&gt; contract');
    expect(read('targets.html')).toContain('aria-label="84.2 % (82.9 to 85.4), agreed 93 %"');
  });

  it('draws each mark where its value is', () => {
    const { rows } = usual;
    const [, all] = rows();
    // the axis of 0 to 0.5 % is 156 px from 6 px: agreed 0.1 %, came 0.33 %
    expect(all).toContain('<text x="162" y="32" text-anchor="end">0.5 %</text>');
    expect(all).toContain('M37.2 1V');
    expect(all).toMatch(/<circle cx="10[89](\.\d)?"/);
  });

  it('comes as a workbook: dates as dates, a text that looks like a formula as text', () => {
    const { outDir, read } = usual;
    expect(read('targets.html')).toContain('href="targets.xlsx" download');
    const parts = unzipSync(readFileSync(join(outDir, 'targets.xlsx')));
    const sheet = strFromU8(parts['xl/worksheets/sheet1.xml'] ?? new Uint8Array());
    expect(sheet).toMatch(/<pane ySplit="1"[^>]*state="frozen"\/>/);
    // 5 August 2026 as a spreadsheet counts days
    expect(sheet).toContain(`<v>${Date.UTC(2026, 7, 5) / 86_400_000 + 25_569}</v>`);
    expect(sheet).not.toContain('<f>');
    const texts = Object.entries(parts)
      .map(([, part]) => strFromU8(part))
      .join('');
    expect(texts).toContain('=1+1 of &lt;the&gt; contract');
  });

  it('says what would fill it where nothing is agreed, and has no workbook then', async () => {
    const { outDir, say, read } = await write({ ...makeTables(), targets: [] });
    expect(say('targets.html')).toContain('No figure is agreed yet');
    expect(read('targets.html')).toContain(
      'carrier_code,from_country,to_country,delivery_type,service_level,metric,target,from_date,to_date,note',
    );
    expect(existsSync(join(outDir, 'targets.xlsx'))).toBe(false);
    expect(read('index.html')).toContain('<a href="targets.html">Targets</a>');
  });

  it('is, in a carrier’s copy, a part of the sheet: what was agreed with that carrier', async () => {
    const { outDir, say } = await write(agree(), { forCarrier: 'gls' });
    expect(say('index.html')).toContain('3 figures are agreed: 1 missed, 2 not to tell yet');
    expect(say('index.html')).not.toMatch(/PostNL|DPD|All carriers/);
    expect(existsSync(join(outDir, 'targets.html'))).toBe(false);
    expect(existsSync(join(outDir, 'targets.xlsx'))).toBe(false);
    const none = await write(agree(), { forCarrier: 'dhl_express' });
    expect(none.say('index.html')).toContain('No figure was agreed with this carrier for these days.');
  });
});
