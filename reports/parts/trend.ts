import { drawWeeklyTrend } from '../charts/weekly-trend.js';
import { definitionOf } from '../definitions.js';
import type { AlertLaneRow, AlertRow, NoteRow } from '../snapshot.js';
import { deliveryTypeWords, formatCount, formatDate, formatDayMonth, formatRate } from '../words.js';
import { recentAlerts } from './alerts.js';
import { sayLane } from './comparisons.js';
import { hasPromises, type PageContext } from './context.js';
import { type Html, html, join } from './html.js';
import { warningMark } from './layout.js';
import { findDoubt } from './reported.js';
import { renderSection } from './section.js';
import { sql } from './sql.js';

const seriesShown = 4;
const lanesNamed = 3;

/** What the trend shows of a carrier: what alerts, then the promise, the transit time, and what its parcels meet. */
function chooseMetrics(context: PageContext, code: string): string[] {
  const usual = [
    ...(hasPromises(context) ? ['on_time_rate'] : []),
    'transit_p50_hours',
    'exception_rate_carrier',
    'returned_30d_rate',
  ];
  const alerted = recentAlerts(context)
    .filter((alert) => alert.carrier_code === code)
    .sort(
      (one, other) =>
        Number(other.is_worse) - Number(one.is_worse) ||
        Number(other.kind === 'outside') - Number(one.kind === 'outside'),
    )
    .map(({ metric }) => metric);
  const current = context.snapshot.carrierPerformance.find(
    (row) => row.period === 'current' && row.carrier_code === code,
  );
  return [...new Set([...alerted, ...usual])]
    .filter((metric) => findDoubt(current, metric, context)?.words !== 'not reported')
    .slice(0, seriesShown);
}

/** Whether the alert passes the gate: only then a title says it. */
function isSure(context: PageContext, alert: AlertRow): boolean {
  return context.snapshot.candidates.some(
    (row) =>
      row.kind === 'alert' &&
      row.is_sure &&
      row.carrier_code === alert.carrier_code &&
      row.metric === alert.metric &&
      row.side === alert.side &&
      row.first_week === alert.first_week,
  );
}

function sayLaneShare(context: PageContext, row: AlertLaneRow): string {
  const { locale } = context;
  const type = row.delivery_type === 'home' ? '' : `, ${deliveryTypeWords(row.delivery_type)}`;
  return `${sayLane(row)}${type}, ${formatCount(row.x, locale)} of ${formatCount(row.n, locale)}, usual ${formatRate(row.usual, locale)}`;
}

/** 'On time below its limits, 19 Oct to 26 Oct; from: NL to BE, 8 of 38, usual 91.6 %'. */
function renderAlert(context: PageContext, alert: AlertRow): Html {
  const lanes = context.snapshot.alertLanes
    .filter(
      (row) =>
        row.is_named &&
        row.carrier_code === alert.carrier_code &&
        row.metric === alert.metric &&
        row.side === alert.side &&
        row.first_week === alert.first_week,
    )
    .sort((one, other) => Math.abs(other.extra) - Math.abs(one.extra));
  const weeks = [alert.first_week, alert.last_week].map((week) => formatDayMonth(week, context.locale));
  const when = weeks[0] === weeks[1] ? `week of ${weeks[0]}` : `weeks of ${weeks[0]} to ${weeks[1]}`;
  const of = alert.kind === 'outside' ? 'its limits' : 'its median';
  const shown = lanes.slice(0, lanesNamed).map((row) => sayLaneShare(context, row));
  const more = lanes.length - shown.length;
  const places = [...shown, ...(more > 0 ? [`${more} more lanes`] : [])].join('; ');
  const from =
    lanes.length > 0
      ? html`; from: <strong class="name">${places}</strong>`
      : alert.is_worse && !alert.metric.endsWith('_hours')
        ? '; spread over its lanes'
        : '';
  const mark = alert.is_worse ? html`${warningMark} ` : '';
  return html`<li>${mark}${definitionOf(context.snapshot, alert.metric).name} ${alert.side} ${of}, ${when}${alert.is_worse ? ', for the worse' : ', for the better'}${from}.</li>`;
}

function renderNotes(context: PageContext, notes: readonly NoteRow[]): Html {
  if (notes.length === 0) return html``;
  const pieces = notes.map(
    ({ date, text }) => html`${formatDate(date, context.locale)}, <span class="name">${text}</span>`,
  );
  return html`<p class="how"><b>Notes</b> ${join(pieces, '; ')}.</p>`;
}

/** One carrier's weeks with control limits, or those of all ('*'); its open alerts and where they come from; the notes of these weeks. */
export async function weeklyTrend(
  context: PageContext,
  code: string,
  metrics: readonly string[] = chooseMetrics(context, code),
): Promise<Html> {
  const { snapshot } = context;
  const alerts = snapshot.alerts.map((alert) => ({ ...alert, isSure: isSure(context, alert) }));
  const weeksUnjudged = snapshot.unjudgedWeeks
    .filter((row) => row.carrier_code === code)
    .map((row) => row.week_start_date.slice(0, 10));
  const charts = [];
  for (const [index, metric] of metrics.entries()) {
    const unjudged = new Set(metric === 'on_time_rate' ? weeksUnjudged : []);
    charts.push(
      await context.draw(
        (chart) =>
          drawWeeklyTrend(snapshot.control, chart, {
            ...{ carrierCode: code, metric, alerts, unjudged },
            ...{ notes: snapshot.notes, targets: snapshot.targets },
          }),
        { isHalf: true, idSuffix: `-${index}` },
      ),
    );
  }
  const open = recentAlerts(context).filter((alert) => alert.carrier_code === code);
  const [from = ''] = snapshot.control.map((row) => row.week_start_date).sort();
  const notes = snapshot.notes.filter(
    (note) => (note.carrier_code === null || note.carrier_code === code) && note.date >= from,
  );
  const count = `${open.length} open ${open.length === 1 ? 'alert' : 'alerts'}`;
  const title =
    code === '*'
      ? 'All carriers, week by week'
      : `Week by week: ${open.length === 0 ? 'no open alert' : count}`;
  return renderSection(context, {
    id: 'trend',
    title,
    intro:
      open.length === 0
        ? ''
        : html`<ul class="sentences" aria-label="Open alerts">${open.map((alert) => renderAlert(context, alert))}</ul>`,
    charts,
    isGrid: true,
    body: renderNotes(context, notes),
    definitions: ['alerts', ...metrics],
    sql: sql.weeks(code),
  });
}
