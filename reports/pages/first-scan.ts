import { cell, figureCell, renderTable, rowHeader } from '../parts/cells.js';
import { nameOf, type PageContext } from '../parts/context.js';
import { renderCutOffs, sayCutOffs } from '../parts/cut-offs.js';
import { type Html, html } from '../parts/html.js';
import { linkCarrier } from '../parts/layout.js';
import { renderSection } from '../parts/section.js';
import * as sections from '../parts/sections.js';
import { sql } from '../parts/sql.js';
import { weeklyTrend } from '../parts/trend.js';
import { formatCount } from '../words.js';

const figures = [
  'first_scan_p50_hours',
  'first_scan_p90_hours',
  'never_scanned_7d_rate',
  'acceptance_scan_rate',
  'transit_measurable_rate',
] as const;

function renderScanning(context: PageContext): Html {
  const rows = sections.currentRows(context).filter((row) => row.carrier_code !== '*');
  if (rows.length === 0) return html`<p class="empty">No parcel was labelled in the window.</p>`;
  return renderTable({
    label: 'Hand-over in figures',
    isSortable: true,
    caption:
      'In the order of names: the hand-over is partly the shipper’s own, so that carriers are not ranked on it. Under each value: its 95 % interval and n.',
    columns: [
      { label: 'Carrier' },
      { label: 'Labelled', isNumber: true, first: 'descending' },
      { label: 'First scan, median', isNumber: true },
      { label: 'First scan, 9 in 10', isNumber: true },
      { label: 'Never scanned within 7 days', isNumber: true },
      { label: 'First scan is an acceptance', isNumber: true, first: 'descending' },
      { label: 'Transit can be measured', isNumber: true, first: 'descending' },
    ],
    rows: [...rows]
      .sort((a, b) => (nameOf(context, a.carrier_code) < nameOf(context, b.carrier_code) ? -1 : 1))
      .map(
        (
          row,
        ) => html`<tr>${rowHeader(linkCarrier(context, row.carrier_code), nameOf(context, row.carrier_code))}
${cell(formatCount(row.labelled, context.locale), row.labelled)}
${figures.map((metric) => figureCell(row, metric, context))}</tr>`,
      ),
  });
}

/** The hand-over, from the label to the first scan: from which hour labels wait, how soon, and what is never scanned. */
export async function renderFirstScan(context: PageContext): Promise<Html> {
  const table = renderSection(context, {
    id: 'scanning',
    title: 'How parcels enter the carriers’ networks',
    body: renderScanning(context),
    definitions: ['never_scanned_7d_rate', 'acceptance_scan_rate', 'transit_measurable_rate'],
    sql: sql.scanning(null),
  });
  const cutOffs = renderSection(context, {
    id: 'cut-offs',
    title: sayCutOffs(context),
    body: renderCutOffs(context),
    definitions: ['label_waiting'],
    sql: sql.cutOffs(context.forCarrier),
  });
  const code = context.forCarrier ?? '*';
  const weeks = await weeklyTrend(context, code, ['first_scan_p50_hours', 'never_scanned_7d_rate']);
  return html`${await sections.labelWaiting(context)}${cutOffs}${await sections.firstScanShares(context)}${table}${await sections.delayWaterfall(context, context.forCarrier)}${weeks}`;
}
