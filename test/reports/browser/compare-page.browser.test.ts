import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Choice, readAddress, writeAddress } from '../../../reports/browser/choice.js';
import { type CompareData, unpack } from '../../../reports/browser/compare-data.js';
import { reckon } from '../../../reports/browser/compare-figures.js';
import { listFigures } from '../../../reports/browser/figures-json.js';
import { type IsoWeek, listWeeks } from '../../../reports/browser/iso-weeks.js';
import { compareLimits } from '../../../reports/parts/compare-folds.js';
import { encodeCompareData } from '../../../reports/parts/compare-script.js';
import { writeReport } from '../../../reports/report.js';
import { hasChromium, launchBrowser, visit } from '../browser.js';
import { writeSnapshot } from '../pages/fixture.js';
import { makeTables } from '../pages/made.js';
import { countCells, makeParcels } from './made-cells.js';
import { makeLargeData } from './made-data.js';

// The page in a real browser, from the disk: what it shows is what its modules reckon, and everybody can use it.

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-compare-page-'));
const report = join(folder, 'report');
const file = join(report, 'compare.html');
const tables = makeTables();
let browser: Browser;
let data: CompareData;
let weeks: IsoWeek[];

/** What a script file of the page holds under a name. */
function readScript(path: string, name: string): string {
  const script = readFileSync(path, 'utf8');
  const [, base64 = ''] = new RegExp(`^globalThis\\.${name} = '([^']*)'`, 'm').exec(script) ?? [];
  return inflateRawSync(Buffer.from(base64, 'base64')).toString();
}

