import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeReport } from '../../reports/report.js';
import { hasChromium, launchBrowser, visit } from './browser.js';
import { writeSnapshot } from './pages/fixture.js';
import { makeTables } from './pages/made.js';

const millimetre = 96 / 25.4;

/** Ten silent parcels, as the lists have them. */
function makeParcels() {
  const numbers = Array.from({ length: 10 }, (_, index) => `0534000000000000000${index}`);
  const parcel = {
    ...{ carrier_code: 'gls', from_country: 'NL', to_country: 'BE', delivery_type: 'home' },
    ...{ first_scan_at: '2026-10-01 18:30:00', current_status: 'in_transit', silent_working_days: 22 },
    ...{ current_status_at: '2026-10-02 09:00:00' },
  };
  const { silent_working_days, ...row } = parcel;
  return {
    parcels: numbers.map((tracking_number) => ({
      ...{ tracking_number, multi_carrier: false, service_level: 'standard', outcome: 'open' },
      ...{ shipping_option_code: 'gls:standard', ...parcel },
    })),
    stalled_parcels: numbers.map((tracking_number) => ({ tracking_number, silent_working_days, ...row })),
    rate_answers: [],
  };
}

describe.skipIf(!hasChromium)('a carrier’s sheet in Chromium', { timeout: 240_000 }, () => {
  let folder = '';
  let outDir = '';
  let browser: Browser;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-sheet-'));
    outDir = join(folder, 'sheet');
    const snapshotPath = join(folder, 'snapshot.duckdb');
    await writeSnapshot(snapshotPath, { ...makeTables(), ...makeParcels() });
    await writeReport({ snapshotPath, outDir, forCarrier: 'gls' });
    browser = await launchBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  test('is clean for whoever cannot see it, in both themes, and fits a phone', async () => {
    for (const file of ['index.html', 'carrier-gls.html', 'first-scan.html']) {
      const { page, troubles, close } = await visit(browser, join(outDir, file), { width: 390 });
      // before axe, which fetches style sheets that it may not
      expect(troubles, file).toEqual([]);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.evaluate(axe.source);
        const found = await page.evaluate<{ id: string; nodes: number }[]>(
          `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => ({ id, nodes: nodes.length })))`,
        );
        expect(found, `${file}, ${colorScheme}`).toEqual([]);
      }
      const width = await page.evaluate<number>('document.documentElement.scrollWidth');
      expect(width, file).toBeLessThanOrEqual(390);
      await close();
    }
  });

  test('leaves room on paper for an answer by hand, beside numbers that stand on one line', async () => {
    const { page, close } = await visit(browser, join(outDir, 'index.html'), { width: 703 });
    await page.emulateMedia({ media: 'print' });
    const rows = await page.evaluate<{ height: number; answer: number; number: number; right: number }[]>(`
      [...document.querySelectorAll('#parcels tbody tr')].map((row) => ({
        height: row.getBoundingClientRect().height,
        answer: row.querySelector('.answer').getBoundingClientRect().width,
        number: row.querySelector('th .name').getClientRects().length,
        right: row.getBoundingClientRect().right,
      }))`);
    expect(rows).toHaveLength(10);
    for (const row of rows) {
      expect(row.height).toBeGreaterThanOrEqual(11.9 * millimetre);
      expect(row.answer).toBeGreaterThan(45 * millimetre);
      expect(row.number).toBe(1);
      expect(row.right).toBeLessThanOrEqual(703);
    }
    await close();
  });
});
