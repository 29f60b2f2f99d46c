import { drawDelayWaterfall } from '../charts/delay-waterfall.js';
import { drawDeliveredWithin, drawDeliveredWithinOne } from '../charts/delivered-within.js';
import { drawTopExceptionCodes } from '../charts/exception-codes.js';
import { drawExceptionsByGroup } from '../charts/exceptions-by-group.js';
import { drawFirstScan } from '../charts/first-scan.js';
import { drawFunnel } from '../charts/funnel.js';
import { drawLabelWaiting } from '../charts/label-waiting.js';
import { drawLaneHeatMap } from '../charts/lane-heat-map.js';
import { drawParcelDays } from '../charts/parcel-days.js';
import { drawDaysLate, drawPromiseDrift } from '../charts/promise.js';
import { drawTransitAdjusted } from '../charts/transit-adjusted.js';
import { drawTransitPercentiles } from '../charts/transit-percentiles.js';
import { drawWeeklyTrend } from '../charts/weekly-trend.js';
import type { CarrierPerformanceRow, LaneRow } from '../snapshot.js';
import { formatCount } from '../words.js';
import { recentAlerts } from './alerts.js';
import { hasPromises, type PageContext } from './context.js';

import { type Html, html } from './html.js';
import { linkTo } from './layout.js';
import { othersCode } from './others.js';
import { renderSection } from './section.js';
import { sql } from './sql.js';

/** One text a lane. */
function laneKey(row: LaneRow): string {
  return JSON.stringify([row.from_country, row.to_country, row.delivery_type]);
}

/** One line a carrier, and one for all. */
export function currentRows(context: PageContext): CarrierPerformanceRow[] {
  return context.snapshot.carrierPerformance.filter((row) => row.period === 'current');
}

/** The same without the merged carriers, of whom no percentile is known. */
function rowsWithDurations(context: PageContext): CarrierPerformanceRow[] {
  return currentRows(context).filter((row) => row.carrier_code !== othersCode);
}

/** Share attempted by day since the first scan, a curve a carrier. */
export async function deliveredWithin(context: PageContext): Promise<Html> {
  const rows = context.snapshot.transitCurves;
  const drawn = await context.draw((chart) => drawDeliveredWithin(rows, chart));
  return renderSection(context, {
    id: 'delivered-within',
    charts: [{ drawn, hasToggles: true }],
    definitions: ['transit_p50_hours', 'transit_reached_share'],
    sql: sql.transitCurves(null),
  });
}

/** One carrier's curve with its limits. */
export async function deliveredWithinOne(context: PageContext, code: string): Promise<Html> {
  const rows = context.snapshot.transitCurves;
  const drawn = await context.draw((chart) => drawDeliveredWithinOne(rows, chart, code));
  return renderSection(context, {
    id: 'delivered-within',
    charts: [drawn],
    definitions: ['transit_p50_hours', 'transit_reached_share'],
    sql: sql.transitCurves(code),
  });
}

/** Transit percentiles, and the on-time rate raw beside adjusted. */
export async function transitPercentiles(context: PageContext): Promise<Html> {
  const rows = rowsWithDurations(context);
  const percentiles = await context.draw((chart) => drawTransitPercentiles(rows, chart));
  const adjusted = hasPromises(context)
    ? await context.draw((chart) => drawTransitAdjusted(rows, chart))
    : null;
  return renderSection(context, {
    id: 'transit',
    charts: adjusted?.chart.spec ? [percentiles, adjusted] : [percentiles],
    definitions: ['transit_p90_hours', 'transit_p95_hours', 'on_time_rate_adj', 'adj_support'],
    sql: sql.percentiles(null),
  });
}

/** Share scanned within 24 and 48 hours. */
export async function firstScanShares(context: PageContext): Promise<Html> {
  const rows = rowsWithDurations(context).filter(
    (row) => context.forCarrier === null || row.carrier_code === context.forCarrier,
  );
  const drawn = await context.draw((chart) => drawFirstScan(rows, chart));
  return renderSection(context, {
    id: 'first-scan',
    charts: [drawn],
    definitions: ['first_scan_24h_share', 'first_scan_p50_hours'],
    sql: sql.firstScan(context.forCarrier),
  });
}

