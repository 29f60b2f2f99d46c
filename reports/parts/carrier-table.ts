import type { CarrierPerformanceRow } from '../snapshot.js';
import { formatCount, formatDate, formatNumber } from '../words.js';
import { below, type Column, cell, figureCell, renderTable, rowHeader } from './cells.js';
import { hasPromises, nameOf, type PageContext } from './context.js';
import { formatN, formatValue } from './figures.js';
import { type Html, html } from './html.js';
import { linkCarrier } from './layout.js';
import { findDoubt } from './reported.js';
import { renderSpark } from './spark.js';

const rowsShown = 30;

/** The figures that carriers are set against each other by, and where their raw value stands. */
type ComparedMetric =
  | 'transit_vs_others_2d'
  | 'on_time_rate'
  | 'exception_rate_carrier'
  | 'first_attempt_success_rate';

/** The difference to the others on the same lanes, types and services: in ink only where it is sure, sorted on where it is comparable. */
function differenceCell(row: CarrierPerformanceRow, metric: ComparedMetric, context: PageContext): Html {
  const { locale, snapshot } = context;
  const doubt = findDoubt(row, metric, context);
  if (doubt || row.carrier_code === '*') return cell(html`<span class="muted">–</span>`, null);
  const found = snapshot.comparisons.find(
    (each) =>
      each.scope === 'carrier' &&
      each.other_carrier_code === '*' &&
      each.carrier_code === row.carrier_code &&
      each.metric === metric,
  );
  if (found?.difference == null || found.n === 0)
    return cell(html`<span class="muted">none alike</span>`, null);
  if (!found.is_comparable)
    return cell(html`<span class="muted">too few alike</span>${below(formatN(found.n, locale))}`, null);
  const points = (value: number) => `${value > 0 ? '+' : ''}${formatNumber(value * 100, 1, locale)}`;
  const size = points(found.difference);
  const limits = `${points(found.difference_lo ?? found.difference)} to ${points(found.difference_hi ?? found.difference)}`;
  const shown = found.is_sure ? html`<strong>${size}</strong>` : html`<span class="muted">${size}</span>`;
  return cell(html`${shown}${below(limits, formatN(found.n, locale))}`, found.difference);
}

function sparkCell(context: PageContext, code: string, metric: 'on_time_rate' | 'transit_p50_hours'): Html {
  const rows = context.snapshot.control.filter(
    (row) => row.carrier_code === code && row.metric === metric && row.n >= context.thresholds.withheldBelow,
  );
  const current = context.snapshot.carrierPerformance.find(
    (row) => row.period === 'current' && row.carrier_code === code,
  );
  const doubt = findDoubt(current, metric, context);
  if (doubt !== null) return html`<td><span class="muted">${doubt.words}</span></td>`;
  const kind = metric === 'on_time_rate' ? 'rate' : 'hours';
  const say = (value: number | null) => formatValue(value, kind, context.locale);
  const spark = renderSpark(rows, (first, last) =>
    [
      `${nameOf(context, code)}, by week: ${say(first.value)} in the week of ${formatDate(first.week_start_date, context.locale)}`,
      `${say(last.value)} in that of ${formatDate(last.week_start_date, context.locale)}`,
    ].join(', '),
  );
  return html`<td>${spark}</td>`;
}

function renderRow(context: PageContext, row: CarrierPerformanceRow, withPromises: boolean): Html {
  const code = row.carrier_code;
  const scanned = row.scanned;
  const difference = (metric: ComparedMetric) => differenceCell(row, metric, context);
  const small =
    code === '*' || nameOf(context, code) === code ? '' : html`<span class="sub name">${code}</span>`;
  return html`<tr${code === '*' ? html` class="total"` : ''}>${rowHeader(html`${linkCarrier(context, code)}${small}`, nameOf(context, code))}
${cell(formatCount(scanned, context.locale), scanned)}
${figureCell(row, 'transit_p90_hours', context)}
${difference('transit_vs_others_2d')}
${withPromises ? [figureCell(row, 'on_time_rate', context, 'no promise'), difference('on_time_rate')] : ''}
${figureCell(row, 'exception_rate_carrier', context)}
${difference('exception_rate_carrier')}
${figureCell(row, 'first_attempt_success_rate', context)}
${difference('first_attempt_success_rate')}
${sparkCell(context, code, withPromises ? 'on_time_rate' : 'transit_p50_hours')}</tr>`;
}

/** Every carrier on one line: its own figures, and each against the others like with like; the largest first. */
export function renderCarrierTable(context: PageContext): Html {
  const current = context.snapshot.carrierPerformance.filter((row) => row.period === 'current');
  const carriers = current
    .filter((row) => row.carrier_code !== '*')
    .sort((a, b) => b.scanned - a.scanned || (a.carrier_code < b.carrier_code ? -1 : 1));
  if (carriers.length === 0) {
    return html`<p class="empty">No carrier has a parcel in the window. Parcels whose label, first scan or promised date falls in it will stand here.</p>`;
  }
  const shown = carriers.slice(0, rowsShown);
  const total = carriers.length > 1 ? current.filter((row) => row.carrier_code === '*') : [];
  const withPromises = hasPromises(context);
  const leftOut = carriers.length - shown.length;
  const promiseWords = withPromises ? '' : ' On time: not measurable, no promise in the data.';
  const against = (what: string, first: 'ascending' | 'descending'): Column => ({
    label: `Against the others, ${what}`,
    isNumber: true,
    first,
  });
  return renderTable({
    label: 'Carriers',
    isSortable: true,
    caption: html`Current period. Under each value: its 95 % interval and n. Against the others: points of difference on the same lanes, delivery types and services; bold where it is sure over all that was looked at, else grey. Grey too: under ${context.thresholds.rankedFrom} parcels.${promiseWords}${leftOut > 0 ? ` ${formatCount(leftOut, context.locale)} more carriers, the smallest, are left out here.` : ''}`,
    columns: [
      { label: 'Carrier' },
      { label: 'Parcels scanned', isNumber: true, first: 'descending' },
      { label: 'Transit, 9 in 10', isNumber: true },
      against('within 2 days', 'descending'),
      ...(withPromises
        ? [
            { label: 'On time', isNumber: true, first: 'descending' } as const,
            against('on time', 'descending'),
          ]
        : []),
      { label: 'Carrier exceptions', isNumber: true },
      against('exceptions', 'ascending'),
      { label: 'First attempt succeeds', isNumber: true, first: 'descending' },
      against('first attempt', 'descending'),
      { label: withPromises ? 'On time by week' : 'Median transit by week', isUnsorted: true },
    ],
    rows: [...shown, ...total].map((row) => renderRow(context, row, withPromises)),
  });
}
