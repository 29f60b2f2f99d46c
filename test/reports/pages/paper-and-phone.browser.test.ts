import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeReport } from '../../../reports/report.js';
import { hasChromium, launchBrowser, visit } from '../browser.js';
import { writeSnapshot } from './fixture.js';
import { makeTables } from './made.js';

const hasPoppler = spawnSync('pdftotext', ['-v']).error === undefined;
if (!hasPoppler)
  process.stderr.write('SKIPPED: no pdftotext (poppler-utils), so the text of printed sheets is not read\n');

describe.skipIf(!hasChromium)('on paper, and on a phone', { timeout: 240_000 }, () => {
  let folder = '';
  let outDir = '';
  let browser: Browser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-paper-'));
    outDir = join(folder, 'report');
    const snapshotPath = join(folder, 'snapshot.duckdb');
    const tables = makeTables();
    // Enough of them for several sheets.
    const [stalled = {}] = tables.stalled_parcels ?? [];
    tables.stalled_parcels = Array.from({ length: 50 }, (_, index) => ({
      ...stalled,
      tracking_number: `3SLONG${1000 + index}`,
    }));
    await writeSnapshot(snapshotPath, tables);
    await writeReport({ snapshotPath, outDir });
    browser = await launchBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  async function printPage(file: string, scheme: 'light' | 'dark' = 'light'): Promise<Buffer> {
    const { page, close } = await visit(browser, join(outDir, file), { scheme });
    const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    await close();
    return pdf;
  }

  /** The text of each sheet. */
  function readSheets(pdf: Buffer): string[] {
    const path = join(folder, 'sheets.pdf');
    writeFileSync(path, pdf);
    const { stdout } = spawnSync('pdftotext', ['-layout', path, '-'], { encoding: 'utf8' });
    return stdout.split('\f').slice(0, -1);
  }

  test.skipIf(!hasPoppler)(
    'every sheet says what it is, its window, its age, its number, and the heads of its columns',
    async () => {
      const sheets = readSheets(await printPage('open-parcels.html'));
      expect(sheets.length).toBeGreaterThan(1);
      for (const [index, sheet] of sheets.entries()) {
        expect(sheet).toContain('parcelmetrics · Open parcels');
        expect(sheet).toContain('5 Aug to 2 Nov 2026');
        expect(sheet).toContain('data as of Tue 3 Nov 2026');
        expect(sheet).toContain(`Page ${index + 1} of ${sheets.length}`);
        if (/3SLONG/.test(sheet)) expect(sheet).toMatch(/Tracking number +Carrier +Lane/);
      }
      expect(sheets.filter((sheet) => /3SLONG/.test(sheet)).length).toBeGreaterThan(1);
      const [carrier = ''] = readSheets(await printPage('carrier-gls.html'));
      expect(carrier).toContain('parcelmetrics · GLS');
    },
  );

  test('no link of a sheet leads to a page that is not there, and the screen has them all again', async () => {
    const { page, close } = await visit(browser, join(outDir, 'index.html'));
    const links = () => page.locator('a[href]').count();
    const before = await links();
    const pdf = await page.pdf({ preferCSSPageSize: true });
    expect(pdf.toString('latin1')).not.toContain('/URI (file');
    expect(await links()).toBe(before);
    expect(before).toBeGreaterThan(20);
    await close();
  });

  test('nothing is cut at the edge of a sheet, in either theme in black on white', async () => {
    for (const file of [
      'index.html',
      'lanes.html',
      'open-parcels.html',
      'carrier-gls.html',
      'exceptions.html',
    ]) {
      const width = Math.floor(((210 - 24) / 25.4) * 96);
      const { page, close } = await visit(browser, join(outDir, file), { width, scheme: 'dark' });
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      const found = await page.evaluate<{ cut: string[]; ink: string; paper: string; heads: string[] }>(`({
        cut: [...document.querySelectorAll('table, .figure svg, p, h2')]
          .filter((each) => each.getClientRects().length > 0 && each.getBoundingClientRect().right > ${width} + 1)
          .map((each) => each.outerHTML.slice(0, 120)),
        ink: getComputedStyle(document.body).color,
        paper: getComputedStyle(document.body).backgroundColor,
        heads: [...document.querySelectorAll('thead button')].map((each) => getComputedStyle(each).display),
      })`);
      expect(found.cut, file).toEqual([]);
      expect(found.paper, file).toBe('rgb(255, 255, 255)');
      expect(found.ink, file).toBe('rgb(26, 26, 26)');
      // Chromium paints no button in a head that it repeats.
      expect(
        found.heads.filter((display) => display !== 'contents'),
        file,
      ).toEqual([]);
      await close();
    }
  });

  async function openOnPhone(file: string): Promise<{ page: Page; close: () => Promise<void> }> {
    const context = await browser.newContext({
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    const page = await context.newPage();
    await page.goto(pathToFileURL(join(outDir, file)).href);
    return { page, close: () => context.close() };
  }

  test('a tap beside a mark shows its text, a tap elsewhere takes it away', async () => {
    const { page, close } = await openOnPhone('exceptions.html');
    const mark = page.locator('.figure .narrow [data-tip]').first();
    await mark.scrollIntoViewIfNeeded();
    const box = await mark.boundingBox();
    const tip = page.locator('.tip');
    expect(await tip.isVisible()).toBe(false);
    // A finger's width beside it.
    await page.touchscreen.tap((box?.x ?? 0) - 10, (box?.y ?? 0) + (box?.height ?? 0) / 2);
    await expect.poll(() => tip.isVisible()).toBe(true);
    expect(await tip.textContent()).toMatch(/\d/);
    const { x = 0, width = 0 } = (await tip.boundingBox()) ?? {};
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(390);
    await page.locator('h1').tap();
    await expect.poll(() => tip.isVisible()).toBe(false);
    await close();
  });

  test('arrow keys walk from mark to mark of the drawing that is shown', async () => {
    for (const width of [390, 1280]) {
      const { page, close } = await visit(browser, join(outDir, 'exceptions.html'), { width });
      await page.locator('.figure').first().focus();
      const tip = page.locator('.tip');
      const texts = new Set<string>();
      await page.keyboard.press('Home');
      const first = await tip.textContent();
      for (let step = 0; step < 6; step += 1) {
        await page.keyboard.press('ArrowRight');
        texts.add((await tip.textContent()) ?? '');
        const marked = page.locator('.is-pointed');
        expect(await marked.count()).toBe(1);
        expect(await marked.isVisible()).toBe(true);
      }
      expect(texts.size, `at ${width}`).toBeGreaterThan(4);
      for (let step = 0; step < 6; step += 1) await page.keyboard.press('ArrowLeft');
      expect(await tip.textContent()).toBe(first);
      await page.keyboard.press('ArrowDown');
      expect(await tip.isVisible()).toBe(true);
      await page.keyboard.press('Escape');
      expect(await tip.isVisible()).toBe(false);
      await close();
    }
  });

  test('what a row is about stays while a wide table is scrolled, and the page itself never scrolls sideways', async () => {
    // 640 is 1280 at 200 %.
    for (const width of [390, 640]) {
      const { page, close } = await visit(browser, join(outDir, 'open-parcels.html'), { width });
      const frame = page.locator('.table').first();
      const left = async () => (await frame.locator('tbody th').first().boundingBox())?.x;
      const before = await left();
      const scrolled = await frame.evaluate((node) => {
        node.scrollLeft = 200;
        return node.scrollLeft;
      });
      expect(scrolled, `at ${width}`).toBeGreaterThan(20);
      expect(await left()).toBe(before);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(width);
      await close();
    }
  });

  test('the first answer is on the first screen, and the page that is open is in sight in the navigation', async () => {
    const { page, close } = await openOnPhone('index.html');
    const top = (await page.locator('main section h2').first().boundingBox())?.y ?? 0;
    expect(top).toBeLessThan(844 / 2);
    await page.goto(pathToFileURL(join(outDir, 'methodology.html')).href);
    const { x = 0, width = 0 } = (await page.locator('nav [aria-current]').boundingBox()) ?? {};
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(390);
    await close();
  });
});
