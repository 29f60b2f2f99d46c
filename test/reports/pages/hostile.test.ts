import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toCsv } from '../../../reports/parts/csv.js';
import { html, trust } from '../../../reports/parts/html.js';
import { makeSlugs } from '../../../reports/parts/slugs.js';
import { writeReport } from '../../../reports/report.js';
import { hasChromium, launchBrowser, visit } from '../browser.js';
import { writeSnapshot } from './fixture.js';
import { hostileTexts } from './hostile.js';
import { makeTables } from './made.js';

const elements = new Set(
  (
    'html head meta title link style script body a div header nav ul li main h1 h2 h3 p strong em b span section dl dt dd details ' +
    'summary pre figure figcaption div table caption thead tbody tr th td code footer ' +
    'svg g path circle text tspan title metadata rect line defs clippath lineargradient stop'
  ).split(' '),
);
const attributes = new Set(
  (
    'lang charset http-equiv content name rel href src defer class id tabindex role aria-label aria-labelledby aria-current ' +
    'aria-hidden focusable download scope data-value data-first data-unsorted data-sortable data-carriers data-carrier ' +
    'viewbox fill stroke stroke-width stroke-linejoin stroke-linecap stroke-dasharray stroke-miterlimit stroke-opacity fill-opacity ' +
    'opacity d cx cy r x y dx dy x1 x2 y1 y2 width height xmlns transform text-anchor font-family font-size font-weight font-style clip-path'
  ).split(' '),
);

