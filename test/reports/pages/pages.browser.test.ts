import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { parse } from 'csv-parse/sync';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeReport } from '../../../reports/report.js';
import { hasChromium, launchBrowser, visit } from '../browser.js';
import { writeSnapshot } from './fixture.js';
import { makeTables } from './made.js';

/** An A4 page less its margins, in CSS pixels. */
const printable = { width: Math.floor(((210 - 24) / 25.4) * 96), height: ((297 - 24) / 25.4) * 96 };

describe.skipIf(!hasChromium)('pages in Chromium, opened from the disk', { timeout: 240_000 }, () => {
  let folder = '';
  let outDir = '';
  let browser: Browser;
  let pages: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-pages-'));
    outDir = join(folder, 'report');
    const snapshotPath = join(folder, 'snapshot.duckdb');
    await writeSnapshot(snapshotPath, makeTables());
    await writeReport({ snapshotPath, outDir });
    // one carrier's page stands for all of them
    pages = readdirSync(outDir).filter(
      (file) => file.endsWith('.html') && !/^carrier-(?!gls|brt)/.test(file),
    );
    browser = await launchBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  // opening a page takes longer than looking at it, so that each is opened once and looked at from all sides
  test('each is styled, asks for nothing, and prints whole drawings without what only a screen needs', async () => {
    for (const file of pages) {
      const { page, troubles, close } = await visit(browser, join(outDir, file));
      const look = () =>
        page.evaluate<{ scrollWidth: number; background: string }>(`({
          scrollWidth: document.documentElement.scrollWidth,
          background: getComputedStyle(document.body).backgroundColor,
        })`);
      for (const width of [1440, 390]) {
        await page.setViewportSize({ width, height: 900 });
        expect((await look()).scrollWidth, `${file} at ${width}`).toBeLessThanOrEqual(width);
      }
      expect((await look()).background, file).toBe('rgb(255, 255, 255)');
      await page.emulateMedia({ colorScheme: 'dark' });
      const dark = await look();
      expect(dark.background, file).toBe('rgb(20, 23, 26)');
      expect(dark.scrollWidth, file).toBeLessThanOrEqual(390);
      await page.setViewportSize({ width: printable.width, height: 900 });
      await page.emulateMedia({ media: 'print', colorScheme: 'light' });
      const printed = await page.evaluate<{
        figures: { height: number; breaks: string }[];
        navigation: string;
        narrow: boolean;
      }>(`({
        figures: [...document.querySelectorAll('.figure')].map((figure) => ({
          height: figure.getBoundingClientRect().height,
          breaks: getComputedStyle(figure).breakInside,
        })),
        navigation: getComputedStyle(document.querySelector('nav')).display,
        narrow: [...document.querySelectorAll('.narrow')].every((each) => getComputedStyle(each).display === 'none'),
      })`);
      expect(printed.navigation, file).toBe('none');
      expect(printed.narrow, file).toBe(true);
      for (const figure of printed.figures) {
        expect(figure.breaks, file).toBe('avoid');
        expect(figure.height, file).toBeLessThan(printable.height);
      }
      expect(troubles, file).toEqual([]);
      await close();
    }
  });

  test('axe finds nothing serious in either theme, and headings go down one level at a time', async () => {
    for (const file of pages) {
      const { page, close } = await visit(browser, join(outDir, file));
      const levels = await page.$$eval('h1, h2, h3, h4', (all) =>
        all.map((heading) => Number(heading.tagName[1])),
      );
      expect(levels[0], file).toBe(1);
      for (const [index, level] of levels.entries())
        expect(level - (levels[index - 1] ?? 0), file).toBeLessThanOrEqual(1);
      await page.evaluate(axe.source);
      // the dark theme differs in colours alone, and these pages have all of them
      const isColourful = ['index.html', 'exceptions.html', 'carrier-gls.html'].includes(file);
      for (const scheme of isColourful ? (['light', 'dark'] as const) : (['light'] as const)) {
        await page.emulateMedia({ colorScheme: scheme });
        const rules =
          scheme === 'dark' ? ['color-contrast'] : ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'];
        const found = await page.evaluate<axe.AxeResults>(
          `axe.run(document, { resultTypes: ['violations'], runOnly: ${JSON.stringify(rules)} })`,
        );
        const serious = found.violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`);
        expect(serious, `${file}, ${scheme}`).toEqual([]);
      }
      await close();
    }
  });

  test('the carrier table is sorted by keyboard; unranked rows stay last', async () => {
    const { page, troubles, close } = await visit(browser, join(outDir, 'index.html'));
    const names = () =>
      page.$$eval('#carriers tbody th .name:first-child', (all) => all.map((each) => each.textContent));
    const header = page.locator('#carriers thead th', { hasText: /^On time$/ });
    await header.locator('button').focus();
    await page.keyboard.press('Enter');
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    expect((await names()).slice(0, 4)).toEqual(['DHL Express', 'PostNL', 'DPD', 'GLS']);
    await page.keyboard.press('Space');
    expect(await header.getAttribute('aria-sort')).toBe('ascending');
    expect((await names()).slice(0, 4)).toEqual(['GLS', 'DPD', 'PostNL', 'DHL Express']);
    expect(await page.locator('#carriers [aria-sort]').count()).toBe(1);
    expect(troubles).toEqual([]);
    await close();
  });

  test('a carrier is hidden and shown again by keyboard', async () => {
    const { page, close } = await visit(browser, join(outDir, 'index.html'));
    const button = page.locator('#delivered-within .toggles button', { hasText: 'GLS' });
    const visibility = () =>
      page.evaluate<string>(
        `getComputedStyle(document.querySelector('#delivered-within .wide [data-carrier="gls"]')).visibility`,
      );
    await button.focus();
    await page.keyboard.press('Enter');
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    expect(await visibility()).toBe('hidden');
    await page.keyboard.press('Enter');
    expect(await button.getAttribute('aria-pressed')).toBe('true');
    expect(await visibility()).toBe('visible');
    await close();
  });

  test('a mark shows its text under the pointer, and Escape takes it away', async () => {
    const { page, close } = await visit(browser, join(outDir, 'index.html'));
    const mark = page.locator('#cases .wide [data-tip]').last();
    await mark.scrollIntoViewIfNeeded();
    await mark.hover({ force: true });
    const tip = page.locator('.tip');
    expect(await tip.isVisible()).toBe(true);
    expect(await tip.textContent()).toMatch(/\S/);
    await page.keyboard.press('Escape');
    expect(await tip.isVisible()).toBe(false);
    await close();
  });

  test('the SQL opens and is copied', async () => {
    const { page, close } = await visit(browser, join(outDir, 'index.html'));
    await page.locator('#carriers summary').focus();
    await page.keyboard.press('Enter');
    const button = page.locator('#carriers .sql button');
    await button.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => button.textContent()).toMatch(/Copied|Selected/);
    await close();
  });

  test("a table's rows are saved as CSV, as the files beside the pages are written", async () => {
    const { page, troubles, close } = await visit(browser, join(outDir, 'index.html'));
    await page.evaluate(`document.querySelector('#carriers tbody .name').textContent = '=HYPERLINK("x", 1)'`);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('#carriers .save button').click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^index-carriers-[a-z-]+\.csv$/);
    const text = readFileSync((await download.path()) ?? '', 'utf8');
    const rows = parse(text, { columns: true }) as Record<string, string>[];
    expect(rows.length).toBe(await page.locator('#carriers tbody tr').count());
    expect(rows[0]?.Carrier).toBe(`'=HYPERLINK("x", 1)`);
    const shares = rows.map((row) => row['On time'] ?? '').filter((cell) => /^[\d.]+$/.test(cell));
    expect(shares.length).toBeGreaterThan(2);
    expect(shares.every((share) => Number(share) <= 1)).toBe(true);
    expect(rows[0]?.['On time, detail']).toMatch(/\d.* to \d/);
    expect(troubles.filter((trouble) => !trouble.startsWith('request: blob:'))).toEqual([]);
    await close();
  });

  test('a case is one sheet of A4', async () => {
    for (const file of ['case-1.html', 'case-2.html']) {
      const { page, close } = await visit(browser, join(outDir, file), { width: printable.width });
      const pdf = await page.pdf({ preferCSSPageSize: true });
      expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g), file).toHaveLength(1);
      await close();
    }
  });

  test('becomes a PDF', async () => {
    const { page, close } = await visit(browser, join(outDir, 'index.html'), { width: printable.width });
    const pdf = await page.pdf({ preferCSSPageSize: true });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await close();
  });

  test('is complete without a script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`file://${join(outDir, 'index.html')}`);
    expect(await page.locator('section').count()).toBeGreaterThan(3);
    expect(await page.locator('.case').count()).toBe(2);
    expect(await page.locator('button').count()).toBe(0);
    expect(await page.locator('.wide svg').first().isVisible()).toBe(true);
    await context.close();
  });
});