/** When labels wait: median time to the first scan by hour of the week. */
export async function labelWaiting(context: PageContext): Promise<Html> {
  const code = context.forCarrier ?? '*';
  const drawn = await context.draw((chart) => drawLabelWaiting(context.snapshot.labelWaiting, chart, code));
  return renderSection(context, {
    id: 'waiting',
    charts: [drawn],
    definitions: ['label_waiting'],
    sql: sql.waiting(code),
  });
}

/** Carriers on lanes, against all carriers on the lane. With `limit`, the largest lanes only, and where the others are. */
export async function laneMap(context: PageContext, limit = Number.POSITIVE_INFINITY): Promise<Html> {
  const totals = context.snapshot.lanes
    .filter((row) => row.carrier_code === '*')
    .sort((a, b) => b.scanned - a.scanned);
  const kept = new Set(totals.slice(0, limit).map(laneKey));
  const rows = context.snapshot.lanes.filter((row) => kept.has(laneKey(row)));
  const drawn = await context.draw((chart) => drawLaneHeatMap(rows, chart));
  const rest = totals.length - kept.size;
  const more = html`The ${formatCount(limit, context.locale)} largest lanes; ${formatCount(rest, context.locale)} more`;
  return renderSection(context, {
    id: 'lanes',
    charts: [drawn],
    body:
      rest > 0 && drawn.chart.spec
        ? html`<p class="how">${linkTo(context, 'lanes.html', 'lanes', more)}.</p>`
        : '',
    definitions: [hasPromises(context) ? 'on_time_rate' : 'transit_2_working_days_rate'],
    sql: sql.lanes(null),
  });
}

/** On-time rates against parcels, with the limits that chance allows; instead of a ranking. */
export async function onTimeFunnel(context: PageContext): Promise<Html> {
  if (!hasPromises(context)) {
    return renderSection(context, {
      id: 'on-time',
      title: 'On time: not measurable, no promise in the data',
      body: html`<p class="empty">An expected delivery date in the carriers’ answers would fill this.</p>`,
      definitions: ['on_time_rate', 'edd_coverage_rate'],
      sql: sql.promise(null),
    });
  }
  const drawn = await context.draw((chart) => drawFunnel(currentRows(context), chart, 'on_time_rate'));
  return renderSection(context, {
    id: 'on-time',
    charts: [drawn],
    definitions: ['on_time_rate'],
    sql: sql.onTime(),
  });
}

/** Whose the exceptions are, carrier by carrier. */
export async function exceptionGroups(context: PageContext): Promise<Html> {
  const drawn = await context.draw((chart) => drawExceptionsByGroup(currentRows(context), chart));
  return renderSection(context, {
    id: 'exception-groups',
    charts: [drawn],
    definitions: ['exception_rate', 'exception_rate_carrier', 'exception_rate_recipient'],
    sql: sql.exceptionGroups(null),
  });
}

/** The commonest exception codes of a carrier, or of all; `table` gives them in figures. */
export async function topCodes(context: PageContext, code: string | null, table: Html | null): Promise<Html> {
  const drawn = await context.draw((chart) =>
    drawTopExceptionCodes(context.snapshot.exceptionCodes, chart, code ?? '*'),
  );
  return renderSection(context, {
    id: 'codes',
    charts: [drawn],
    body: table,
    definitions: ['exception_rate'],
    sql: sql.codes(code),
  });
}

/** Exception rates against parcels, with the limits that chance allows. */
export async function exceptionFunnel(context: PageContext): Promise<Html> {
  const drawn = await context.draw((chart) => drawFunnel(currentRows(context), chart, 'exception_rate'));
  return renderSection(context, {
    id: 'exception-funnel',
    charts: [drawn],
    definitions: ['exception_rate'],
    sql: sql.exceptionRates(),
  });
}