/** Every tag of a page by the strictest grammar; what does not fit is returned as it stands. */
function findTrouble(page: string): string[] {
  const troubles: string[] = [];
  const tag =
    /<(?:!doctype html|\/?([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9:-]*(?:="[^"<>]*")?)*)\s*\/?)>/g;
  const left = page.replace(tag, (whole, name?: string, inside?: string) => {
    if (name !== undefined && !elements.has(name.toLowerCase())) troubles.push(whole);
    for (const [, key = '', value = ''] of (inside ?? '').matchAll(
      /\s+([a-zA-Z][a-zA-Z0-9:-]*)(?:="([^"]*)")?/g,
    )) {
      if (!attributes.has(key.toLowerCase())) troubles.push(whole);
      const isOurs =
        /^(#|data:,$|[a-z0-9-]+\.(html|css|csv)(#[a-z0-9_-]+)?$|compare\.html#carrier=[\w%+.*=&;()!~#-]*$)/;
      if (key === 'href' && !isOurs.test(value)) troubles.push(whole);
    }
    return '';
  });
  const open = left.indexOf('<');
  if (open >= 0) troubles.push(left.slice(open, open + 80));
  return troubles;
}

test('the checker itself sees live markup', () => {
  expect(findTrouble('<p onclick="x">a</p>')).not.toEqual([]);
  expect(findTrouble('<img src="x">')).not.toEqual([]);
  expect(findTrouble('<a href="javascript:alert(1)">a</a>')).not.toEqual([]);
  expect(findTrouble('<p>a < b</p>')).not.toEqual([]);
  expect(findTrouble('<p class="a">a &lt; b</p>')).toEqual([]);
});

test('the template escapes every value but Html, also lone surrogates and control characters', () => {
  expect(html`<p title="${'"\'<>&'}">${'<b>'}${trust('<i>x</i>')}${null}${['<', 1]}</p>`.markup).toBe(
    '<p title="&quot;&#39;&lt;&gt;&amp;">&lt;b&gt;<i>x</i>&lt;1</p>',
  );
  expect(html`${'a\u0000b\ud800c\u001fd\ufffe'}`.markup).toBe('a\ufffdb\ufffdc\ufffdd\ufffd');
});

describe('slugs', () => {
  test('are safe and distinct for every text', () => {
    const codes = [...hostileTexts, 'DPD', 'dpd', 'dp d', 'dp-d', '', '日本'];
    const slugs = [...makeSlugs(codes).values()];
    expect(slugs).toHaveLength(new Set(codes).size);
    expect(new Set(slugs).size).toBe(slugs.length);
    for (const slug of slugs) expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  test('a plain code keeps its name, whatever else there is', () => {
    expect(makeSlugs(['DPD', 'dpd']).get('dpd')).toBe('dpd');
    expect(makeSlugs(['dpd', 'dhl_express']).get('dhl_express')).toBe('dhl-express');
  });
});

test('a cell that a spreadsheet would run gets an apostrophe, a number does not', () => {
  const rows = ['=1+1', '+1', '-1', '@a', '\ta', '\ra', 'a=1', 'a,"b"\nc'].map((text) => ({
    text,
    number: -1.5,
  }));
  expect(toCsv(['text', 'number'], rows)).toBe(
    [
      'text,number',
      "'=1+1,-1.5",
      "'+1,-1.5",
      "'-1,-1.5",
      "'@a,-1.5",
      "'\ta,-1.5",
      '"\'\ra",-1.5',
      'a=1,-1.5',
      '"a,""b""\nc",-1.5',
      '',
    ].join('\r\n'),
  );
});

describe(`${hostileTexts.length} hostile texts in every field`, () => {
  let folder = '';
  let outDir = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-hostile-'));
    outDir = join(folder, 'report');
    const snapshotPath = join(folder, 'snapshot.duckdb');
    let next = 0;
    const tables = makeTables({
      carriers: hostileTexts.map((code, index) => ({
        code,
        name: code,
        // drawings name at most twelve; the others' pages are quick to make, and every second has too few for one
        parcels: index % 7 === 0 ? 4000 - index * 30 : index % 2 === 0 ? 36 : 5,
        transit: 30,
        onTime: 0.9,
        exceptions: 0.05,
      })),
      lanes: Array.from({ length: 400 }, (_, index) => [`${index % 20}`, `${index}`]),
      text: (plain) => `${hostileTexts[next++ % hostileTexts.length]}${/^\d+$/.test(plain) ? plain : ''}`,
      openParcels: 3000,
    });
    // hostile countries and types of three carriers whose codes are hostile
    const code = (index: number) => hostileTexts[index % hostileTexts.length] ?? '';
    tables.cases = [0, 4, 20].map((index, place) => ({
      ...{ kind: 'alert', metric: 'on_time_rate', compared_with: 'before', weeks: 2, since: '2026-10-19' },
      ...{ n: 38, x: 8, value: 8 / 38, usual: 0.9, extra: -26, p: 1e-9, p_holm: 1e-7, looked_at: 61 },
      ...{ case_number: place + 1, carrier_code: code(index), delivery_type: code(index + 1) },
      ...{ from_country: code(index + 2), to_country: code(index + 3) },
    }));
    tables.cells = (tables.cases ?? []).flatMap(({ carrier_code, delivery_type, from_country, to_country }) =>
      [carrier_code, code(9)].flatMap((carrier) =>
        Array.from({ length: 20 }, (_, week) => ({
          ...{ cohort: 'due', carrier_code: carrier, delivery_type, from_country, to_country },
          ...{ service_level: code(week), on_time_rate_n: 40, on_time_rate_x: 30 },
          ...{ promise_foreseen_rate_n: 40, promise_foreseen_rate_x: 40 },
          ...{ handed_over_late_rate_n: 40, handed_over_late_rate_x: 0 },
          start_date: new Date(Date.UTC(2026, 5, 15) + week * 7 * 86_400_000).toISOString().slice(0, 10),
        })),
      ),
    );
    await writeSnapshot(snapshotPath, tables);
    const [evil = ''] = hostileTexts;
    await writeReport({ snapshotPath, outDir, runInfo: { status: [...hostileTexts], failedChecks: [evil] } });
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  const listPages = () => readdirSync(outDir).filter((file) => file.endsWith('.html'));

  test('no page holds a tag, attribute or link that is not ours', () => {
    expect(listPages().length).toBeGreaterThan(hostileTexts.length / 2);
    expect(listPages().filter((file) => file.startsWith('case-'))).toHaveLength(3);
    expect(readFileSync(join(outDir, 'case-1.html'), 'utf8')).toContain('mark-own');
    for (const file of listPages())
      expect(findTrouble(readFileSync(join(outDir, file), 'utf8')), file).toEqual([]);
  });

  test('with 400 lanes and 3,000 open parcels pages stay small and say what is left out', () => {
    for (const file of listPages()) expect(statSync(join(outDir, file)).size, file).toBeLessThan(600_000);
    const read = (file: string) => readFileSync(join(outDir, file), 'utf8');
    expect(read('open-parcels.html')).toContain('2,950 more in the CSV');
    expect(read('index.html')).toMatch(/\d+ more carriers, the smallest, are left out here/);
    expect(read('lanes.html')).toMatch(/more lines are not shown/);
    expect(read('stalled.csv').match(/\r\n/g)?.length).toBeGreaterThan(3000);
  });

  test('no list holds a formula', () => {
    for (const file of ['stalled.csv', 'overdue.csv', 'lanes.csv']) {
      const text = readFileSync(join(outDir, file), 'utf8');
      expect(text).not.toMatch(/(^|,|\r\n)"?[=+@\t]/);
    }
  });

  test.skipIf(!hasChromium)(
    'a browser builds no live node, runs nothing and asks for nothing',
    async () => {
      const browser = await launchBrowser();
      // carriers' pages are of one kind: a few of them, and every other page
      const files = listPages().filter((file, index) => !file.startsWith('carrier-') || index % 12 === 0);
      expect(files.length).toBeGreaterThan(10);
      for (const file of files) {
        const { page, troubles, close } = await visit(browser, join(outDir, file));
        const found = await page.evaluate<string[]>(`[...document.querySelectorAll('*')].flatMap((node) => {
          const bad = ['IMG', 'IFRAME', 'OBJECT', 'EMBED', 'FORM', 'BASE', 'VIDEO', 'MATH', 'INPUT', 'use', 'foreignObject', 'image'];
          const handlers = [...node.attributes].filter(({ name, value }) =>
            name.startsWith('on') || name === 'style' && !node.matches('.tip') || /^\\s*(java|vb)script:/i.test(value) && /href|src/.test(name));
          const scripts = node.tagName === 'SCRIPT' && node.getAttribute('src') !== 'report.js';
          return bad.includes(node.tagName) || handlers.length > 0 || scripts ? [node.outerHTML.slice(0, 120)] : [];
        })`);
        expect(found, file).toEqual([]);
        expect(troubles, file).toEqual([]);
        await close();
      }
      await browser.close();
    },
    300_000,
  );
});
