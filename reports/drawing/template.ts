import * as vega from 'vega';
import type { TopLevelSpec } from 'vega-lite';
import { dropLayerValues } from './chart-data.js';
import { compileSpec } from './render.js';

/** A drawing for a page to fill: Vega's dataflow with expressions as syntax trees, plain JSON; data sets are called as `nameLayerData` says. */
export type ChartTemplate = Readonly<Record<string, unknown>>;

/** Compiles a drawing without its rows, once, so that a page needs neither Vega-Lite nor Vega's parser, and no text becomes code. */
export function makeTemplate(spec: TopLevelSpec, locale: string): ChartTemplate {
  const compiled = compileSpec(dropLayerValues(spec), { locale });
  return vega.parse(compiled, undefined, { ast: true }) as unknown as ChartTemplate;
}
