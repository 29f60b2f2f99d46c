import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Chart } from '../../../reports/drawing/chart.js';
import { compileSpec } from '../../../reports/drawing/compile.js';
import { ChartRenderError, renderSvg } from '../../../reports/drawing/render.js';
import { parseSvg, type SvgElement } from '../../../reports/drawing/svg-tree.js';
import { hasChromium, launchBrowser } from '../browser.js';
import { contextFor, drawAll, type Group, groups, makeRows } from '../charts/fixtures.js';
import { hostileTexts } from '../charts/hostile.js';

const context = contextFor(1072);
const charts = drawAll(makeRows(), context);

async function render(chart: Chart): Promise<string> {
  if (chart.spec === null) throw new Error(`${chart.id} has nothing to draw`);
  return renderSvg(chart.spec);
}

function walk(element: SvgElement, visit: (element: SvgElement) => void): void {
  visit(element);
  for (const child of element.children) if (typeof child === 'object') walk(child, visit);
}

const allowedTags = new Set([
  'svg',
  'g',
  'path',
  'line',
  'rect',
  'text',
  'tspan',
  'title',
  'defs',
  'clipPath',
]);
const allowedAttributes = new Set([
  ...[
    'xmlns',
    'class',
    'id',
    'width',
    'height',
    'viewBox',
    'role',
    'aria-label',
    'font-family',
    'data-carrier',
  ],
  ...[
    'fill',
    'fill-opacity',
    'stroke',
    'stroke-width',
    'stroke-opacity',
    'stroke-dasharray',
    'stroke-linecap',
  ],
  ...[
    'stroke-linejoin',
    'stroke-miterlimit',
    'opacity',
    'clip-path',
    'text-anchor',
    'font-size',
    'font-weight',
  ],
  ...['d', 'transform', 'x', 'y', 'x1', 'y1', 'x2', 'y2', 'dy'],
]);

function findForbidden(svg: string): string[] {
  const found: string[] = [];
  walk(parseSvg(svg), ({ tag, attributes }) => {
    if (!allowedTags.has(tag)) found.push(tag);
    for (const name of attributes.keys()) if (!allowedAttributes.has(name)) found.push(`${tag} ${name}`);
  });
  return found;
}

