import { deliveryTypeWords, formatCount, formatDate, formatDayMonth, statusWords } from '../words.js';
import { below, renderTable, rowHeader } from './cells.js';
import { sayLane } from './comparisons.js';
import type { PageContext } from './context.js';
import { type Html, html } from './html.js';
import type { EvidenceRow } from './parcel-files.js';
import type { Sheet, WorkbookValue } from './workbook.js';

/** So many stand on the page; the workbook has all. */
export const askedShown = 100;

/** What there is first to say about a parcel: silent, lost, late, an exception. */
function rankOf(row: EvidenceRow): number {
  if (row.is_stalled) return 0;
  if (row.is_lost) return 1;
  return row.is_late ? 2 : 3;
}

/** Those that something can still be done about first, then the worst. */
export function orderAsked(rows: readonly EvidenceRow[]): EvidenceRow[] {
  const weight = (row: EvidenceRow) =>
    row.is_stalled ? (row.silent_working_days ?? 0) : (row.days_late ?? Number.MAX_SAFE_INTEGER);
  return [...rows].sort(
    (a, b) =>
      rankOf(a) - rankOf(b) ||
      weight(b) - weight(a) ||
      (a.tracking_number < b.tracking_number ? -1 : a.tracking_number > b.tracking_number ? 1 : 0),
  );
}

/** Parcels by what is asked; one may be asked about twice. */
export function countAsked(
  rows: readonly EvidenceRow[],
): Record<'late' | 'exception' | 'stalled' | 'lost', number> {
  const count = (reason: 'is_late' | 'has_exception' | 'is_stalled' | 'is_lost') =>
    rows.filter((row) => row[reason]).length;
  return {
    late: count('is_late'),
    exception: count('has_exception'),
    stalled: count('is_stalled'),
    lost: count('is_lost'),
  };
}

function sayLate({ days_late: days, edd_original }: EvidenceRow, context: PageContext): string {
  const promised =
    edd_original === null ? '' : `, promised for ${formatDayMonth(edd_original, context.locale)}`;
  if (days === null) return `late: not attempted${promised}`;
  return `${formatCount(days, context.locale)} ${days === 1 ? 'day' : 'days'} late${promised}`;
}

function listReasons(row: EvidenceRow, context: PageContext): string[] {
  const days = row.silent_working_days;
  const silent =
    days === null
      ? 'silent'
      : `silent for ${formatCount(days, context.locale)} working ${days === 1 ? 'day' : 'days'}`;
  return [
    ...(row.is_stalled ? [silent] : []),
    ...(row.is_lost ? ['lost'] : []),
    ...(row.is_late ? [sayLate(row, context)] : []),
    ...(row.has_exception
      ? [
          // of several exceptions the first alone is known, and it may be another's
          row.first_exception_group === 'carrier'
            ? statusWords(context.statusWords, row.first_exception_code)
            : 'an exception of the carrier’s',
        ]
      : []),
  ];
}

/** A parcel a row, with room for an answer. */
export function renderAskedTable(context: PageContext, rows: readonly EvidenceRow[]): Html {
  const { locale } = context;
  return renderTable({
    label: 'Parcels to answer for',
    caption: 'Silent parcels first, the longest silent on top; then those lost, late, or with an exception.',
    columns: [
      { label: 'Tracking number' },
      { label: 'Lane' },
      { label: 'First scan' },
      { label: 'What is asked about' },
      { label: 'Last status' },
      { label: 'Answer' },
    ],
    rows: rows.slice(0, askedShown).map((row) => {
      const [first = '', ...more] = listReasons(row, context);
      const scanned = row.first_scan_at === null ? 'none' : formatDayMonth(row.first_scan_at, locale);
      const status = row.current_status_at === null ? '' : formatDate(row.current_status_at, locale);
      return html`<tr>${rowHeader(html`<span class="name">${row.tracking_number}</span>`, row.tracking_number)}
<td><span class="name">${sayLane(row)}</span>${below(deliveryTypeWords(row.delivery_type))}</td>
<td class="nowrap">${scanned}</td><td>${first}${more.map((reason) => html`<br>${reason}`)}</td>
<td>${statusWords(context.statusWords, row.current_status)}${below(status)}</td><td class="answer"></td></tr>`;
    }),
  });
}

const toTime = (at: string | null): number | null => (at === null ? null : Date.parse(at));
const toDay = (date: string | null): number | null =>
  date === null ? null : Date.parse(`${date.slice(0, 10)}T00:00:00Z`);
const sayYes = (value: boolean): string => (value ? 'yes' : '');

const causes: Readonly<Record<string, string>> = {
  sender: 'the shipper’s',
  recipient: 'the recipient’s',
  carrier: 'the carrier’s',
  border: 'at the border',
};

/** Whose an exception is, for both sides to read: none of them is "ours". */
function sayCause(group: string | null): string {
  return causes[group ?? ''] ?? 'cause not given';
}

/** All of them as a sheet of a workbook, with a column to write into. */
export function makeAskedSheet(context: PageContext, rows: readonly EvidenceRow[]): Sheet {
  const column = (name: string, kind: Sheet['columns'][number]['kind']) => ({ name, kind });
  return {
    name: 'Parcels',
    columns: [
      column('Tracking number', 'text'),
      column('Silent', 'text'),
      column('Lost', 'text'),
      column('Late', 'text'),
      column('Exception', 'text'),
      column('Answer', 'text'),
      column('From', 'text'),
      column('To', 'text'),
      column('Delivery', 'text'),
      column('Service', 'text'),
      column('Shipping option', 'text'),
      column('Label made, UTC', 'time'),
      column('First scan, UTC', 'time'),
      column('Promised day', 'date'),
      column('First attempt, UTC', 'time'),
      column('Days late', 'number'),
      column('Silent, working days', 'number'),
      column('First exception', 'text'),
      column('Its cause', 'text'),
      column('First exception at, UTC', 'time'),
      column('Last status', 'text'),
      column('Last status at, UTC', 'time'),
    ],
    rows: rows.map((row): WorkbookValue[] => [
      row.tracking_number,
      sayYes(row.is_stalled),
      sayYes(row.is_lost),
      sayYes(row.is_late),
      sayYes(row.has_exception),
      null,
      row.from_country,
      row.to_country,
      deliveryTypeWords(row.delivery_type),
      row.service_level,
      row.shipping_option_code,
      toTime(row.label_at),
      toTime(row.first_scan_at),
      toDay(row.edd_original),
      toTime(row.first_attempt_at),
      row.days_late,
      row.is_stalled ? row.silent_working_days : null,
      row.first_exception_code === null ? null : statusWords(context.statusWords, row.first_exception_code),
      row.first_exception_code === null ? null : sayCause(row.first_exception_group),
      toTime(row.first_exception_at),
      statusWords(context.statusWords, row.current_status),
      toTime(row.current_status_at),
    ]),
  };
}
