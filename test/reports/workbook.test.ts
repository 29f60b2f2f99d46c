import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { type Sheet, writeWorkbook } from '../../reports/parts/workbook.js';

const folder = mkdtempSync(join(tmpdir(), 'workbook-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The parts of a workbook, by name. */
async function write(sheet: Sheet): Promise<(name: string) => string> {
  const path = join(folder, 'book.xlsx');
  await writeWorkbook(path, [sheet]);
  const parts = unzipSync(readFileSync(path));
  return (name) => strFromU8(parts[name] ?? new Uint8Array());
}

const sheet: Sheet = {
  name: 'parcels: a/b',
  columns: [
    { name: 'tracking_number', kind: 'text' },
    { name: 'first_scan_at', kind: 'time' },
    { name: 'promised_date', kind: 'date' },
    { name: 'hours', kind: 'number' },
    { name: 'is_return', kind: 'boolean' },
  ],
  rows: [
    ['00340434292135100186', Date.UTC(2026, 2, 29, 1, 30), Date.UTC(2026, 2, 29), 30.5, false],
    ['=HYPERLINK("https://example.org")', null, null, Number.NaN, true],
    ['a\u0000b\ud800c<&>', null, null, null, null],
    ['x'.repeat(40_000), null, null, null, null],
  ],
};

describe('a workbook', () => {
  it('has dates as dates, numbers of parcels as text, and a header row that stays in sight', async () => {
    const part = await write(sheet);
    const rows = part('xl/worksheets/sheet1.xml');
    expect(rows).toMatch(/<pane ySplit="1"[^>]*state="frozen"\/>/);
    // Days since 1899-12-30, whatever the zone of this machine: 2026-03-29 is 46110.
    expect(rows).toContain('<v>46110.0625</v>');
    expect(rows).toContain('<v>46110</v>');
    expect(part('xl/styles.xml')).toContain('formatCode="yyyy-mm-dd hh:mm:ss"');
    expect(rows).toMatch(/<c r="A2" t="s">/);
    expect(part('xl/sharedStrings.xml')).toContain('00340434292135100186');
    expect(rows).toMatch(/<c r="E2" t="b"><v>0<\/v>/);
    expect(part('xl/workbook.xml')).toContain('name="parcels  a b"');
  });

  it('holds whatever text comes, runs none of it, and opens', async () => {
    const part = await write(sheet);
    expect(part('xl/worksheets/sheet1.xml')).not.toContain('<f>');
    const texts = part('xl/sharedStrings.xml');
    expect(texts).toContain('=HYPERLINK(');
    expect(texts).toContain('abc&lt;&amp;&gt;');
    expect(texts).toContain(`${'x'.repeat(32_766)}…`);
    expect(texts).not.toContain('x'.repeat(32_767));
  });
});