beforeAll(async () => {
  const snapshotPath = join(folder, 'shipping.duckdb');
  await writeSnapshot(snapshotPath, { ...tables, ...countCells(makeParcels(9000)) });
  await writeReport({ snapshotPath, outDir: report });
  data = unpack(readScript(join(report, 'compare-data.js'), 'compareData'));
  weeks = listWeeks(data.frame.firstMonday, data.frame.weekCount);
  if (hasChromium) browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** Until an expression holds; asked from outside, since the page's policy lets no text become code. */
const waitFor = (page: Page, expression: string) =>
  expect.poll(() => page.evaluate(`Boolean(${expression})`), { timeout: 20_000, interval: 20 }).toBe(true);
const isReady = `document.getElementById('figures').textContent !== ''`;
const readFigures = async (page: Page) => {
  await waitFor(page, isReady);
  return JSON.parse((await page.locator('#figures').textContent()) ?? '');
};

/** Opens the page with a choice in the address, in a window of one's own. */
async function open(options: BrowserContextOptions = {}, hash = '', path = file) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(`${pathToFileURL(path).href}${hash}`);
  if (options.javaScriptEnabled !== false) await waitFor(page, isReady);
  return { page, close: () => context.close() };
}

const base: Choice = {
  carrier: 'postnl',
  against: '*',
  lane: '*',
  type: '*',
  service: '*',
  brand: '*',
  account: '*',
  measure: 'on_time_rate',
  from: 30,
  to: 42,
};

describe.skipIf(!hasChromium)('head to head', () => {
  it('opens an address to the figures that its modules reckon, and keeps the address', async () => {
    const choices: Choice[] = [
      base,
      { ...base, carrier: 'dpd', against: 'postnl', lane: 'NL-BE' },
      { ...base, lane: 'NL-?', type: 'home', measure: 'exception_rate_carrier' },
      { ...base, service: 'express', brand: '7', measure: 'first_attempt_success_rate' },
      { ...base, carrier: 'gls', measure: 'delivered_within' },
      { ...base, carrier: 'correos', brand: '-1', measure: 'first_scan', from: 0, to: weeks.length - 1 },
    ];
    const { page, troubles, close } = await visit(browser, file);
    for (const choice of choices) {
      const hash = writeAddress(choice, weeks);
      await page.goto('about:blank');
      await page.goto(`${pathToFileURL(file).href}${hash}`);
      expect(await readFigures(page)).toEqual(
        JSON.parse(JSON.stringify(listFigures(reckon(data, choice), weeks, 10))),
      );
      expect(new URL(page.url()).hash).toBe(hash);
    }
    // nothing but the folder's own files, nothing in the console, no policy broken
    expect(troubles).toEqual([]);
    await close();
  });

  it('follows the address when it changes, and says what it does not know', async () => {
    const { page, close } = await open();
    await page.evaluate(
      `document.getElementById('figures').textContent = ''; location.hash = '#carrier=fedex&lane=NL-BE'`,
    );
    const figures = await readFigures(page);
    expect(figures.choice.lane).toBe('NL-BE');
    expect(await page.textContent('#answer-remarks')).toContain('“fedex”, which this report does not have');
    await close();
  });

  it('is chosen by keyboard alone, in the order that it reads', async () => {
    const { page, close } = await open({ viewport: { width: 1280, height: 900 } });
    const order: string[] = [];
    await page.locator('#main').focus();
    for (let press = 0; press < 40 && order.at(-1) !== 'choose-to'; press += 1) {
      await page.keyboard.press('Tab');
      const id = await page.evaluate(`document.activeElement.id`);
      if (String(id).startsWith('choose-')) order.push(String(id));
    }
    expect(order.map((id) => id.replace('choose-', ''))).toEqual([
      'carrier',
      'against',
      'measure',
      'lane',
      'type',
      'service',
      'brand',
      'from',
      'to',
    ]);
    const before = await readFigures(page);
    await page.locator('#choose-carrier').focus();
    await page.keyboard.press('ArrowDown');
    await waitFor(
      page,
      `JSON.parse(document.getElementById('figures').textContent).choice.carrier !== '${before.choice.carrier}'`,
    );
    // a preset, by its key
    await page.locator('#presets button').first().focus();
    await page.keyboard.press('Enter');
    await waitFor(page, `document.querySelector('#presets button').getAttribute('aria-pressed') === 'true'`);
    await close();
  });

  it.each([
    ['wide', { viewport: { width: 1280, height: 900 } }],
    ['dark', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
    ['a phone', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
  ] as [string, BrowserContextOptions][])('breaks no rule of axe, %s', async (_name, options) => {
    const { page, close } = await open(options, writeAddress(base, weeks));
    await page.evaluate(`for (const each of document.querySelectorAll('details')) each.open = true`);
    // the policy allows no foreign script in the page, so axe runs beside it
    await page.evaluate(axeSource);
    const violations = await page.evaluate(
      `axe.run().then((found) => found.violations.map((each) => [each.id, each.nodes.length, each.nodes[0].html]))`,
    );
    expect(violations).toEqual([]);
    await close();
  });

  it('fits a phone and 200 %, with targets that a finger finds', async () => {
    for (const width of [390, 640]) {
      const { page, close } = await open({
        viewport: { width, height: 844 },
        hasTouch: true,
        isMobile: true,
      });
      expect(await page.evaluate(`document.documentElement.scrollWidth`)).toBeLessThanOrEqual(width);
      const heights = (await page.evaluate(
        `[...document.querySelectorAll('#compare select, #compare button, #compare summary')].filter((each) => each.checkVisibility()).map((each) => [each.id || each.textContent, each.getBoundingClientRect().height])`,
      )) as [string, number][];
      expect(heights.length).toBeGreaterThan(10);
      expect(heights.filter(([, height]) => height < 44 - 0.5)).toEqual([]);
      await close();
    }
    const { page, close } = await open({ viewport: { width: 1280, height: 900 } });
    const small = await page.evaluate(
      `[...document.querySelectorAll('#compare select, #compare button, #compare summary')].filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 24).length`,
    );
    expect(small).toBe(0);
    await close();
  });

  it('prints as one page', async () => {
    const { page, close } = await open({ viewport: { width: 1280, height: 900 } }, writeAddress(base, weeks));
    await waitFor(page, `document.querySelector('#curve-narrow svg')`);
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    expect(pdf.match(/\/Type\s*\/Page\b(?!s)/g)).toHaveLength(1);
    await close();
  });

  it('without script says what to open instead, and shows no empty form', async () => {
    const { page, close } = await open({ javaScriptEnabled: false });
    const text = await page.evaluate<string>(`document.querySelector('main').innerText`);
    expect(text).toContain('Without it, open Lanes');
    expect(text).not.toContain('Reckoning');
    expect(await page.locator('#compare').isVisible()).toBe(false);
    await close();
  });

  it('without its data file says so', async () => {
    const alone = join(folder, 'alone');
    mkdirSync(alone);
    for (const name of ['compare.html', 'compare.js', 'report.css', 'report.js'])
      copyFileSync(join(report, name), join(alone, name));
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(pathToFileURL(join(alone, 'compare.html')).href);
    await waitFor(page, `document.getElementById('waiting').textContent.includes('compare-data.js')`);
    await context.close();
  });

  it('answers a change of choice from 50,000 rows', async () => {
    const large = join(folder, 'large');
    mkdirSync(large);
    for (const name of readdirSync(report)) copyFileSync(join(report, name), join(large, name));
    const made = makeLargeData(data.frame, compareLimits.rows);
    const charts = readFileSync(join(report, 'compare-data.js'), 'utf8').replace(
      /^globalThis\.compareData.*\n/,
      '',
    );
    writeFileSync(join(large, 'compare-data.js'), encodeCompareData(made) + charts);
    const { page, close } = await open(
      { viewport: { width: 1280, height: 900 } },
      '#carrier=postnl',
      join(large, 'compare.html'),
    );
    // processor time of the page's thread: a clock on the wall also counts what other processes take
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const readBusyMs = async () => {
      const { metrics } = await session.send('Performance.getMetrics');
      return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0);
    };
    const busyMs = await readBusyMs();
    const times = (await page.evaluate(`(async () => {
      const select = document.getElementById('choose-carrier');
      const measure = document.getElementById('choose-measure');
      const list = () => performance.getEntriesByName('choice');
      for (let round = 0; round < 24; round += 1) {
        const chosen = round % 4 === 3 ? measure : select;
        chosen.selectedIndex = (chosen.selectedIndex + 1) % chosen.options.length;
        const before = list().length;
        chosen.dispatchEvent(new Event('change'));
        while (list().length === before) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return list().slice(4).map((each) => Math.round(each.duration));
    })()`)) as number[];
    const ownMs = ((await readBusyMs()) - busyMs) / 24;
    const sorted = [...times].sort((one, other) => one - other);
    const bytes = readFileSync(join(large, 'compare-data.js')).length;
    // printed, not judged: a busy machine says nothing of the page
    process.stdout.write(
      `head to head, ${compareLimits.rows} rows: ${bytes} bytes; a choice takes ${sorted[0]} ms at best, ${sorted[Math.floor(sorted.length / 2)]} in the middle, ${sorted.at(-1)} at worst; ${Math.round(ownMs)} ms of the processor, both widths drawn\n`,
    );
    expect(times).toHaveLength(21);
    const figures = await readFigures(page);
    const { choice } = readAddress(new URL(page.url()).hash, made.frame, weeks);
    expect(figures).toEqual(JSON.parse(JSON.stringify(listFigures(reckon(made, choice), weeks, 10))));
    await close();
  });
});

describe('the files of head to head', () => {
  it('hold no tracking number, not in what they pack either', () => {
    const numbers = Object.values(tables)
      .flat()
      .flatMap(({ tracking_number: number }) => (typeof number === 'string' ? [number] : []));
    expect(numbers.length).toBeGreaterThan(50);
    const path = join(report, 'compare-data.js');
    const text = [
      ...['compare.html', 'compare.js', 'compare-data.js'].map((name) =>
        readFileSync(join(report, name), 'utf8'),
      ),
      readScript(path, 'compareData'),
      readScript(path, 'compareCharts'),
    ].join('\n');
    expect(numbers.filter((number) => text.includes(number))).toEqual([]);
  });

  it('are under 2 MB at the most rows', () => {
    const page = ['compare.html', 'compare.js'].reduce(
      (sum, name) => sum + readFileSync(join(report, name)).length,
      0,
    );
    const charts = readFileSync(join(report, 'compare-data.js'), 'utf8').replace(
      /^globalThis\.compareData.*\n/,
      '',
    );
    expect(page + Buffer.byteLength(charts) + compareLimits.bytes).toBeLessThan(2_000_000);
  });
});
