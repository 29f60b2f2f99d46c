import type { ChartContext } from '../drawing/chart.js';
import { renderSvg } from '../drawing/render.js';
import { columnWidths, type DrawChart, phoneWidth } from './context.js';
import { html, trust } from './html.js';

/** A phone's drawing says what the wide one says: by the number of its text there, which takes a third of the bytes. */
function shareTitles(wide: string, narrow: string): string {
  const pattern = /<title>([^<]*)<\/title>/g;
  const texts = [...new Set([...wide.matchAll(pattern)].map(([, text]) => text))];
  const numbers = new Map(texts.map((text, index) => [text, index]));
  return narrow.replace(pattern, (title, text: string) => {
    const number = numbers.get(text);
    return number === undefined ? title : `<metadata>${number}</metadata>`;
  });
}

/** Draws a chart twice: for the page column and for a phone; style sheets show the one that fits. */
export function makeDraw(base: Omit<ChartContext, 'width'>): DrawChart {
  return async (make, { isHalf = false, idSuffix = '' } = {}) => {
    const wide = make({ ...base, width: isHalf ? columnWidths.half : columnWidths.full });
    if (wide.spec === null) return { chart: wide, picture: html`` };
    const narrow = make({ ...base, width: phoneWidth });
    const render = async (chart: typeof wide, name: string) =>
      chart.spec === null
        ? ''
        : renderSvg(chart.spec, {
            id: `${chart.id}${idSuffix}-${name}`,
            alt: chart.alt,
            locale: base.locale,
          });
    const wideSvg = await render(wide, 'wide');
    const narrowSvg = shareTitles(wideSvg, await render(narrow, 'narrow'));
    return {
      chart: wide,
      picture: html`<div class="wide">${trust(wideSvg)}</div><div class="narrow">${trust(narrowSvg)}</div>`,
    };
  };
}
