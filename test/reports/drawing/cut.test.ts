import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderSvg } from '../../../reports/drawing/render.js';
import { measureText } from '../../../reports/drawing/text-width.js';
import { css } from '../../../reports/drawing/theme.js';
import { hasChromium, launchBrowser } from '../browser.js';
import { contextFor, drawAll, type Group, groups, makeRows } from '../charts/fixtures.js';

const [model] = groups as [Group, ...Group[]];
const crowds: Record<string, Group[]> = {
  few: groups,
  'long names': groups.map((group, index) => ({
    ...group,
    name: `${group.name} Internationale Paketzustellung Nummer ${index}`,
  })),
  eighty: Array.from({ length: 80 }, (_, index) => ({
    ...model,
    code: `c${index}`,
    name: index % 3 === 0 ? `WWW ${index}` : `Carrier number ${index}`,
    n: 12_000 - index * 149,
    onTime: 0.85 + ((index * 13) % 14) / 100,
    exceptions: 0.02 + ((index * 7) % 11) / 100,
    medianHours: 20 + ((index * 11) % 50),
  })),
};

describe.skipIf(!hasChromium)('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
  });

  it.each(
    Object.keys(crowds).flatMap((crowd) => [
      [crowd, 1072],
      [crowd, 342],
    ]),
  )('no text of %s at %i pixels is cut or covers another', async (crowd, width) => {
    const all = crowds[crowd] ?? [];
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    const drawn = Object.values(drawAll(makeRows(all), contextFor(Number(width), all), all[1]?.code));
    const svgs = await Promise.all(drawn.flatMap(({ spec }) => (spec === null ? [] : [renderSvg(spec)])));
    expect(svgs.length).toBe(17);
    await page.setContent(
      `<!doctype html><style>${css()} body { font-family: system-ui }</style><body>${svgs.join('')}</body>`,
    );
    const cut = await page.evaluate(`[...document.querySelectorAll('svg.chart')].flatMap((svg) => {
      const frame = svg.getBoundingClientRect();
      return [...svg.querySelectorAll('text')].filter((text) => text.textContent !== '').flatMap((text) => {
        const box = text.getBoundingClientRect();
        const over = Math.max(frame.left - box.left, box.right - frame.right, frame.top - box.top, box.bottom - frame.bottom);
        return over > 1 ? [svg.id + ': ' + text.textContent + ' by ' + over] : [];
      });
    })`);
    expect(cut).toEqual([]);
    const covered = await page.evaluate(`[...document.querySelectorAll('svg.chart')].flatMap((svg) => {
      const texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent !== '' && !text.closest('.mark-halo'));
      const boxes = texts.map((text) => text.getBoundingClientRect());
      return texts.flatMap((text, one) => texts.slice(one + 1).flatMap((other, index) => {
        const [first, second] = [boxes[one], boxes[one + 1 + index]];
        const across = Math.min(first.right, second.right) - Math.max(first.left, second.left);
        const down = Math.min(first.bottom, second.bottom) - Math.max(first.top, second.top);
        return across > 1 && down > 4 ? [svg.id + ': ' + text.textContent + ' on ' + other.textContent] : [];
      }));
    })`);
    expect(covered).toEqual([]);
    const widths = svgs.map((svg) => Number(/ width="([\d.]+)"/.exec(svg)?.[1]));
    expect(widths.filter((each) => each > Number(width) + 2)).toEqual([]);
    await page.close();
  });

  it('no text is wider than we measure it', async () => {
    const page = await browser.newPage();
    const texts = [
      'PostNL',
      'n 12,345',
      '91.2 % (90.1 to 92.2)',
      '\u00d6sterreichische Post',
      '\u221212.3',
      'NL \u2192 DE, pick-up point',
      'WWWW mmmm iiii',
    ];
    for (const font of ['system-ui', 'sans-serif', 'Liberation Sans', 'DejaVu Sans']) {
      for (const weight of [400, 600]) {
        const widths = (await page.evaluate(`(() => {
          const pen = document.createElement('canvas').getContext('2d');
          pen.font = '${weight} 13px "${font}", ${font}';
          return ${JSON.stringify(texts)}.map((text) => pen.measureText(text).width);
        })()`)) as number[];
        texts.forEach((text, index) => {
          expect(
            measureText(text, 13, weight === 600) + 0.5,
            `${text} in ${font} ${weight}`,
          ).toBeGreaterThanOrEqual(widths[index] ?? 0);
        });
      }
    }
    await page.close();
  });
});
