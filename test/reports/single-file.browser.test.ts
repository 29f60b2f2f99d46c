import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeReport } from '../../reports/report.js';
import { hasChromium, launchBrowser, visit } from './browser.js';
import { writeSnapshot } from './pages/fixture.js';
import { makeTables } from './pages/made.js';

// All pages in one file, as it is sent by e-mail.

const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-single-'));
const file = join(folder, 'single', 'index.html');
let page = '';
let pagesOfFolder: string[] = [];

beforeAll(async () => {
  const snapshotPath = join(folder, 'snapshot.duckdb');
  // names that mean something to a replacement, to HTML and to CSS
  const text = (plain: string) => (plain === 'GLS' ? 'GLS "$&" <b>$1</b> }' : plain);
  await writeSnapshot(snapshotPath, makeTables({ text }));
  ({ pages: pagesOfFolder } = await writeReport({ snapshotPath, outDir: join(folder, 'folder') }));
  await writeReport({ snapshotPath, outDir: join(folder, 'single'), singleFile: true });
  page = readFileSync(file, 'utf8');
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

const anchors = () =>
  pagesOfFolder.filter((each) => each !== 'compare.html').map((each) => each.replace('.html', ''));

describe('the single file', () => {
  it('is one file below 3 MB that fetches nothing, its style and script named by their hashes', () => {
    expect(readdirSync(join(folder, 'single'))).toEqual(['index.html']);
    expect(page.length).toBeLessThan(3_000_000);
    expect(page).toMatch(
      /default-src 'none'; style-src 'sha256-[\w+/=]+' 'sha256-[\w+/=]+'; script-src 'sha256-[\w+/=]+';/,
    );
    expect(page).not.toMatch(/<link rel="stylesheet"|<script src|url\(['"]?https?:/);
  });

  it('has every page of the folder but head to head, and says so', () => {
    const sheets = [...page.matchAll(/<article class="sheet" id="([^"]*)"/g)].map(([, id]) => id);
    expect([...sheets].sort()).toEqual(anchors().sort());
    expect(sheets.length).toBeGreaterThan(12);
    expect(page).toContain('Head to head and the lists of parcels as files are in the folder');
    expect(page).not.toContain('compare.html');
    for (const id of anchors()) expect(page).toContain(`<li><a href="#${id}">`);
  });

  it('has each name once, and every link and every reference leads to one of them', () => {
    const ids = [...page.matchAll(/<[a-z][^>]* id="([^"]*)"/g)].map(([, id]) => id ?? '');
    expect(ids.length).toBeGreaterThan(200);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    const known = new Set(ids);
    const links = [...page.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, href]) => href ?? '');
    expect(links.length).toBeGreaterThan(300);
    expect(links.filter((href) => !href.startsWith('#') || !known.has(href.slice(1)))).toEqual([]);
    const references = [
      ...page.matchAll(/ (?:aria-labelledby|aria-describedby|for)="([^"]*)"/g),
      ...page.matchAll(/url\(#([^)]*)\)/g),
    ].flatMap(([, names]) => (names ?? '').split(' '));
    expect(references.filter((name) => !known.has(name))).toEqual([]);
  });

  it('keeps what stands in a name as it is', () => {
    expect(page).toContain('GLS &quot;$&amp;&quot; &lt;b&gt;$1&lt;/b&gt; }');
    expect(page).not.toContain('<b>$1</b>');
  });
});

describe.skipIf(!hasChromium)('the single file in Chromium', { timeout: 120_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  it('leads from page to page by its links, asks for nothing, and fits a phone', async () => {
    const { page: tab, troubles, close } = await visit(browser, file, { width: 1280 });
    await tab.locator('#contents a', { hasText: 'Lanes' }).click();
    expect(new URL(tab.url()).hash).toBe('#lanes');
    const top = () => tab.evaluate<number>(`document.getElementById('lanes').getBoundingClientRect().top`);
    expect(Math.abs(await top())).toBeLessThan(60);
    await tab.locator('[id="index.carriers"] .more a').first().click();
    expect(new URL(tab.url()).hash).toMatch(/^#methodology\.[a-z_0-9]+$/);
    await tab.setViewportSize({ width: 390, height: 844 });
    expect(await tab.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    const [download] = await Promise.all([
      tab.waitForEvent('download'),
      tab.locator('[id="targets"] .save button').first().click(),
    ]);
    expect(readFileSync(await download.path(), 'utf8')).toMatch(/^Figure,/);
    expect(troubles).toEqual([]);
    await close();
  });

  it('satisfies axe in both themes', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      const { page: tab, close } = await visit(browser, file, { scheme });
      await tab.evaluate(axe.source);
      const rules =
        scheme === 'dark' ? ['color-contrast'] : ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'];
      const found = await tab.evaluate<axe.AxeResults>(
        `axe.run(document, { resultTypes: ['violations'], runOnly: ${JSON.stringify(rules)} })`,
      );
      // an empty corner of a table is minor, and the folder's too
      const violations = found.violations.filter(({ id }) => id !== 'empty-table-header');
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`)).toEqual([]);
      await close();
    }
  });

  it('begins a new sheet of paper with each page, and nothing but pages', async () => {
    const { page: tab, close } = await visit(browser, file);
    await tab.emulateMedia({ media: 'print' });
    const breaks = await tab.evaluate<string[]>(`[...document.querySelectorAll('.sheet')].map((each) => {
      const style = getComputedStyle(each);
      return style.breakBefore + ' ' + style.getPropertyValue('page');
    })`);
    expect(breaks[0]).toBe('auto auto');
    expect(new Set(breaks.slice(1).map((each) => each.split(' ')[0]))).toEqual(new Set(['page']));
    expect(breaks.slice(1).map((each) => each.split(' ')[1])).toEqual(
      await tab.$$eval('.sheet + .sheet', (all) => all.map(({ id }) => id)),
    );
    expect(await tab.locator('#contents').isVisible()).toBe(false);
    await close();
  });
});
