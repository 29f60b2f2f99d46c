import type { TopLevelSpec } from 'vega-lite';
import { defaultLocale } from '../words.js';
import { quietLogger } from './compile.js';
import { finishSvg } from './finish-svg.js';
import { takeApart } from './shape.js';
import { shareTemplate } from './template.js';
import { measureText } from './text-width.js';
import { expressionInterpreter, type Loader, textMetrics, View } from './vega.js';

interface RenderOptions {
  /** Prefix of every id in the SVG; the spec's `name` otherwise. */
  id?: string;
  /** Text in place of the drawing; the spec's `description` otherwise. */
  alt?: string;
  locale?: string;
}

export class ChartRenderError extends Error {
  override readonly name = 'ChartRenderError';
  readonly code = 'CHART_RENDER';
}

/**
 * An SVG of a spec, to stand inside an HTML page: no script, style attribute, link or address; ids start with the chart's. A mark whose
 * description is `carrier_code + tipSeparator + text` carries `data-carrier` and a `<title>`. The same spec gives the same bytes.
 * Throws ChartRenderError.
 */
export async function renderSvg(spec: TopLevelSpec, options: RenderOptions = {}): Promise<string> {
  const id = options.id ?? spec.name ?? 'chart';
  const alt = options.alt ?? (typeof spec.description === 'string' ? spec.description : '');
  const refused: string[] = [];
  try {
    measureWithFontWidths();
    const { shape, signals, rows } = takeApart(spec);
    const view = new View(shareTemplate(shape, options.locale ?? defaultLocale), {
      // Expressions are interpreted, not compiled: no text ever becomes code, on a page or in this process.
      expr: expressionInterpreter,
      renderer: 'none',
      loader: refuseAll(refused),
      logger: quietLogger(),
    });
    for (const [name, value] of signals) view.signal(name, value);
    for (const [name, values] of rows) view.data(name, [...values]);
    try {
      const svg = await view.toSVG();
      if (refused.length > 0) throw new Error('a chart loads nothing');
      return finishSvg(svg, id, alt);
    } finally {
      view.finalize();
    }
  } catch (cause) {
    throw new ChartRenderError(`The chart ${id} could not be drawn`, { cause });
  }
}

/** Vega lays out text by this hook; without a canvas its own guess is 0.8 em a letter. It is one for the whole process. */
function measureWithFontWidths(): void {
  textMetrics.width = (item, text) =>
    text === null || text === undefined
      ? 0
      : measureText(String(text).trim(), item.fontSize ?? 11, isBold(item.fontWeight));
}

function isBold(weight: string | number | undefined): boolean {
  return weight === 'bold' || Number(weight) >= 600;
}

/** Vega takes a load that fails for an empty data set: what was asked for is written down, so that it fails aloud. */
function refuseAll(refused: string[]): Loader {
  const refuse = async (uri: string): Promise<never> => {
    refused.push(uri);
    throw new Error('a chart loads nothing');
  };
  return { load: refuse, sanitize: refuse, http: refuse, file: refuse } as unknown as Loader;
}
