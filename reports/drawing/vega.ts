// The one door to Vega and Vega-Lite: compiling the package makes one file of it, since finding their 250 files takes longer than reading them.
import * as vega from 'vega';

export { type Loader, type LoggerInterface, parse, type Runtime, type Spec, View } from 'vega';
export { expressionInterpreter } from 'vega-interpreter';
export { compile } from 'vega-lite';

/** A text as Vega lays it out; sizes in pixels. */
export interface TextItem {
  fontSize?: number;
  fontWeight?: string | number;
}

/** By what Vega measures texts; its types do not tell of it. */
export const { textMetrics } = vega as unknown as {
  textMetrics: { width: (item: TextItem, text: unknown) => number };
};
