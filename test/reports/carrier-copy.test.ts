import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { narrowSnapshot } from '../../reports/narrow.js';
import type { AgreedSheet } from '../../reports/parts/agreed.js';
import { writeReport } from '../../reports/report.js';
import { makeAskedParcels } from './pages/asked.js';
import { makeParameters, type Tables, writeSnapshot } from './pages/fixture.js';
import { makeTables } from './pages/made.js';

const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-carrier-copy-'));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;

type Options = Partial<Parameters<typeof writeReport>[0]>;

async function save(tables: Tables): Promise<string> {
  count += 1;
  const path = join(folder, `snapshot-${count}.duckdb`);
  await writeSnapshot(path, tables);
  return path;
}

async function write(snapshotPath: string, options: Options) {
  count += 1;
  const outDir = join(folder, `copy-${count}`);
  const result = await writeReport({ snapshotPath, outDir, ...options });
  const read = (file: string) => readFileSync(join(outDir, file), 'utf8');
  return { ...result, outDir, read, text: (file: string) => toText(read(file)) };
}

function toText(page: string): string {
  return page
    .replace(/<(svg|style|script|pre)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('\u00a0', ' ')
    .replace(/\s+/g, ' ');
}

/** Every text of a folder by its place, what is packed in a workbook too. */
function readAll(outDir: string): Map<string, string> {
  const texts = new Map<string, string>();
  for (const file of readdirSync(outDir, { recursive: true, encoding: 'utf8' })) {
    const bytes = readFileSync(join(outDir, file));
    if (extname(file) !== '.xlsx') texts.set(file, bytes.toString('utf8'));
    else
      for (const [part, packed] of Object.entries(unzipSync(bytes)))
        texts.set(`${file}/${part}`, strFromU8(packed));
  }
  return texts;
}

let snapshotPath = '';
let copy: Awaited<ReturnType<typeof write>>;
beforeAll(async () => {
  snapshotPath = await save({ ...makeTables(), ...makeAskedParcels() });
  copy = await write(snapshotPath, {
    ...{ forCarrier: 'dpd', previousSnapshotPath: snapshotPath },
    runInfo: { status: ['GLS failed'], failedChecks: ['promises of gls'] },
  });
});

const another = /PostNL|\bpostnl|GLS|\bgls|DHL|\bdhl_|Correos|\bcorreos|\bBRT\b|\bbrt\b/;

describe('every byte of a copy', () => {
  it('names no other carrier and no parcel of one', () => {
    const texts = readAll(copy.outDir);
    expect([...texts.keys()]).toEqual(
      expect.arrayContaining(['index.html', 'carrier-dpd.html', 'report.js', 'report.css']),
    );
    expect([...texts.keys()].some((name) => name.startsWith('parcels-dpd.xlsx/'))).toBe(true);
    texts.set('agreed', JSON.stringify(copy.agreed));
    for (const [name, content] of texts) {
      expect(content, name).not.toMatch(another);
      expect(content, name).not.toMatch(/3SOTHER|GLSNUMBER|3S1\d{5}|secret/);
    }
    // what is looked for would be found: the same eyes on the report of the house
    expect(toText(copy.read('index.html'))).toContain('DPD');
  });

  it('finds all of it in the report that is not narrowed', async () => {
    const home = await write(snapshotPath, {});
    const texts = [...readAll(home.outDir).values()].join('\n');
    for (const word of ['PostNL', 'GLSNUMBER78', '3SOTHER79', 'A secret strike'])
      expect(texts).toContain(word);
  });

  it('holds no total over carriers, and nothing reckoned from them', async () => {
    // 18,371 parcels were scanned by all, 13,171 by all others
    for (const [name, content] of readAll(copy.outDir)) expect(content, name).not.toMatch(/18,?922|18,?371/);
    const { snapshot } = await narrowSnapshot(snapshotPath, 'dpd');
    expect(new Set(snapshot.carrierPerformance.map((row) => row.carrier_code))).toEqual(new Set(['dpd']));
    const [row] = snapshot.carrierPerformance;
    const reckoned = Object.entries(row ?? {}).filter(([name]) => /vs_others|_adj|_expected/.test(name));
    expect(reckoned.length).toBeGreaterThan(10);
    expect(reckoned.filter(([, value]) => value !== null)).toEqual([]);
    expect(snapshot.comparisons).toEqual([]);
    expect(snapshot.cases).toEqual([]);
    expect(snapshot.quality).toEqual([]);
    expect(snapshot.targets).toHaveLength(1);
    expect(snapshot.targets[0]?.note).toBeNull();
    expect(snapshot.notes.map(({ text }) => text)).toEqual(['New depot of its own']);
  });

  it('is the same when it is made again', async () => {
    const again = await write(snapshotPath, { forCarrier: 'DPD' });
    expect(readAll(again.outDir)).toEqual(readAll(copy.outDir));
    expect(again.agreed).toEqual(copy.agreed);
  });

  it('keeps the carrier’s colour', async () => {
    // DPD is the second of the house
    expect(copy.read('carrier-dpd.html')).toContain('var(--carrier-2)');
    expect(copy.read('carrier-dpd.html')).not.toContain('var(--carrier-1)');
  });

  it('has no link that leads nowhere', () => {
    const files = new Set(readdirSync(copy.outDir));
    for (const page of copy.pages)
      for (const [, href = ''] of copy.read(page).matchAll(/ href="([^"]*)"/g)) {
        if (href === 'data:,') continue;
        const [file = '', anchor] = href.split('#');
        expect(files, `${page}: ${href}`).toContain(file || page);
        if (anchor)
          expect(copy.read(file || page).includes(` id="${anchor}"`), `${page}: ${href}`).toBe(true);
      }
  });
});

