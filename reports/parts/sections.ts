import { drawDelayWaterfall } from '../charts/delay-waterfall.js';
import { drawDeliveredWithin, drawDeliveredWithinOne } from '../charts/delivered-within.js';
import { drawTopExceptionCodes } from '../charts/exception-codes.js';
import { drawExceptionsByGroup } from '../charts/exceptions-by-group.js';
import { drawFirstScan } from '../charts/first-scan.js';
import { drawFunnel } from '../charts/funnel.js';
import { drawLabelWaiting } from '../charts/label-waiting.js';
import { drawLikeWithLike, drawOwnDifferences } from '../charts/like-with-like.js';
import { drawOpenAges } from '../charts/open-age.js';
import { drawParcelDays } from '../charts/parcel-days.js';
import { drawDaysLate, drawPromiseDrift } from '../charts/promise.js';
import { drawTransitPercentiles } from '../charts/transit-percentiles.js';
import type { CarrierPerformanceRow } from '../snapshot.js';
import { laneMetric } from './comparisons.js';
import { hasPromises, type PageContext } from './context.js';

import { heaps, sortHeaps } from './heaps.js';
import { type Html, html } from './html.js';
import { laneMapUnits, renderLaneMap, sayLaneMap } from './lane-map.js';
import { findDoubt } from './reported.js';
import { renderSection } from './section.js';
import { sql } from './sql.js';

/** One line a carrier, and one for all. */
export function currentRows(context: PageContext): CarrierPerformanceRow[] {
  return context.snapshot.carrierPerformance.filter((row) => row.period === 'current');
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

/** Half, 9 in 10 and 19 in 20 of each carrier's parcels. */
export async function transitPercentiles(context: PageContext): Promise<Html> {
  const drawn = await context.draw((chart) => drawTransitPercentiles(currentRows(context), chart));
  return renderSection(context, {
    id: 'transit',
    charts: [drawn],
    definitions: ['transit_p90_hours', 'transit_p95_hours'],
    sql: sql.percentiles(null),
  });
}

/** Why a carrier's figure is not shown, by its code. */
function findDoubts(context: PageContext, metric: string): Map<string, string> {
  return new Map(
    currentRows(context).flatMap((row) => {
      const doubt = findDoubt(row, metric, context);
      return doubt === null ? [] : [[row.carrier_code, doubt.words] as const];
    }),
  );
}

/** Each carrier against the others on the same lanes: what was promised, and what needs no promise. */
export async function likeWithLike(context: PageContext): Promise<Html> {
  const metrics = [laneMetric(context), 'transit_vs_others_2d'];
  const charts = [];
  for (const metric of metrics) {
    const doubts = findDoubts(context, metric);
    charts.push(
      await context.draw((chart) => drawLikeWithLike(context.snapshot.comparisons, chart, metric, doubts)),
    );
  }
  return renderSection(context, {
    id: 'like-with-like',
    isFirst: true,
    charts,
    definitions: ['comparisons', ...metrics],
    sql: sql.comparisons('carrier', metrics),
  });
}

/** One carrier on its own lanes against the others there, measure by measure. */
export async function ownDifferences(context: PageContext, code: string): Promise<Html> {
  if (context.forCarrier !== null) return html``;
  const row = currentRows(context).find((each) => each.carrier_code === code);
  const doubts = new Map(
    context.snapshot.metrics.flatMap(({ name }) => {
      const doubt = findDoubt(row, name, context);
      return doubt === null ? [] : [[name, doubt.words] as const];
    }),
  );
  const drawn = await context.draw((chart) =>
    drawOwnDifferences(context.snapshot.comparisons, chart, code, doubts),
  );
  return renderSection(context, {
    id: 'against-others',
    charts: [drawn],
    definitions: ['comparisons'],
    sql: sql.ownComparisons(code),
  });
}

/** Differences against the parcels behind them, with the limits that chance allows; instead of a ranking. */
export async function differenceFunnel(context: PageContext, metric: string, title?: string): Promise<Html> {
  const doubts = findDoubts(context, metric);
  const drawn = await context.draw((chart) =>
    drawFunnel(context.snapshot.comparisons, chart, metric, doubts),
  );
  return renderSection(context, {
    id: 'funnel',
    title,
    charts: [drawn],
    definitions: ['comparisons', metric],
    sql: sql.comparisons('carrier', [metric]),
  });
}

/** Share scanned within 24 and 48 hours. */
export async function firstScanShares(context: PageContext): Promise<Html> {
  const rows = currentRows(context).filter(
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
  const drawn = await context.draw((chart) =>
    drawLabelWaiting(context.snapshot.labelWaiting, context.snapshot.cutOffs, chart, code),
  );
  return renderSection(context, {
    id: 'waiting',
    charts: [drawn],
    definitions: ['label_waiting'],
    sql: sql.waiting(code),
  });
}

/** Carriers on lanes, each against the lane's other carriers. */
export function laneMap(context: PageContext): Html {
  return renderSection(context, {
    id: 'lanes',
    title: sayLaneMap(context),
    intro: html`<p class="subject">${laneMapUnits(context)}</p>`,
    body: renderLaneMap(context),
    definitions: ['comparisons', laneMetric(context)],
    sql: sql.comparisons('lane', [laneMetric(context)]),
  });
}

/** Whose the exceptions are, carrier by carrier. */
export async function exceptionGroups(context: PageContext): Promise<Html> {
  const doubts = findDoubts(context, 'exception_rate');
  const drawn = await context.draw((chart) => drawExceptionsByGroup(currentRows(context), chart, doubts));
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

/** How long stalled parcels have been silent, by what is to be done; nothing where there is none. */
export async function openAges(context: PageContext): Promise<Html> {
  const sorted = sortHeaps(context.snapshot, context.previous);
  const ages = heaps.flatMap((heap) =>
    sorted[heap].map(({ row }) => ({ days: row.silent_working_days, heap })),
  );
  if (ages.length === 0) return html``;
  const drawn = await context.draw((chart) => drawOpenAges(ages, chart));
  return renderSection(context, { id: 'age', charts: [drawn], definitions: ['stalled_now'] });
}

/** Days early or late, and how far the promise itself was moved. */
export async function promiseDays(context: PageContext, code: string): Promise<Html> {
  const row = currentRows(context).find((each) => each.carrier_code === code);
  const isSilent = findDoubt(row, 'promise_kept_rate', context)?.words === 'not reported';
  if (!hasPromises(context) || isSilent) return html``;
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
