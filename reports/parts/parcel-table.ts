import { isOfSeveral, type OpenParcelRow } from '../snapshot.js';
import { deliveryTypeWords, formatCount, formatDate, statusWords } from '../words.js';
import { below, cell, renderTable, rowHeader } from './cells.js';
import { sayLane } from './comparisons.js';
import { nameOf, type PageContext } from './context.js';
import { type Html, html } from './html.js';
import { linkCarrier } from './layout.js';

interface TableParts<Row extends OpenParcelRow> {
  rows: readonly Row[];
  /** Told by a screen reader; unlike any other on the page. */
  label: string;
  caption: string;
  dayLabel: string;
  daysOf: (row: Row) => number | null;
  /** Not in the list the night before. */
  isNew?: (row: Row) => boolean;
  /** The last day to claim on, YYYY-MM-DD. */
  claimBy?: (row: Row) => string | null;
  /** Said where there is none. */
  empty: string;
  /** Beyond it the CSV has the rest. */
  limit: number;
  /** The CSV beside the page that has all of them; null where there is none. */
  file: string | null;
  /** All rows are of one carrier, whose page this is. */
  isOneCarrier?: boolean;
}

function renderParcel<Row extends OpenParcelRow>(
  context: PageContext,
  row: Row,
  parts: TableParts<Row>,
): Html {
  const { locale } = context;
  const date = (at: string | null) => (at === null ? '–' : formatDate(at, locale));
  const days = parts.daysOf(row);
  const lane = sayLane(row);
  const news = parts.isNew?.(row) ? below(html`<strong>new</strong>`) : '';
  const claim = parts.claimBy?.(row) ?? null;
  return html`<tr>${rowHeader(html`<span class="name">${row.tracking_number}</span>${news}`, row.tracking_number)}
${isOfSeveral(context.snapshot) ? html`<td data-value="${row.account}"><span class="name">${row.account}</span></td>` : ''}${parts.isOneCarrier ? '' : html`<td data-value="${nameOf(context, row.carrier_code)}">${linkCarrier(context, row.carrier_code ?? '')}</td>`}
<td data-value="${lane}"><span class="name">${lane}</span>${below(html`<span class="name">${deliveryTypeWords(row.delivery_type)}</span>`)}</td>
${cell(days === null ? '–' : formatCount(days, locale), days)}
<td data-value="${row.current_status}"><span class="name">${statusWords(context.statusWords, row.current_status)}</span>${below(date(row.current_status_at))}</td>
<td class="nowrap" data-value="${row.first_scan_at}">${date(row.first_scan_at)}</td>
<td class="nowrap" data-value="${row.edd_original}">${date(row.edd_original)}</td>${parts.claimBy ? html`<td class="nowrap" data-value="${claim}">${claim === null ? html`<span class="muted">not given</span>` : date(claim)}</td>` : ''}</tr>`;
}

/** Open parcels one a row, as many as the page has room for; in words where there is none, or none may be shown. */
export function renderParcelTable<Row extends OpenParcelRow>(
  context: PageContext,
  parts: TableParts<Row>,
): Html {
  if (parts.rows.length === 0) return html`<p class="empty">${parts.empty}</p>`;
  if (context.withoutParcels)
    return html`<p class="how">This report was made without tracking numbers: the counts alone are shown.</p>`;
  const shown = parts.rows.slice(0, parts.limit);
  const rest = parts.rows.length - shown.length;
  const where =
    parts.file === null || context.isSingle
      ? ''
      : html` in the CSV: <a href="${parts.file}" download>${parts.file}</a>`;
  return html`${renderTable({
    label: parts.label,
    isSortable: true,
    caption: parts.caption,
    columns: [
      { label: 'Tracking number' },
      ...(isOfSeveral(context.snapshot) ? [{ label: 'Account' }] : []),
      ...(parts.isOneCarrier ? [] : [{ label: 'Carrier' }]),
      { label: 'Lane' },
      { label: parts.dayLabel, isNumber: true, first: 'descending' },
      { label: 'Last status' },
      { label: 'First scan' },
      { label: 'Promised for' },
      ...(parts.claimBy ? [{ label: 'Claim by' }] : []),
    ],
    rows: shown.map((row) => renderParcel(context, row, parts)),
  })}${rest > 0 ? html`<p class="how">${formatCount(rest, context.locale)} more${where}.</p>` : ''}`;
}