describe('the sheet', () => {
  it('begins with window and definitions, then targets with the shipper’s part beside them', () => {
    const text = copy.text('index.html');
    const places = [
      '5 Aug to 2 Nov 2026: what is counted',
      'One figure is agreed: 1 missed',
      'The shipper’s part Handed over late: 3.0 %',
      'The figures of DPD',
      'The lanes of DPD',
      'Seen by both sides',
      '3 parcels to answer for',
    ].map((words) => text.indexOf(words));
    expect(places.every((place) => place > 0)).toBe(true);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    expect(text).toContain('short by 139 to 214');
  });

  it('asks about the carrier’s own parcels, each with the reasons that the figures count, and room to answer', () => {
    const text = copy.text('index.html');
    expect(text).toContain('1 silent now, 2 late and 1 with an exception of the carrier’s');
    expect(text).toContain('1 parcel that another carrier had a part in is not listed');
    const rows = copy
      .read('index.html')
      .split('<tr>')
      .filter((row) => row.includes('class="answer"'));
    expect(rows.map((row) => /0534\d+/.exec(row)?.[0]?.slice(-1))).toEqual(['3', '1', '2']);
    expect(rows[0]).toContain('silent for 22 working days');
    expect(rows[1]).toContain('3 days late');
    expect(rows[2]).toMatch(/1 day late[^<]*<br>damaged/);
    // the recipient’s refusal is nobody’s to answer for here
    expect(text).not.toContain('05340000000000000004');
  });

  it('comes with a workbook: numbers as text, dates as dates, an empty column for the answer', () => {
    const parts = unzipSync(readFileSync(join(copy.outDir, 'parcels-dpd.xlsx')));
    const part = (name: string) => strFromU8(parts[name] ?? new Uint8Array());
    const strings = part('xl/sharedStrings.xml');
    expect(strings).toContain('05340000000000000001');
    expect(strings).toContain('>Answer<');
    const sheet = part('xl/worksheets/sheet1.xml');
    expect(sheet).toMatch(/<c r="A2" t="s">/);
    // the promised day, 2 October 2026, as days since 1899-12-30
    expect(sheet).toContain('<v>46297</v>');
    expect(sheet).not.toMatch(/<c r="F2"[^>]*><v>/);
  });

  it('has neither list nor workbook without parcels, and says so', async () => {
    const bare = await write(snapshotPath, { forCarrier: 'dpd', withoutParcels: true });
    expect(readdirSync(bare.outDir).filter((name) => name.endsWith('.xlsx'))).toEqual([]);
    for (const [name, content] of readAll(bare.outDir)) expect(content, name).not.toMatch(/0534\d{10}/);
    expect(bare.text('index.html')).toContain('made without tracking numbers');
    expect(bare.text('index.html')).toContain('1 silent now, 2 late');
  });

  it('is, with its definitions, one file on demand', async () => {
    const single = await write(snapshotPath, { forCarrier: 'dpd', singleFile: true });
    expect(readdirSync(single.outDir).sort()).toEqual(['index.html', 'parcels-dpd.xlsx']);
    for (const [, href = ''] of single.read('index.html').matchAll(/ href="([^"]*)"/g)) {
      if (href === 'data:,') continue;
      expect(href).toMatch(/^#/);
      expect(single.read('index.html').includes(` id="${href.slice(1)}"`), href).toBe(true);
    }
    expect(single.read('index.html')).not.toMatch(another);
  });

  it('tells the figures of the page in what is kept, and no parcel', () => {
    const agreed = copy.agreed as AgreedSheet;
    expect(agreed).toMatchObject({
      ...{ carrier_code: 'dpd', carrier_name: 'DPD', data_as_of: '2026-11-03T04:12:00Z' },
      window: { from: '2026-08-05', to: '2026-11-02', days: 90 },
    });
    const onTime = agreed.figures.find(({ metric }) => metric === 'on_time_rate');
    expect(onTime?.definition.counted).toContain('promised date');
    expect(copy.text('index.html')).toContain(`${((onTime?.value ?? 0) * 100).toFixed(1)} %`);
    expect(JSON.stringify(agreed)).not.toMatch(/0534\d{10}/);
  });

  it('says of a carrier without parcels, targets or promises what is missing', async () => {
    const few = await save({
      ...makeTables({ hasPromises: false }),
      parcels: [],
      rate_answers: [],
      stalled_parcels: [],
    });
    const sheet = await write(few, { forCarrier: 'brt' });
    expect(sheet.text('index.html')).toContain('No figure is agreed');
    expect(sheet.text('index.html')).toContain('No parcel to answer for');
    expect(sheet.text('index.html')).not.toMatch(/\b(NaN|undefined|null|Infinity|\[object)|On time/);
  });
});

describe('an earlier sheet', () => {
  it('stands beside this one, from a file or from a snapshot', async () => {
    const before = await save({
      ...makeTables(),
      ...makeAskedParcels(),
      run_parameters: [makeParameters({ window_start_date: '2026-05-07', window_end_date: '2026-08-04' })],
    });
    const earlier = (await write(before, { forCarrier: 'dpd' })).agreed;
    const file = join(folder, 'earlier.json');
    writeFileSync(file, JSON.stringify(earlier));
    const fromFile = await write(snapshotPath, { forCarrier: 'dpd', against: { file } });
    expect(fromFile.text('index.html')).toContain('Against 7 May to 4 Aug 2026: no figure changed clearly');
    const fromSnapshot = await write(snapshotPath, {
      forCarrier: 'dpd',
      against: { snapshotPath: before, name: 'q2' },
    });
    expect(fromSnapshot.read('index.html')).toBe(fromFile.read('index.html'));
    for (const [name, content] of readAll(fromSnapshot.outDir)) expect(content, name).not.toMatch(another);
  });

  it('of another carrier, of other definitions or of no kind is refused, and nothing is written', async () => {
    const file = join(folder, 'other.json');
    const attempt = async (text: string) => {
      writeFileSync(file, text);
      const outDir = join(folder, 'never');
      await expect(
        writeReport({ snapshotPath, outDir, forCarrier: 'dpd', against: { file } }),
      ).rejects.toMatchObject({ code: 'OTHER_SHEET', exitCode: 2, message: expect.stringContaining(file) });
      expect(readdirSync(folder)).not.toContain('never');
    };
    await attempt(JSON.stringify((await write(snapshotPath, { forCarrier: 'gls' })).agreed));
    const figures = copy.agreed?.figures.map((figure) => ({
      ...figure,
      definition: { ...figure.definition, counted: 'otherwise' },
    }));
    await attempt(JSON.stringify({ ...copy.agreed, figures }));
    await attempt('no sheet');
  });
});
