import { definitionOf } from '../definitions.js';
import { castOf } from '../drawing/kit.js';
import type { TargetRow } from '../snapshot.js';
import { deliveryTypeWords, formatAgreed, formatCount, formatDateRange, formatRate } from '../words.js';
import { below, cell, doubtCell, renderTable, rowHeader } from './cells.js';
import { sayLane } from './comparisons.js';
import { nameOf, type PageContext } from './context.js';
import { formatLimits, formatN } from './figures.js';
import { type Html, html } from './html.js';
import { linkCarrier, linkTo, warningMark } from './layout.js';
import { type Doubt, findDoubt } from './reported.js';
import { renderTargetPicture } from './target-picture.js';

const verdictWords: Readonly<Record<string, string>> = {
  met: 'met',
  missed: 'missed',
  too_close: 'too close to tell',
  too_few: 'too few parcels',
};

/** Whether the verdict passes the gate: with all looks of the report counted it is no chance. Only then it is inked and counted. */
export function isSureTarget({ snapshot }: PageContext, row: TargetRow): boolean {
  const isTold = row.verdict === 'met' || row.verdict === 'missed';
  return (
    isTold &&
    snapshot.candidates.some(
      (each) => each.kind === 'target' && each.is_sure && each.target_number === row.target_number,
    )
  );
}

/** The figure that the target is about is one that the carrier cannot be judged by. */
function findTargetDoubt(context: PageContext, row: TargetRow): Doubt | null {
  const measured = context.snapshot.carrierPerformance.find(
    (each) => each.period === 'current' && each.carrier_code === (row.carrier_code ?? '*'),
  );
  return findDoubt(measured, row.metric, context);
}

