import { deflateRawSync } from 'node:zlib';
import { type CompareData, pack } from '../browser/compare-data.js';
import { drawDeliveredWithin } from '../charts/delivered-within.js';
import { drawWeeklyPair } from '../charts/weekly-pair.js';
import type { Chart, ChartContext } from '../drawing/chart.js';
import { dropLayerValues } from '../drawing/chart-data.js';
import type { CurveRow } from '../drawing/curves.js';
import { makeTemplate } from '../drawing/template.js';
import { measureText } from '../drawing/text-width.js';
import { textSize } from '../drawing/theme.js';

/** The two levels above take five times as long for 3 % less. */
const deflateLevel = 7;

function assign(name: string, text: string): string {
  const deflated = deflateRawSync(text, { level: deflateLevel });
  return `globalThis.${name} = '${deflated.toString('base64')}';\n`;
}

/** The rows as a script: a page from a folder may fetch nothing, so its data comes as a text in a classic script file. */
export function encodeCompareData(data: CompareData): string {
  return assign('compareData', pack(data));
}

/** Two carriers' worth of rows, whichever: a template has none, but a drawing without rows is no drawing. */
const codes = ['a', 'b'] as const;
const monday = '2026-01-05';
function makeContext(
  context: Omit<ChartContext, 'width' | 'carriers'>,
  width: number,
  name: string,
): ChartContext {
  return { ...context, width, carriers: codes.map((code) => ({ code, name, colourRank: 1 })) };
}

function drawSamples(context: ChartContext): Record<'weeks' | 'curve', Chart> {
  const n = context.thresholds.rankedFrom;
  const curve = codes.flatMap((code): CurveRow[] => [
    { carrier_code: code, hours: 0, share: 0, share_lo: 0, share_hi: 0, at_risk: n },
    { carrier_code: code, hours: 24, share: 0.5, share_lo: 0.4, share_hi: 0.6, at_risk: n },
  ]);
  const weeks = codes.map((code) => ({
    carrier_code: code,
    week_start_date: monday,
    value: 0.5,
    n,
    is_complete: true,
  }));
  return {
    weeks: drawWeeklyPair(weeks, context, {
      subject: '',
      unit: 'rate',
      isHighRate: true,
      mondays: [monday],
      chosen: { from: 0, to: 0 },
      codes,
    }),
    curve: drawDeliveredWithin(curve, context),
  };
}

/** The drawings of head to head in both widths, compiled for the page to fill: `compareCharts` in its script file. */
export function encodeCompareCharts(
  context: Omit<ChartContext, 'width' | 'carriers'>,
  widths: { wide: number; narrow: number },
  names: readonly string[],
): string {
  // room for the longest name that may stand at a line's end
  const longest = names.reduce((one, other) =>
    measureText(other, textSize.label) > measureText(one, textSize.label) ? other : one,
  );
  const templates = Object.entries(widths).map(([name, width]) => {
    const charts = drawSamples(makeContext(context, width, longest));
    const compiled = Object.entries(charts).flatMap(([chart, { spec }]) =>
      spec === null ? [] : [[chart, makeTemplate(dropLayerValues(spec), context.locale)]],
    );
    return [name, { width, charts: Object.fromEntries(compiled) }];
  });
  const text = JSON.stringify(Object.fromEntries(templates));
  return assign('compareCharts', text);
}
