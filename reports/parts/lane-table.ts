import { formatPoints, isMeasured } from '../drawing/differences.js';
import type { ComparisonRow, LaneRow } from '../snapshot.js';
import { deliveryTypeWords, formatCount } from '../words.js';
import { below, cell, doubtCell, figureCell, renderTable, rowHeader } from './cells.js';
import { countLost, indexLanes, laneMetric, linkCompare, sayLane } from './comparisons.js';
import { hasPromises, nameOf, type PageContext } from './context.js';
import { toCsv } from './csv.js';
import { formatN } from './figures.js';
import { type Html, html } from './html.js';
import { linkCarrier } from './layout.js';
import { findDoubt } from './reported.js';

const linesShown = 30;

/** A metric's columns, the last of them its count. */
const csvFigures = [
  ['on_time_rate', 'on_time_rate_lo', 'on_time_rate_hi', 'on_time_rate_n'],
  [
    'transit_2_working_days_rate',
    'transit_2_working_days_rate_lo',
    'transit_2_working_days_rate_hi',
    'transit_2_working_days_rate_n',
  ],
  ['transit_p50_hours', 'transit_p50_hours_lo', 'transit_p50_hours_hi', 'transit_n'],
  ['transit_p90_hours', 'transit_p90_hours_lo', 'transit_p90_hours_hi', 'transit_n'],
  ['exception_rate', 'exception_rate_lo', 'exception_rate_hi', 'exception_rate_n'],
] as const;

function byVolume(rows: readonly LaneRow[]): LaneRow[] {
  return [...rows].sort((a, b) => b.scanned - a.scanned);
}

/** Every carrier on every lane, the largest first; a figure of too few parcels is left empty, its count is not. */
export function makeLanesCsv(rows: readonly LaneRow[], withheldBelow: number): string {
  const columns = [
    'carrier_code',
    'from_country',
    'to_country',
    'delivery_type',
    'labelled',
    'scanned',
    'due',
  ] as const;
  const shown = byVolume(rows).map((row) => {
    const copy: Record<string, unknown> = { ...row };
    for (const figure of csvFigures) {
      const count = row[figure[3]];
      for (const column of figure.slice(0, 3)) if (count < withheldBelow) copy[column] = null;
    }
    return copy;
  });
  return toCsv([...new Set([...columns, ...csvFigures.flat()])], shown);
}

/** The difference to the lane's other carriers: ink where it passes the gate, else grey. */
function differenceCell(context: PageContext, row: LaneRow, comparison: ComparisonRow | undefined): Html {
  const doubt = findDoubt(row, laneMetric(context), context);
  if (doubt) return doubtCell(doubt);
  if (!comparison?.is_comparable || !isMeasured(comparison)) {
    return cell(html`<span class="muted">not comparable</span>`, null);
  }
  const { difference, difference_lo: lo, difference_hi: hi, n, is_sure: isSure } = comparison;
  const points = formatPoints(difference, context.locale);
  const value = isSure ? html`<strong>${points}</strong>` : html`<span class="muted">${points}</span>`;
  const limits = `${formatPoints(lo, context.locale)} to ${formatPoints(hi, context.locale)}`;
  return cell(
    linkCompare(context, row, html`${value}${below(limits, formatN(n, context.locale))}`),
    isSure ? difference : null,
  );
}

function renderLane(
  context: PageContext,
  row: LaneRow,
  { withCarrier, comparison }: { withCarrier: boolean; comparison: ComparisonRow | undefined },
): Html {
  const lane = sayLane(row);
  const metric = laneMetric(context);
  const lost = countLost(context, row, comparison);
  return html`<tr>${rowHeader(html`<span class="name">${lane}</span>${below(html`<span class="name">${deliveryTypeWords(row.delivery_type)}</span>`)}`, lane)}
${withCarrier ? html`<td data-value="${nameOf(context, row.carrier_code)}">${linkCarrier(context, row.carrier_code)}</td>` : ''}
${cell(formatCount(row.scanned, context.locale), row.scanned)}
${figureCell(row, metric, context)}
${context.forCarrier === null ? [differenceCell(context, row, comparison), cell(lost >= 0.5 ? formatCount(lost, context.locale) : '–', lost)] : ''}
${figureCell(row, 'transit_p50_hours', context)}
${figureCell(row, 'transit_p90_hours', context)}
${figureCell(row, 'exception_rate', context)}</tr>`;
}

/** Lanes by parcels lost: of one carrier, or each carrier on each. */
export function renderLaneTable(context: PageContext, code: string | null): Html {
  const find = indexLanes(context);
  const rows = byVolume(
    context.snapshot.lanes.filter((row) =>
      code === null ? row.carrier_code !== '*' : row.carrier_code === code,
    ),
  ).sort((one, other) => countLost(context, other, find(other)) - countLost(context, one, find(one)));
  if (rows.length === 0) return html`<p class="empty">No lane has a parcel in the window.</p>`;
  const limit = code === null ? linesShown : 20;
  const rest = rows.length - Math.min(rows.length, limit);
  const inCsv =
    context.isSingle || context.forCarrier !== null
      ? 'the SQL gives all of them'
      : html`they are in <a href="lanes.csv" download>lanes.csv</a>`;
  return html`${renderTable({
    label: 'Lanes in figures',
    isSortable: true,
    caption:
      context.forCarrier === null
        ? 'Those first that are most parcels behind the lane’s other carriers; bold: sure, with all looks counted, grey: within chance. Under each value: its 95 % interval and n.'
        : 'The largest first. Under each value: its 95 % interval and n.',
    columns: [
      { label: 'Lane' },
      ...(code === null ? [{ label: 'Carrier' }] : []),
      { label: 'Parcels scanned', isNumber: true, first: 'descending' },
      {
        label: hasPromises(context) ? 'On time' : 'Attempted within 2 working days',
        isNumber: true,
        first: 'descending',
      },
      ...(context.forCarrier === null
        ? [
            { label: 'Against the others, points', isNumber: true },
            { label: 'Parcels behind', isNumber: true, first: 'descending' as const },
          ]
        : []),
      { label: 'Transit, median', isNumber: true },
      { label: 'Transit, 9 in 10', isNumber: true },
      { label: 'Exceptions', isNumber: true },
    ],
    rows: rows
      .slice(0, limit)
      .map((row) => renderLane(context, row, { withCarrier: code === null, comparison: find(row) })),
  })}${rest > 0 ? html`<p class="how">${formatCount(rest, context.locale)} more lines are not shown; ${inCsv}.</p>` : ''}`;
}
