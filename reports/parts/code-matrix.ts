import type { ExceptionCodeRow } from '../snapshot.js';
import { exceptionGroupWords, formatCount, formatRate, statusWords } from '../words.js';
import { below, cell, renderTable, rowHeader } from './cells.js';
import { nameOf, type PageContext } from './context.js';
import { formatN } from './figures.js';
import { type Html, html } from './html.js';
import { findDoubt } from './reported.js';

const codesShown = 15;
const carriersShown = 7;

function keyOf(row: ExceptionCodeRow): string {
  return JSON.stringify([row.exception_group, row.status_code, row.sub_status_code]);
}

/** Whether the carrier never reports an exception: it has none to show, not none. */
function isSilent(context: PageContext, code: string): boolean {
  const row = context.snapshot.carrierPerformance.find(
    (each) => each.period === 'current' && each.carrier_code === code,
  );
  return findDoubt(row, 'exception_rate', context) !== null;
}

/** Carriers with enough parcels, the largest first, and how many each had watched. */
function chooseCarriers(context: PageContext): { code: string; n: number }[] {
  const counts = new Map<string, number>();
  for (const row of context.snapshot.carrierPerformance) {
    if (row.period === 'current' && row.carrier_code !== '*')
      counts.set(row.carrier_code, row.exception_rate_n);
  }
  const coded = new Set(context.snapshot.exceptionCodes.map((row) => row.carrier_code));
  return [...counts]
    .map(([code, n]) => ({ code, n }))
    .filter(
      ({ code, n }) => n >= context.thresholds.withheldBelow && (coded.has(code) || isSilent(context, code)),
    )
    .sort((a, b) => b.n - a.n || (a.code < b.code ? -1 : 1));
}

const owners = ['carrier', 'recipient', 'sender', 'border', 'unattributed'];

/** By whose the code is, then the commonest first. */
function byOwner<Line extends { row: ExceptionCodeRow; parcels: number }>(lines: readonly Line[]): Line[] {
  const rank = ({ row }: Line) => {
    const at = owners.indexOf(row.exception_group ?? '');
    return at < 0 ? owners.length : at;
  };
  return [...lines].sort((one, other) => rank(one) - rank(other) || other.parcels - one.parcels);
}

/** Codes by carrier: the commonest codes down, the largest carriers across; nothing where there is no code. */
export function renderCodeMatrix(context: PageContext): Html {
  const rows = context.snapshot.exceptionCodes.filter((row) => row.carrier_code !== '*');
  const carriers = chooseCarriers(context);
  if (rows.length === 0 || carriers.length === 0) return html``;
  const shownCarriers = carriers.slice(0, carriersShown);
  const byCode = new Map<
    string,
    { row: ExceptionCodeRow; parcels: number; byCarrier: Map<string, ExceptionCodeRow> }
  >();
  for (const row of rows) {
    const line = byCode.get(keyOf(row)) ?? { row, parcels: 0, byCarrier: new Map() };
    line.parcels += row.parcels;
    line.byCarrier.set(row.carrier_code, row);
    byCode.set(keyOf(row), line);
  }
  const lines = [...byCode.entries()]
    .sort(([a, x], [b, y]) => y.parcels - x.parcels || (a < b ? -1 : 1))
    .map(([, line]) => line);
  const shownLines = byOwner(lines.slice(0, codesShown));
  const leftOut = [
    lines.length > codesShown ? `${formatCount(lines.length - codesShown, context.locale)} rarer codes` : '',
    carriers.length > carriersShown
      ? `${formatCount(carriers.length - carriersShown, context.locale)} smaller carriers`
      : '',
  ].filter(Boolean);
  return html`${renderTable({
    label: 'Exception codes by carrier',
    isSortable: true,
    caption:
      'By whose it is, then the commonest first. Share of the carrier’s parcels that had the code within 14 days, and how many. A parcel with two codes is in both lines.',
    columns: [
      { label: 'Code' },
      { label: 'Whose' },
      ...shownCarriers.map(({ code, n }) => ({
        label: html`<span class="name">${nameOf(context, code)}</span>${below(formatN(n, context.locale))}`,
        isNumber: true,
        first: 'descending' as const,
      })),
    ],
    rows: shownLines.map(({ row, byCarrier }) => {
      const sub = row.sub_status_code
        ? below(html`<span class="name">${row.sub_status_code.replaceAll('_', ' ')}</span>`)
        : '';
      const cells = shownCarriers.map(({ code, n }) => {
        const found = byCarrier.get(code);
        if (isSilent(context, code)) return cell(html`<span class="muted">not reported</span>`, null);
        if (!found)
          return cell(html`<span class="muted">none</span>`, n >= context.thresholds.rankedFrom ? 0 : null);
        return cell(
          html`${formatRate(found.share, context.locale)}${below(formatCount(found.parcels, context.locale))}`,
          n >= context.thresholds.rankedFrom ? found.share : null,
        );
      });
      return html`<tr>${rowHeader(html`<span class="name">${statusWords(context.statusWords, row.status_code)}</span>${sub}`, row.status_code ?? '')}<td>${exceptionGroupWords(row.exception_group)}</td>${cells}</tr>`;
    }),
  })}${leftOut.length > 0 ? html`<p class="how">Left out: ${leftOut.join(', ')}; the SQL gives all of them.</p>` : ''}`;
}