/** What was agreed: '3 figures are agreed: 1 met, 1 missed, 1 not to tell yet'. */
export function sayTargets(context: PageContext, rows: readonly TargetRow[]): string {
  const sure = rows.filter((row) => isSureTarget(context, row) && findTargetDoubt(context, row) === null);
  const count = (verdict: string) => sure.filter((row) => row.verdict === verdict).length;
  const [met, missed, open] = [count('met'), count('missed'), rows.length - sure.length];
  const say = (number: number) => formatCount(number, context.locale);
  const agreed = rows.length === 1 ? 'One figure is agreed' : `${say(rows.length)} figures are agreed`;
  const parts = [
    ...(met > 0 ? [`${say(met)} met`] : []),
    ...(missed > 0 ? [`${say(missed)} missed`] : []),
    ...(open > 0 ? [`${say(open)} not to tell yet`] : []),
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

/** 'short by 44 to 82 parcels', with what the figure itself says below; what there is to spare where it is met. */
function renderShort(
  context: PageContext,
  row: TargetRow,
  { isHighGood, isSure }: { isHighGood: boolean; isSure: boolean },
): Html {
  const { short_by: by, short_by_lo: lo, short_by_hi: hi } = row;
  if (by === null || lo === null || hi === null) return html`–`;
  const count = (parcels: number) => formatCount(Math.abs(parcels), context.locale);
  const range = (one: number, other: number) =>
    count(one) === count(other) ? count(one) : `${count(one)} to ${count(other)}`;
  const [head, under] = isHighGood ? ['short by', 'more'] : ['over by', 'fewer'];
  if (row.verdict === 'missed' && isSure)
    return html`${head} ${range(lo, hi)}${below(`${count(by)} ${under} would have met it`)}`;
  if (row.verdict === 'met') return html`<span class="muted">${range(hi, lo)} to spare</span>`;
  if (row.verdict === 'missed') return html`<span class="muted">${head} ${range(lo, hi)}</span>`;
  const end = (parcels: number, word: string) =>
    parcels <= 0 ? `${count(parcels)} to spare` : `${word} ${count(parcels)}`;
  return html`<span class="muted">${end(lo, head)} to ${end(hi, head)}</span>`;
}

const notSure = 'within chance, with all looks counted';

function renderVerdict(row: TargetRow, isSure: boolean): Html {
  const verdict = verdictWords[row.verdict] ?? row.verdict.replaceAll('_', ' ');
  if (isSure)
    return row.verdict === 'missed'
      ? html`${warningMark} <strong>${verdict}</strong>`
      : html`<strong>${verdict}</strong>`;
  const isTold = row.verdict === 'met' || row.verdict === 'missed';
  return html`<span class="muted">${verdict}</span>${isTold ? html`<span class="sub reason">${notSure}</span>` : ''}`;
}

function renderTarget(context: PageContext, row: TargetRow, withCarrier: boolean): Html {
  const { locale } = context;
  const { name } = definitionOf(context.snapshot, row.metric);
  const metric = context.snapshot.metrics.find((each) => each.name === row.metric);
  const isHighGood = metric?.better !== 'lower';
  const whose = withCarrier
    ? html`${row.carrier_code === null ? 'All carriers' : linkCarrier(context, row.carrier_code)}, `
    : '';
  const label = rowHeader(
    html`${whose}${linkTo(context, 'methodology.html', row.metric, withCarrier ? name.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase()) : name)}${below(html`<span class="name">${sayScope(row)}</span>`, formatDateRange(row.first_start_date, row.last_start_date, locale), row.note === null ? '' : html`<span class="name">${row.note}</span>`)}`,
    `${withCarrier ? nameOf(context, row.carrier_code ?? '*') : ''} ${name}`.trim(),
  );
  const agreed = cell(
    html`${isHighGood ? 'at least' : 'at most'} ${formatAgreed(row.target, locale)}`,
    row.target,
  );
  const doubt = findTargetDoubt(context, row);
  if (doubt) return html`<tr>${label}${agreed}${doubtCell(doubt)}<td></td><td></td><td></td></tr>`;
  const isShown = row.n >= context.thresholds.withheldBelow;
  const isSure = isSureTarget(context, row);
  const figure = { value: row.rate, lo: row.rate_lo, hi: row.rate_hi, n: row.n };
  const came = isShown
    ? html`${formatRate(row.rate, locale)}${below(formatLimits(figure, 'rate', locale), formatN(row.n, locale))}`
    : html`<span class="muted">too few</span>${below(formatN(row.n, locale))}`;
  const cast = castOf({ carriers: context.chartCarriers });
  const colour = row.carrier_code === null ? 'var(--ink)' : cast.styleOf(row.carrier_code).colour;
  const picture = isShown ? renderTargetPicture(row, { isHighGood, isSure, colour, locale }) : '';
  return html`<tr>${label}${agreed}${cell(came, isShown ? row.rate : null)}<td>${picture}</td><td data-value="${row.verdict}">${renderVerdict(row, isSure)}</td>${cell(isShown ? renderShort(context, row, { isHighGood, isSure }) : '–', isShown ? row.short_by : null)}</tr>`;
}

/**
 * Agreed figures beside what came of them: met or missed where the whole interval lies on that side, inked where that is sure. With
 * their carriers where the page is about all of them.
 */
export function renderTargets(
  context: PageContext,
  rows: readonly TargetRow[],
  { withCarrier = false } = {},
): Html {
  return renderTable({
    label: 'Agreed figures',
    isSortable: rows.length > 1,
    caption:
      'Met or missed: the whole 95 % interval lies on that side; bold and in colour where that is sure with all looks counted. The dashed line is what was agreed. Short by: parcels that were lacking, from one end of the interval to the other.',
    columns: [
      { label: 'Figure' },
      { label: 'Agreed', isNumber: true },
      { label: 'Came', isNumber: true },
      { label: 'Against the agreed', isUnsorted: true },
      { label: 'Verdict' },
      { label: 'Parcels', isNumber: true, first: 'descending' },
    ],
    rows: rows.map((row) => renderTarget(context, row, withCarrier)),
  });
}
