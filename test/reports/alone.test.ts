import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeReport } from '../../reports/report.js';
import { writeSnapshot } from './pages/fixture.js';
import { makeTables } from './pages/made.js';

// A page that somebody opened out of an e-mail or an archive, without the folder that belongs to it.

let folder = '';
let pages: string[] = [];
const read = (file: string) => readFileSync(join(folder, 'report', file), 'utf8');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-alone-'));
  const snapshotPath = join(folder, 'snapshot.duckdb');
  await writeSnapshot(snapshotPath, makeTables());
  ({ pages } = await writeReport({ snapshotPath, outDir: join(folder, 'report') }));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('says what belongs to it, where the style sheet does not hide that', () => {
  expect(pages.length).toBeGreaterThan(5);
  const silent = pages.filter(
    (page) => !read(page).includes('<p class="alone">This page was opened without'),
  );
  expect(silent).toEqual([]);
  expect(read('report.css')).toMatch(/\.alone \{\s*display: none/);
});

it('gives every picture its size by itself', () => {
  const tags = pages.flatMap((page) => read(page).match(/<svg[^>]*>/g) ?? []);
  expect(tags.length).toBeGreaterThan(20);
  expect(tags.filter((tag) => !/ width="\d/.test(tag) || !/ height="\d/.test(tag))).toEqual([]);
});

it('needs no such words as one file', async () => {
  const outDir = join(folder, 'single');
  await writeReport({ snapshotPath: join(folder, 'snapshot.duckdb'), outDir, singleFile: true });
  expect(readFileSync(join(outDir, 'index.html'), 'utf8')).not.toContain('class="alone"');
});
