import { transforms } from 'vega-dataflow';
import { axisticks, datajoin, encode, scale, sortitems } from 'vega-encode';
import { expressionInterpreter } from 'vega-interpreter';
import { textMetrics } from 'vega-scenegraph';
import {
  aggregate,
  collect,
  facet,
  filter,
  formula,
  prefacet,
  proxy,
  relay,
  sieve,
  subflow,
} from 'vega-transforms';
import { View } from 'vega-view';
import { bound, mark, overlap, render, viewlayout } from 'vega-view-transforms';
import type { Chart } from '../../drawing/chart.js';
import { nameLayerData, readLayerValues } from '../../drawing/chart-data.js';
import { finishSvg } from '../../drawing/finish-svg.js';
import { measureText } from '../../drawing/text-width.js';

// only what our drawings are made of: all of Vega is half as large again
Object.assign(
  transforms,
  { aggregate, collect, facet, filter, formula, prefacet, proxy, relay, sieve, subflow },
  { bound, mark, overlap, render, viewlayout },
  { axisticks, datajoin, encode, scale, sortitems },
);

// text is measured as for the other pages, so that both lay it out alike
textMetrics.width = (item, text) =>
  text === null || text === undefined
    ? 0
    : measureText(
        String(text).trim(),
        item.fontSize ?? 11,
        item.fontWeight === 'bold' || Number(item.fontWeight) >= 600,
      );

const silent = () => logger;
const logger = { level: silent, error: silent, warn: silent, info: silent, debug: silent };
const refuse = () => Promise.reject(new Error('a chart loads nothing'));

/** The SVG of a chart: its rows in a template that was compiled with the report; expressions are interpreted, no text becomes code. */
export async function drawChart(template: unknown, chart: Chart, id: string): Promise<SVGElement> {
  const view = new View(template, {
    expr: expressionInterpreter,
    renderer: 'none',
    loader: { load: refuse, sanitize: refuse, http: refuse, file: refuse },
    logger,
  });
  for (const [place, values] of readLayerValues(chart.spec).entries())
    view.data(nameLayerData(place), values);
  try {
    const svg = finishSvg(await view.toSVG(), id, chart.alt);
    const { documentElement } = new DOMParser().parseFromString(svg, 'image/svg+xml');
    return document.importNode(documentElement, true) as unknown as SVGElement;
  } finally {
    view.finalize();
  }
}
