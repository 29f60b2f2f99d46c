import { definitionOf } from '../definitions.js';
import type { TargetRow } from '../snapshot.js';
import { deliveryTypeWords, formatCount, formatDateRange, formatRate } from '../words.js';
import { below, cell, doubtCell, renderTable, rowHeader } from './cells.js';
import { sayLane } from './comparisons.js';
import type { PageContext } from './context.js';
import { formatLimits, formatN } from './figures.js';
import { type Html, html } from './html.js';
import { linkTo, warningMark } from './layout.js';
import { findDoubt } from './reported.js';

const verdictWords: Readonly<Record<string, string>> = {
  met: 'met',
  missed: 'missed',
  too_close: 'too close to tell',
  too_few: 'too few parcels',
};

/** What was agreed with a carrier: 'Of 3 agreed figures 1 is met and 1 missed'. */
export function sayTargets(rows: readonly TargetRow[]): string {
  const count = (verdict: string) => rows.filter((row) => row.verdict === verdict).length;
  const [met, missed] = [count('met'), count('missed')];
  const open = rows.length - met - missed;
  const agreed = rows.length === 1 ? 'One figure is agreed' : `${rows.length} figures are agreed`;
  const parts = [
    ...(met > 0 ? [`${met} met`] : []),
    ...(missed > 0 ? [`${missed} missed`] : []),
    ...(open > 0 ? [`${open} not to tell yet`] : []),
  ];
  return `${agreed}: ${parts.join(', ')}`;
}

/** The place that a target is about; all lanes where it names none. */
function sayScope(row: TargetRow): string {
  const lane = row.from_country === null && row.to_country === null ? 'all lanes' : sayPlace(row);
  const type = row.delivery_type === null ? '' : `, ${deliveryTypeWords(row.delivery_type)}`;
  const level = row.service_level === null ? '' : `, ${row.service_level}`;
  return `${lane}${type}${level}`;
}

function sayPlace(row: TargetRow): string {
  if (row.from_country === null) return `to ${row.to_country}`;
  if (row.to_country === null) return `from ${row.from_country}`;
  return sayLane(row);
}

/** 'short by 62 (44 to 82)', or to spare where it is met. */
function sayShort(context: PageContext, row: TargetRow): string {
  const { short_by: by, short_by_lo: lo, short_by_hi: hi } = row;
  if (by === null || lo === null || hi === null) return '–';
  const count = (parcels: number) => formatCount(Math.abs(parcels), context.locale);
  if (by <= 0) return `${count(by)} to spare`;
  const from = lo < 0 ? `${count(lo)} to spare` : count(lo);
  return `${count(by)} (${from} to ${count(hi)})`;
}

function renderTarget(context: PageContext, row: TargetRow): Html {
  const { locale } = context;
  const { name } = definitionOf(context.snapshot, row.metric);
  const metric = context.snapshot.metrics.find((each) => each.name === row.metric);
  const bound = metric?.better === 'lower' ? 'at most' : 'at least';
  const label = rowHeader(
    html`${linkTo(context, 'methodology.html', row.metric, name)}${below(html`<span class="name">${sayScope(row)}</span>`, formatDateRange(row.first_start_date, row.last_start_date, locale), row.note === null ? '' : html`<span class="name">${row.note}</span>`)}`,
    name,
  );
  const agreed = cell(html`${bound} ${formatRate(row.target, locale)}`, row.target);
  const measured = context.snapshot.carrierPerformance.find(
    (each) => each.period === 'current' && each.carrier_code === row.carrier_code,
  );
  const doubt = findDoubt(measured, row.metric, context);
  if (doubt) return html`<tr>${label}${agreed}${doubtCell(doubt)}<td></td><td></td></tr>`;
  const isShown = row.n >= context.thresholds.withheldBelow;
  const figure = { value: row.rate, lo: row.rate_lo, hi: row.rate_hi, n: row.n };
  const came = isShown
    ? html`${formatRate(row.rate, locale)}${below(formatLimits(figure, 'rate', locale), formatN(row.n, locale))}`
    : html`<span class="muted">too few</span>${below(formatN(row.n, locale))}`;
  const verdict = verdictWords[row.verdict] ?? row.verdict.replaceAll('_', ' ');
  const said =
    row.verdict === 'missed'
      ? html`${warningMark} <strong>${verdict}</strong>`
      : row.verdict === 'met'
        ? html`<strong>${verdict}</strong>`
        : html`<span class="muted">${verdict}</span>`;
  return html`<tr>${label}${agreed}${cell(came, isShown ? row.rate : null)}<td data-value="${row.verdict}">${said}</td>${cell(isShown ? sayShort(context, row) : '–', isShown ? row.short_by : null)}</tr>`;
}

/** Agreed figures beside what came of them: met or missed where the whole interval lies on that side. */
export function renderTargets(context: PageContext, rows: readonly TargetRow[]): Html {
  return renderTable({
    label: 'Agreed figures',
    caption:
      'Met or missed where the whole 95 % interval lies on that side. Short by: parcels more that would have met it, with the ends of the interval.',
    columns: [
      { label: 'Figure' },
      { label: 'Agreed', isNumber: true },
      { label: 'Came', isNumber: true },
      { label: 'Verdict' },
      { label: 'Short by, parcels', isNumber: true },
    ],
    rows: rows.map((row) => renderTarget(context, row)),
  });
}
