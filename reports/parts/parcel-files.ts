import type { Parcels } from '../../queries/schema.js';
import { isOfSeveral } from '../snapshot.js';
import { formatCount } from '../words.js';
import { cell, renderTable, rowHeader } from './cells.js';
import { nameOf, type PageContext } from './context.js';
import { toCsv } from './csv.js';
import { type Html, html } from './html.js';
import { renderSection } from './section.js';
import { sql } from './sql.js';

/** What a row says of a parcel. */
export const parcelColumns = [
  'tracking_number',
  'carrier_code',
  'from_country',
  'to_country',
  'delivery_type',
  'service_level',
  'shipping_option_code',
  'label_at',
  'first_scan_at',
  'edd_original',
  'first_attempt_at',
  'first_attempt_code',
  'delivered_at',
  'days_late',
  'first_exception_at',
  'first_exception_code',
  'first_exception_group',
  'outcome',
  'current_status',
  'current_status_at',
  'silent_working_days',
] as const satisfies readonly (keyof Parcels)[];

/** A parcel behind a figure of the current period, and which: one row a parcel, however many it stands behind. */
export interface EvidenceRow extends Pick<Parcels, (typeof parcelColumns)[number]> {
  /** '' in a snapshot that is older than accounts. */
  account: string;
  /** Counted as not on time. */
  is_late: boolean;
  /** Counted in exception_rate. */
  has_exception: boolean;
  /** In stalled_parcels: open and silent now, whatever its age. */
  is_stalled: boolean;
  /** Counted in lost_30d_rate. */
  is_lost: boolean;
}

const reasons = ['is_late', 'has_exception', 'is_stalled', 'is_lost'] as const;

/** A carrier's file of parcels. */
export interface EvidenceFile {
  code: string;
  file: string;
  parcels: number;
  /** Parcels by reason; one may have several. */
  counts: Record<(typeof reasons)[number], number>;
  csv: string;
}

/** A file a carrier that has such parcels, in the order of the carriers; each parcel with its account where there are several. */
export function makeEvidenceFiles(
  rows: readonly EvidenceRow[],
  slugs: ReadonlyMap<string, string>,
  hasAccounts: boolean,
): EvidenceFile[] {
  const byCarrier = new Map<string, EvidenceRow[]>();
  for (const row of rows) {
    const own = byCarrier.get(row.carrier_code) ?? [];
    own.push(row);
    byCarrier.set(row.carrier_code, own);
  }
  return [...slugs].flatMap(([code, slug]) => {
    const own = byCarrier.get(code);
    if (own === undefined) return [];
    const count = (reason: (typeof reasons)[number]) => own.filter((row) => row[reason]).length;
    const [number, carrier, ...rest] = parcelColumns;
    return [
      {
        code,
        file: `parcels-${slug}.csv`,
        parcels: own.length,
        counts: {
          is_late: count('is_late'),
          has_exception: count('has_exception'),
          is_stalled: count('is_stalled'),
          is_lost: count('is_lost'),
        },
        csv: toCsv<EvidenceRow>(
          [...(hasAccounts ? (['account'] as const) : []), number, carrier, ...reasons, ...rest],
          own,
        ),
      },
    ];
  });
}

/** Which parcels stand behind the figures: a file a carrier, what is in it and what is not. */
export function renderParcelFiles(context: PageContext, files: readonly EvidenceFile[]): Html {
  if (context.withoutParcels || context.isSingle) return html``;
  const { locale } = context;
  const count = (value: number) => cell(formatCount(value, locale), value);
  const rows = files.map(
    ({ code, file, parcels, counts }) =>
      html`<tr>${rowHeader(html`<span class="name">${nameOf(context, code)}</span>`, nameOf(context, code))}
<td data-value="${file}"><a href="${file}" download>${file}</a></td>${count(parcels)}${count(counts.is_late)}${count(counts.has_exception)}${count(counts.is_stalled)}${count(counts.is_lost)}</tr>`,
  );
  const body =
    files.length === 0
      ? html`<p class="empty">Parcels that were late, had an exception, are stalled or were lost will stand here, a file a carrier.</p>`
      : renderTable({
          label: 'Files of parcels',
          isSortable: true,
          caption:
            'One row a parcel; a parcel may have several reasons. Late, exceptions and lost are the parcels that the rates of this window count; stalled are those of any age that are silent now.',
          columns: [
            { label: 'Carrier' },
            { label: 'File' },
            { label: 'Parcels', isNumber: true, first: 'descending' },
            { label: 'Late', isNumber: true, first: 'descending' },
            { label: 'Exception', isNumber: true, first: 'descending' },
            { label: 'Stalled', isNumber: true, first: 'descending' },
            { label: 'Lost', isNumber: true, first: 'descending' },
          ],
          rows,
        });
  return renderSection(context, {
    id: 'files',
    title: 'Every parcel behind the figures, a file a carrier',
    intro: html`<p class="subject">Left out: parcels of other days, returns, cancelled parcels, and parcels that are not due yet or were not watched long enough to be counted.</p>`,
    body,
    definitions: ['on_time_rate', 'exception_rate', 'lost_30d_rate', 'stalled_now'],
    sql: sql.evidence(isOfSeveral(context.snapshot)),
  });
}
