import type { Chart, ChartContext } from '../drawing/chart.js';
import {
  type Difference,
  type DifferenceRow,
  isMeasured,
  pickDifferences,
  sayDifferences,
  subjectOf,
} from '../drawing/differences.js';
import { drawFunnelPoints, sayPoint } from '../drawing/funnel-layers.js';
import { castOf, emptyChart, finishChart, withhold } from '../drawing/kit.js';

/**
 * Differences to the others, like with like, against the parcels that can be compared, with the limits that chance keeps to around 0. Only
 * what passes the gate is in ink and named: it takes the place of a ranking. `doubts`: carriers whose figure says nothing, and why.
 */
export function drawFunnel(
  rows: readonly DifferenceRow[],
  context: ChartContext,
  metric: string,
  doubts: ReadonlyMap<string, string> = new Map(),
): Chart {
  const cast = castOf(context);
  const nameOf = (row: DifferenceRow) => cast.nameOf(row.carrier_code);
  const own = pickDifferences(rows, metric);
  const judged = own.filter((row) => !doubts.has(row.carrier_code));
  const { shown, withheld } = withhold(judged, ({ n }) => n, nameOf, context);
  const points = shown.filter(isMeasured);
  const subject = `${subjectOf(metric)}, against the other carriers on the same lanes, by parcels compared`;
  const base = {
    id: `funnel-${metric.replaceAll('_', '-')}`,
    units:
      'Points more (+) or fewer (\u2212) than the other carriers on the same lanes and services, against the parcels compared',
    withheld,
    leftOut: own
      .filter((row) => doubts.has(row.carrier_code))
      .map((row) => `${nameOf(row)} (${doubts.get(row.carrier_code)})`),
  };
  if (points.length < 2) {
    return emptyChart(context, {
      ...base,
      title: subject,
      empty: `Nothing to draw yet: this needs two carriers with ${context.thresholds.withheldBelow} parcels each on the same lanes.`,
    });
  }
  const title = sayDifferences(points, metric, cast, context) ?? subject;
  return finishChart(context, {
    ...base,
    title,
    howToRead:
      'At 0 a carrier is like the others on its lanes. Of carriers that are alike, 95 in 100 lie between the inner lines and 998 in 1,000 ' +
      'between the outer ones; the thin upright line is the carrier\u2019s own interval. Filled and named: sure, with all looks counted. ' +
      'Hollow: within chance, or too little to compare.',
    alt: `${title}. ${sayPoints(points, context)}.`,
    spec: drawFunnelPoints(points, cast, context),
  });
}

/** The carriers that pass the gate, and how many do not. */
function sayPoints(points: readonly Difference[], context: ChartContext): string {
  const cast = castOf(context);
  const sure = points.filter((row) => row.is_sure);
  const rest = points.length - sure.length;
  return [
    ...sure.map((row) => sayPoint(row, cast, context)),
    ...(rest > 0 ? [`${rest} ${rest === 1 ? 'carrier' : 'carriers'} within chance`] : []),
  ].join('; ');
}