/** What the trend shows of a carrier: the promise or the transit time, and what its parcels meet. */
function chooseSeries(context: PageContext, code: string | null): { carrierCode: string; metric: string }[] {
  const main = hasPromises(context) ? 'on_time_rate' : 'transit_p50_hours';
  const alerted = recentAlerts(context)
    .filter((alert) => code === null || alert.carrier_code === code)
    .sort(
      (a, b) =>
        Number(b.is_worse) - Number(a.is_worse) ||
        Number(b.kind === 'outside') - Number(a.kind === 'outside'),
    )
    .map((alert) => ({ carrierCode: alert.carrier_code, metric: alert.metric }));
  const usual =
    code === null
      ? [main, 'exception_rate_carrier'].map((metric) => ({ carrierCode: '*', metric }))
      : [...new Set([main, 'transit_p50_hours', 'exception_rate_carrier', 'returned_30d_rate'])].map(
          (metric) => ({
            carrierCode: code,
            metric,
          }),
        );
  const seen = new Set<string>();
  const distinct = [...alerted.slice(0, 2), ...usual].filter((series) => {
    const key = JSON.stringify(series);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
  return distinct.slice(0, 4);
}

/** Weeks with control limits: series with open alerts first. */
export async function weeklyTrend(context: PageContext, code: string | null): Promise<Html> {
  const charts = [];
  for (const [index, series] of chooseSeries(context, code).entries()) {
    charts.push(
      await context.draw(
        (chart) =>
          drawWeeklyTrend(context.snapshot.control, chart, { ...series, alerts: context.snapshot.alerts }),
        {
          isHalf: true,
          idSuffix: `-${index}`,
        },
      ),
    );
  }
  const alerts = recentAlerts(context).filter((alert) => code === null || alert.carrier_code === code);
  const title =
    alerts.length === 0
      ? 'Week by week: no open alert'
      : `Week by week: ${alerts.length} open ${alerts.length === 1 ? 'alert' : 'alerts'}`;
  return renderSection(context, {
    id: 'trend',
    title,
    charts,
    isGrid: true,
    definitions: ['alerts', 'on_time_rate'],
    sql: sql.weeks(code),
  });
}

/** Whose the time from label to door is. */
export async function delayWaterfall(context: PageContext, code: string | null = null): Promise<Html> {
  const rows = context.snapshot.delays.filter(
    (row) => code === null || row.carrier_code === code || row.carrier_code === '*',
  );
  const drawn = await context.draw((chart) => drawDelayWaterfall(rows, chart));
  return renderSection(context, {
    id: 'delays',
    charts: [drawn],
    definitions: ['delay_breakdown'],
    sql: sql.delays(code),
  });
}

/** Where parcels are by day since the label: one carrier's, or all ('*'). The areas are its delay breakdown. */
export async function whereParcelsAre(context: PageContext, code: string): Promise<Html> {
  const { parcelDays, delays } = context.snapshot;
  const drawn = await context.draw((chart) => drawParcelDays(parcelDays, delays, chart, code));
  return renderSection(context, {
    id: 'where',
    charts: [drawn],
    definitions: ['delay_breakdown'],
    sql: sql.parcelDays(code),
  });
}

/** Days early or late, and how far the promise itself was moved. */
export async function promiseDays(context: PageContext, code: string): Promise<Html> {
  if (!hasPromises(context)) return html``;
  const { drift } = context.snapshot;
  const charts = [
    await context.draw((chart) => drawDaysLate(drift, chart, code), { isHalf: true }),
    await context.draw((chart) => drawPromiseDrift(drift, chart, code), { isHalf: true }),
  ];
  return renderSection(context, {
    id: 'promise-days',
    title: 'Days early or late against the first promise, and how far promises were moved',
    charts,
    isGrid: true,
    definitions: ['promise_drift'],
    sql: sql.drift(code),
  });
}
