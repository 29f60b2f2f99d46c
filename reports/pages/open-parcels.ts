import { below, cell, renderTable, rowHeader } from '../parts/cells.js';
import { nameOf, type PageContext } from '../parts/context.js';
import { type Html, html } from '../parts/html.js';
import { linkCarrier } from '../parts/layout.js';
import { type EvidenceFile, renderParcelFiles } from '../parts/parcel-files.js';
import { renderSection } from '../parts/section.js';
import { sql } from '../parts/sql.js';
import type { OpenParcelRow, OverdueRow, StalledRow } from '../snapshot.js';
import { deliveryTypeWords, formatCount, formatDate, statusWords } from '../words.js';

const rowsShown = 50;

interface ListParts<Row extends OpenParcelRow> {
  rows: readonly Row[];
  file: string;
  caption: string;
  dayLabel: string;
  daysOf: (row: Row) => number | null;
  empty: string;
}

function renderParcel<Row extends OpenParcelRow>(context: PageContext, row: Row, days: number | null): Html {
  const { locale } = context;
  const date = (at: string | null) => (at === null ? '–' : formatDate(at, locale));
  const lane = `${row.from_country ?? 'unknown'} to ${row.to_country ?? 'unknown'}`;
  return html`<tr>${rowHeader(html`<span class="name">${row.tracking_number}</span>`, row.tracking_number)}
<td data-value="${nameOf(context, row.carrier_code)}">${linkCarrier(context, row.carrier_code ?? '')}</td>
<td data-value="${lane}"><span class="name">${lane}</span>${below(html`<span class="name">${deliveryTypeWords(row.delivery_type)}</span>`)}</td>
${cell(days === null ? '–' : formatCount(days, locale), days)}
<td data-value="${row.current_status}"><span class="name">${statusWords(context.statusWords, row.current_status)}</span>${below(date(row.current_status_at))}</td>
<td class="nowrap" data-value="${row.first_scan_at}">${date(row.first_scan_at)}</td>
<td class="nowrap" data-value="${row.edd_original}">${date(row.edd_original)}</td></tr>`;
}

function renderList<Row extends OpenParcelRow>(context: PageContext, parts: ListParts<Row>): Html {
  if (parts.rows.length === 0) return html`<p class="empty">${parts.empty}</p>`;
  if (context.withoutParcels)
    return html`<p class="how">This report was made without tracking numbers: the counts alone are shown.</p>`;
  const shown = parts.rows.slice(0, rowsShown);
  const rest = parts.rows.length - shown.length;
  const more =
    rest > 0
      ? html`<p class="how">${formatCount(rest, context.locale)} more in the CSV: <a href="${parts.file}" download>${parts.file}</a>.</p>`
      : '';
  return html`${renderTable({
    label: parts.caption,
    isSortable: true,
    caption: parts.caption,
    columns: [
      { label: 'Tracking number' },
      { label: 'Carrier' },
      { label: 'Lane' },
      { label: parts.dayLabel, isNumber: true, first: 'descending' },
      { label: 'Last status' },
      { label: 'First scan' },
      { label: 'Promised for' },
    ],
    rows: shown.map((row) => renderParcel(context, row, parts.daysOf(row))),
  })}${more}`;
}

/** How the list spreads over the carriers, the most first. */
function sayByCarrier(context: PageContext, rows: readonly OpenParcelRow[]): string {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const name = nameOf(context, row.carrier_code);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const ranked = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const words = ranked.slice(0, 4).map(([name, count]) => `${name} ${formatCount(count, context.locale)}`);
  const others = ranked.slice(4).reduce((sum, [, count]) => sum + count, 0);
  return [...words, ...(others > 0 ? [`others ${formatCount(others, context.locale)}`] : [])].join(', ');
}

function sayCount(count: number, what: string, locale: string): string {
  return `${formatCount(count, locale)} open ${count === 1 ? 'parcel is' : 'parcels are'} ${what}`;
}

/** Stalled and overdue parcels: the worst on the page, all of them in the CSV beside it. */
export function renderOpenParcels(context: PageContext, parcelFiles: readonly EvidenceFile[] = []): Html {
  const { stalled, overdue } = context.snapshot;
  const { locale, thresholds } = context;
  const stalledSection = renderSection(context, {
    id: 'stalled',
    isFirst: true,
    title: stalled.length > 0 ? sayCount(stalled.length, 'stalled', locale) : 'No open parcel is stalled',
    intro:
      stalled.length > 0
        ? html`<p class="subject">By carrier: <span class="name">${sayByCarrier(context, stalled)}</span></p>`
        : '',
    body: renderList<StalledRow>(context, {
      rows: stalled,
      file: 'stalled.csv',
      caption: 'Silent for the most working days first',
      dayLabel: 'Silent, working days',
      daysOf: (row) => row.silent_working_days,
      empty:
        `Parcels about which the carrier is silent for more than ${thresholds.stalledWorkingDays} working days ` +
        `(${thresholds.stalledWorkingDaysWaiting} at customs or at a pick-up point) will stand here.`,
    }),
    definitions: ['stalled_now', 'open_now'],
    sql: sql.stalled(),
    files:
      stalled.length > 0 && !context.withoutParcels ? [{ file: 'stalled.csv', label: 'Parcels (CSV)' }] : [],
  });
  const overdueSection = renderSection(context, {
    id: 'overdue',
    title:
      overdue.length > 0
        ? sayCount(overdue.length, 'past the promised day', locale)
        : 'No open parcel is past its promised day',
    intro:
      overdue.length > 0
        ? html`<p class="subject">By carrier: <span class="name">${sayByCarrier(context, overdue)}</span></p>`
        : '',
    body: renderList<OverdueRow>(context, {
      rows: overdue,
      file: 'overdue.csv',
      caption: 'The longest overdue first',
      dayLabel: 'Overdue, days',
      daysOf: (row) => row.days_overdue,
      empty:
        'Open parcels whose first promised date has passed without an attempt will stand here. Parcels without a promise never do.',
    }),
    definitions: ['overdue_parcels'],
    sql: sql.overdue(),
    files:
      overdue.length > 0 && !context.withoutParcels ? [{ file: 'overdue.csv', label: 'Parcels (CSV)' }] : [],
  });
  return html`${stalledSection}${overdueSection}${renderParcelFiles(context, parcelFiles)}`;
}
