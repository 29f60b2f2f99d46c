import type { TopLevelSpec } from 'vega-lite';
import { compileSpec } from './compile.js';
import { parse, type Runtime } from './vega.js';

/** Vega's dataflow with expressions as syntax trees: plain JSON, the same for every drawing that is made of it. */
export type ChartTemplate = Runtime;

/** Compiles a drawing without its rows, once, so that a page needs neither Vega-Lite nor Vega's parser, and no text becomes code. */
export function makeTemplate(spec: TopLevelSpec, locale: string): ChartTemplate {
  return parse(compileSpec(spec, { locale }), undefined, { ast: true });
}

// compiling takes longer than drawing, and a report has a few dozen shapes
const templates = new Map<string, ChartTemplate>();

/** The template of a shape, compiled the first time that it is asked for. */
export function shareTemplate(shape: TopLevelSpec, locale: string): ChartTemplate {
  const key = `${locale} ${JSON.stringify(shape)}`;
  const template = templates.get(key) ?? makeTemplate(shape, locale);
  templates.set(key, template);
  return template;
}
