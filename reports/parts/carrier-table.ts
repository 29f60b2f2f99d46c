import type { CarrierPerformanceRow } from '../snapshot.js';
import { formatCount, formatDate, formatNumber, formatRate } from '../words.js';
import { below, cell, doubtCell, figureCell, renderTable, rowHeader } from './cells.js';
import { hasPromises, nameOf, type PageContext } from './context.js';
import { formatLimits, formatValue, readFigure, standingOf } from './figures.js';
import { type Html, html } from './html.js';
import { linkCarrier } from './layout.js';
import { othersCode } from './others.js';
import { findDoubt } from './reported.js';
import { renderSpark } from './spark.js';

const rowsShown = 30;

type AdjustedMetric = 'on_time_rate' | 'exception_rate_carrier';

/** A mix-adjusted rate: sorted on only with enough parcels and support. */
function adjustedCell(row: CarrierPerformanceRow, metric: AdjustedMetric, context: PageContext): Html {
  const doubt = findDoubt(row, `${metric}_adj`, context);
  if (doubt) return doubtCell(doubt);
  const figure = readFigure(row, `${metric}_adj`);
  const support = row[`${metric}_adj_support`];
  const standing = standingOf(figure, context);
  if (standing === 'none' || figure.value === null) return cell(html`<span class="muted">–</span>`, null);
  if (standing === 'withheld') return cell(html`<span class="muted">too few</span>`, null);
  const isSupported = support !== null && support >= context.thresholds.adjustedSupportFrom;
  const isRanked = isSupported && standing === 'ranked';
  const value = formatValue(figure.value, 'rate', context.locale);
  const words = support === null ? '' : `support ${formatRate(support, context.locale)}`;
  return cell(
    html`${isRanked ? value : html`<span class="muted">${value}</span>`}${below(formatLimits(figure, 'rate', context.locale), words)}`,
    isRanked ? figure.value : null,
  );
}

function expectedCell(row: CarrierPerformanceRow, context: PageContext): Html {
  const { on_time_rate_expected: expected, on_time_rate_n: n } = row;
  if (expected === null || n < context.thresholds.withheldBelow)
    return cell(html`<span class="muted">–</span>`, null);
  return cell(
    html`${formatRate(expected, context.locale)}${below('others, same mix')}`,
    standingOf({ n }, context) === 'ranked' ? expected : null,
  );
}

function sparkCell(context: PageContext, code: string, metric: 'on_time_rate' | 'transit_p50_hours'): Html {
  const rows = context.snapshot.control.filter(
    (row) => row.carrier_code === code && row.metric === metric && row.n >= context.thresholds.withheldBelow,
  );
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
  const small =
    code === '*' || code === othersCode || nameOf(context, code) === code
      ? ''
      : html`<span class="sub name">${code}</span>`;
  return html`<tr${code === '*' ? html` class="total"` : ''}>${rowHeader(html`${linkCarrier(context, code)}${small}`, nameOf(context, code))}
${cell(formatCount(scanned, context.locale), scanned)}
${figureCell(row, 'transit_p50_hours', context)}
${figureCell(row, 'transit_p90_hours', context)}
${withPromises ? [figureCell(row, 'on_time_rate', context, 'no promise'), adjustedCell(row, 'on_time_rate', context), expectedCell(row, context)] : ''}
${figureCell(row, 'exception_rate_carrier', context)}
${adjustedCell(row, 'exception_rate_carrier', context)}
${figureCell(row, 'first_attempt_success_rate', context)}
${sparkCell(context, code, withPromises ? 'on_time_rate' : 'transit_p50_hours')}</tr>`;
}

/** Every carrier on one line, raw beside adjusted; the largest first. */
export function renderCarrierTable(context: PageContext): Html {
  const current = context.snapshot.carrierPerformance.filter((row) => row.period === 'current');
  const carriers = current
    .filter((row) => row.carrier_code !== '*')
    .sort(
      (a, b) =>
        Number(a.carrier_code === othersCode) - Number(b.carrier_code === othersCode) ||
        b.scanned - a.scanned ||
        (a.carrier_code < b.carrier_code ? -1 : 1),
    );
  if (carriers.length === 0) {
    return html`<p class="empty">No carrier has a parcel in the window. Parcels whose label, first scan or promised date falls in it will stand here.</p>`;
  }
  const shown = carriers.slice(0, rowsShown);
  const total = carriers.length > 1 ? current.filter((row) => row.carrier_code === '*') : [];
  const withPromises = hasPromises(context);
  const leftOut = carriers.length - shown.length;
  const promiseWords = withPromises ? '' : ' On time: not measurable, no promise in the data.';
  return renderTable({
    label: 'Carriers',
    isSortable: true,
    caption: html`Current period. Under each value: its 95 % interval and n. Grey: under ${context.thresholds.rankedFrom} parcels or support under ${formatNumber(context.thresholds.adjustedSupportFrom * 100, 0, context.locale)} %, so not ranked.${promiseWords}${leftOut > 0 ? ` ${formatCount(leftOut, context.locale)} more carriers, the smallest, are left out here.` : ''}`,
    columns: [
      { label: 'Carrier' },
      { label: 'Parcels scanned', isNumber: true, first: 'descending' },
      { label: 'Transit, median', isNumber: true },
      { label: 'Transit, 9 in 10', isNumber: true },
      ...(withPromises
        ? ([
            { label: 'On time', isNumber: true, first: 'descending' },
            { label: 'On time, adjusted', isNumber: true, first: 'descending' },
            { label: 'On time, expected', isNumber: true, first: 'descending' },
          ] as const)
        : []),
      { label: 'Carrier exceptions', isNumber: true },
      { label: 'Carrier exceptions, adjusted', isNumber: true },
      { label: 'First attempt succeeds', isNumber: true, first: 'descending' },
      { label: withPromises ? 'On time by week' : 'Median transit by week', isUnsorted: true },
    ],
    rows: [...shown, ...total].map((row) => renderRow(context, row, withPromises)),
  });
}
