import type { CarrierPerformance } from '../../queries/schema.js';
import type { Chart, ChartContext } from '../drawing/chart.js';
import {
  drawPoints,
  type FunnelPoint,
  limits,
  namesShown,
  sayPoint,
  sortOutside,
  spread,
} from '../drawing/funnel-layers.js';
import {
  type Cast,
  castOf,
  emptyChart,
  finishChart,
  isNumber,
  roundDownShare,
  roundUpShare,
  sayAxis,
  withhold,
} from '../drawing/kit.js';
import { formatRate } from '../words.js';

type FunnelMetric = 'on_time_rate' | 'exception_rate';
/** '*' among the rows. */
export type FunnelRow = Pick<
  CarrierPerformance,
  'carrier_code' | `${FunnelMetric}${'' | '_lo' | '_hi' | '_n'}`
>;

const subjects: Record<FunnelMetric, string> = {
  on_time_rate: 'On time, by carrier and volume',
  exception_rate: 'Exceptions within 14 days, by carrier and volume',
};
const measured: Record<FunnelMetric, string> = {
  on_time_rate: 'Share of due parcels handed over in time (%) with a first attempt by the promised date',
  exception_rate: 'Share of parcels (%) with an exception within 14 days of the first scan',
};

const alone = 'Only one carrier has enough parcels: there is nothing to compare it with.';
const nothing: Record<FunnelMetric, string> = {
  on_time_rate: 'Nothing to draw yet: this needs parcels with a promised date that has come.',
  exception_rate: 'Nothing to draw yet: this needs parcels scanned at least 14 days ago.',
};

/** Rates against volume with the limits that chance would keep to around the overall rate; it takes the place of a ranking. */
export function drawFunnel(rows: readonly FunnelRow[], context: ChartContext, metric: FunnelMetric): Chart {
  const cast = castOf(context);
  const carriers = rows.filter((row) => row.carrier_code !== '*');
  const countOf = (row: FunnelRow) => row[`${metric}_n`];
  const { shown, withheld } = withhold(carriers, countOf, (row) => cast.nameOf(row.carrier_code), context);
  const overall = findOverall(rows, metric);
  const points = overall === null ? [] : shown.flatMap((row) => readPoint(row, metric, overall, context));
  const base = { id: `funnel-${metric.replaceAll('_', '-')}`, withheld };
  if (overall === null || points.length < 2) {
    return emptyChart(context, {
      ...base,
      units: measured[metric],
      title: subjects[metric],
      empty: points.length === 1 ? alone : nothing[metric],
    });
  }
  const domain = findDomain(points, overall, metric);
  const title = subjects[metric];
  return finishChart(context, {
    ...base,
    title,
    units: `${measured[metric]}, against the number of parcels; ${sayAxis(domain, context)}`,
    howToRead:
      `The line is the rate of all carriers together, ${formatRate(overall, context.locale)}. Between the inner limits 95 in 100 carriers that ` +
      'were alike would lie, between the outer 998 in 1,000. Carriers outside the outer limits differ by more than chance and are named where there is room; outside the ' +
      'inner ones alone, look again next week.',
    alt: `${title}. ${sayPoints(points, cast, context)}.`,
    spec: drawPoints(points, overall, domain, cast, context),
  });
}

/** The rate of the '*' row, or of the carriers together where there is none. */
function findOverall(rows: readonly FunnelRow[], metric: FunnelMetric): number | null {
  const all = rows.find((row) => row.carrier_code === '*')?.[metric];
  if (isNumber(all)) return all;
  let [events, count] = [0, 0];
  for (const row of rows) {
    const n = row[`${metric}_n`] ?? 0;
    events += (row[metric] ?? 0) * n;
    count += n;
  }
  return count > 0 ? events / count : null;
}

function readPoint(
  row: FunnelRow,
  metric: FunnelMetric,
  overall: number,
  context: ChartContext,
): FunnelPoint[] {
  const [rate, lo, hi, n] = [row[metric], row[`${metric}_lo`], row[`${metric}_hi`], row[`${metric}_n`]];
  if (!isNumber(rate) || !isNumber(n) || n <= 0) return [];
  const isOutside = (z: number) => Math.abs(rate - overall) > z * spread(overall, n) + 1e-12;
  const isCompared = n >= context.thresholds.rankedFrom;
  const outermost = limits.filter(({ z }) => isCompared && isOutside(z)).at(-1)?.name ?? 'none';
  return [{ code: row.carrier_code, n, rate, lo: lo ?? rate, hi: hi ?? rate, outside: outermost }];
}

function findDomain(points: readonly FunnelPoint[], overall: number, metric: FunnelMetric): [number, number] {
  const rates = [overall, ...points.map(({ rate }) => rate)];
  return metric === 'on_time_rate'
    ? [roundDownShare(Math.min(...rates)), 1]
    : [0, roundUpShare(Math.max(...rates) * 1.1)];
}

/** The carriers outside the limits, the largest first, and how many are within. */
function sayPoints(points: readonly FunnelPoint[], cast: Cast, context: ChartContext): string {
  const outside = sortOutside(points);
  const said = outside.slice(0, namesShown).map((point) => sayPoint(point, cast, context));
  const more = outside.length - said.length;
  const within = points.length - outside.length;
  return [
    ...said,
    ...(more > 0 ? [`${more} more outside the limits`] : []),
    `${within} within the limits`,
  ].join('; ');
}
