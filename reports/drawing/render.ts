import * as vega from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { compile, type TopLevelSpec } from 'vega-lite';
import { defaultLocale } from '../words.js';
import { finishSvg } from './finish-svg.js';
import { measureText } from './text-width.js';
import { chartConfig } from './theme.js';

interface RenderOptions {
  /** Prefix of every id in the SVG; the spec's `name` otherwise. */
  id?: string;
  /** Text in place of the drawing; the spec's `description` otherwise. */
  alt?: string;
  locale?: string;
  /** Told what Vega warns of. */
  warn?: (message: string) => void;
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
    // Expressions are interpreted, not compiled: no text ever becomes code, on a page or in this process.
    const runtime = vega.parse(compileSpec(spec, options), undefined, { ast: true });
    const view = new vega.View(runtime, {
      expr: expressionInterpreter,
      renderer: 'none',
      loader: refuseAll(refused),
      logger: quietLogger(options.warn),
    });
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

/** The Vega spec that a Vega-Lite spec becomes under our config. */
export function compileSpec(
  spec: TopLevelSpec,
  options: Pick<RenderOptions, 'locale' | 'warn'> = {},
): vega.Spec {
  const config = chartConfig(options.locale ?? defaultLocale);
  return compile(spec, { config, logger: quietLogger(options.warn) }).spec;
}

/** Vega lays out text by this hook; without a canvas its own guess is 0.8 em a letter. It is one for the whole process. */
function measureWithFontWidths(): void {
  const { textMetrics } = vega as unknown as {
    textMetrics: { width: (item: TextItem, text: unknown) => number };
  };
  textMetrics.width = (item, text) =>
    text === null || text === undefined
      ? 0
      : measureText(String(text).trim(), item.fontSize ?? 11, isBold(item.fontWeight));
}

interface TextItem {
  fontSize?: number;
  fontWeight?: string | number;
}

function isBold(weight: string | number | undefined): boolean {
  return weight === 'bold' || Number(weight) >= 600;
}

/** Vega takes a load that fails for an empty data set: what was asked for is written down, so that it fails aloud. */
function refuseAll(refused: string[]): vega.Loader {
  const refuse = async (uri: string): Promise<never> => {
    refused.push(uri);
    throw new Error('a chart loads nothing');
  };
  return { load: refuse, sanitize: refuse, http: refuse, file: refuse } as unknown as vega.Loader;
}

function quietLogger(warn: RenderOptions['warn']): vega.LoggerInterface {
  const say = (...words: readonly unknown[]) => {
    warn?.(words.map(String).join(' '));
    return logger;
  };
  const raise = (...words: readonly unknown[]): never => {
    throw new Error(words.map(String).join(' '));
  };
  const ignore = () => logger;
  const logger = {
    level: ignore,
    error: raise,
    warn: say,
    info: ignore,
    debug: ignore,
  } as unknown as vega.LoggerInterface;
  return logger;
}