describe('an SVG of a chart', () => {
  it('is the same twice, and whatever was drawn in between', async () => {
    const first = await Promise.all(Object.values(charts).map(render));
    const again: string[] = [];
    for (const chart of Object.values(charts).reverse()) again.unshift(await render(chart));
    expect(again).toEqual(first);
  });

  it('holds only what draws: no script, style, link, address or handler', async () => {
    for (const chart of Object.values(charts)) {
      const svg = await render(chart);
      expect(findForbidden(svg), chart.id).toEqual([]);
      expect(svg.replace('http://www.w3.org/2000/svg', ''), chart.id).not.toMatch(
        /https?:|javascript:|style=/,
      );
    }
  });

  it('is drawn without any text becoming code', async () => {
    const refuse = () => {
      throw new EvalError('code from a string');
    };
    vi.stubGlobal('Function', new Proxy(Function, { apply: refuse, construct: refuse }));
    try {
      // a locale that no other test has: drawings that were compiled before would not be compiled again
      for (const { spec } of Object.values(charts))
        if (spec !== null) await renderSvg(spec, { locale: 'fi' });
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('says its alt text, and scales', async () => {
    const chart = charts['delivered-within'] as Chart;
    const { attributes } = parseSvg(await render(chart));
    expect(attributes.get('role')).toBe('img');
    expect(attributes.get('aria-label')).toBe(chart.alt.replaceAll('&', '&amp;'));
    expect(attributes.get('viewBox')).toBe(`0 0 ${attributes.get('width')} ${attributes.get('height')}`);
    expect(Number(attributes.get('width'))).toBeLessThanOrEqual(context.width + 1);
  });

  it('has colours only as CSS variables', async () => {
    for (const chart of Object.values(charts)) {
      const painted = [...(await render(chart)).matchAll(/(?:fill|stroke)="([^"]*)"/g)].map(
        ([, value]) => value,
      );
      expect(
        painted.filter((value) => value !== 'none' && !value?.startsWith('var(--')),
        chart.id,
      ).toEqual([]);
    }
  });

  it('starts every id with its own', async () => {
    const svg = await renderSvg(
      {
        name: 'own',
        width: 20,
        height: 20,
        data: { values: [{ a: 1 }] },
        mark: { type: 'point', clip: true },
        encoding: { x: { field: 'a', type: 'quantitative' } },
      },
      { alt: 'one "point"' },
    );
    const ids = [...svg.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(ids).toEqual(['own', 'own-1']);
    expect(svg).toContain('clip-path="url(#own-1)"');
    expect(svg).toContain('aria-label="one &quot;point&quot;"');
  });

  it('names the carrier and the tooltip of a mark', async () => {
    const svg = await render(charts.funnel as Chart);
    expect(svg).toMatch(
      /<path data-carrier="gls"[^>]*><title>GLS: −7\.7 \(−10\.2 to −5\.3\) points, n 900, sure<\/title>/,
    );
  });

  it('loads nothing, from a file or from an address', async () => {
    for (const url of ['file:///etc/passwd', 'https://example.com/data.json', 'data.csv']) {
      const spec = { name: 'reader', data: { url }, mark: 'point' as const, encoding: {} };
      await expect(renderSvg(spec)).rejects.toBeInstanceOf(ChartRenderError);
    }
  });

  it('fails by name', async () => {
    const broken = {
      name: 'broken',
      data: { values: [] },
      mark: 'point',
      encoding: {},
      transform: [{ filter: '((' }],
    };
    await expect(renderSvg(broken as Parameters<typeof renderSvg>[0])).rejects.toMatchObject({
      code: 'CHART_RENDER',
      message: 'The chart broken could not be drawn',
    });
  });
});

/** Carriers, codes, countries and exceptions named by the texts; as many as a chart shows. */
function drawHostile(texts: readonly string[], width: number): Chart[] {
  const [model] = groups as [Group, ...Group[]];
  const all = texts.map(
    (text, index): Group => ({ ...model, code: text, name: `${text}`, n: 5000 - index * 300 }),
  );
  const rows = makeRows(all);
  const poisoned = {
    ...rows,
    codes: texts.flatMap((text) =>
      rows.codes
        .slice(0, 1)
        .map((row) => ({ ...row, status_code: text, sub_status_code: text, exception_group: text })),
    ),
  };
  return texts.slice(0, 1).flatMap((text) => Object.values(drawAll(poisoned, contextFor(width, all), text)));
}

/** Every string of a compiled spec that Vega would run as an expression. */
function readExpressions(spec: unknown): string[] {
  if (Array.isArray(spec)) return spec.flatMap(readExpressions);
  if (typeof spec !== 'object' || spec === null) return [];
  return Object.entries(spec).flatMap(([key, value]) =>
    typeof value === 'string' && ['signal', 'expr', 'test', 'update', 'init'].includes(key)
      ? [value]
      : readExpressions(value),
  );
}

describe('hostile texts', () => {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (hasChromium) browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
  });

  it('never reach an expression', () => {
    const expressionsOf = (drawn: Chart[]) =>
      drawn.flatMap(({ spec }) => (spec === null ? [] : readExpressions(compileSpec(spec))));
    // numbers of the layout may differ, letters may not
    const letters = (expression: string) => expression.replace(/[\d.]+/g, '0');
    const shapes = new Set(expressionsOf(drawHostile(['a', 'b', 'c', 'd'], 1072)).map(letters));
    expect(shapes.size).toBeGreaterThan(10);
    const foreign = expressionsOf(
      drawHostile(['datum.value', "'+alert(1)+'", '"><script>alert(1)</script>', '__proto__'], 1072),
    );
    expect([...new Set(foreign.map(letters))].filter((shape) => !shapes.has(shape))).toEqual([]);
  });

  it('stay text in every chart', async () => {
    expect(hostileTexts.length).toBeGreaterThanOrEqual(60);
    const page = await browser?.newPage();
    await page?.addInitScript('window.alert = () => { window.harmed = true; }');
    for (let from = 0; from < hostileTexts.length; from += 10) {
      const texts = hostileTexts.slice(from, from + 10);
      const drawn = drawHostile(texts, from % 20 === 0 ? 1072 : 342);
      const svgs = await Promise.all(drawn.filter(({ spec }) => spec !== null).map(render));
      expect(svgs.length).toBeGreaterThan(10);
      for (const svg of svgs) expect(findForbidden(svg), JSON.stringify(texts)).toEqual([]);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(svgs.join('')).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\uffff]|\p{Surrogate}/u);
      if (page === undefined) continue;
      await page.setContent(`<!doctype html><body>${svgs.join('')}</body>`);
      const live = await page.evaluate(`[...document.querySelectorAll('body *')].filter((node) =>
        !['svg', 'g', 'path', 'line', 'rect', 'text', 'tspan', 'title', 'defs', 'clipPath'].includes(node.localName) ||
        node.namespaceURI !== 'http://www.w3.org/2000/svg' ||
        [...node.attributes].some(({ name, value }) => name.startsWith('on') || name.includes('href') || name === 'style')
      ).map((node) => node.outerHTML).concat(window.harmed ? ['a script ran'] : [])`);
      expect(live, JSON.stringify(texts)).toEqual([]);
    }
  });
});
