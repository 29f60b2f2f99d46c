import { definitionOf } from '../definitions.js';
import type { LaneRow } from '../snapshot.js';
import {
  deliveryTypeWords,
  formatCount,
  formatDateRange,
  formatDifference,
  formatInstant,
} from '../words.js';
import { type AgreedChange, type AgreedFigure, type AgreedSheet, doWindowsMeet } from './agreed.js';
import { below, cell, figureCell, figureContent, renderTable, rowHeader } from './cells.js';
import { sayLane } from './comparisons.js';
import { hasPromises, nameOf, type PageContext } from './context.js';
import { sayFigure } from './figures.js';
import { type Html, html, join } from './html.js';
import { linkTo, warningMark } from './layout.js';
import { mostOfOne, type OtherFigure } from './others.js';
import { findDoubt } from './reported.js';
import { handOverFigures, laneFigures, otherFigures, placeOf, sheetFigures } from './sheet-figures.js';

const lanesShown = 20;

function ownRow(context: PageContext) {
  return context.snapshot.carrierPerformance.find(
    (row) => row.period === 'current' && row.carrier_code === context.forCarrier,
  );
}

/** Figures that rest on a promise say nothing where there is none in the data. */
function isAsked(context: PageContext, metric: string): boolean {
  return hasPromises(context) || !/^(on_time|promise|handed_over_late)/.test(metric);
}

/** What each figure of the sheet counts, out of what. */
export function renderTerms(context: PageContext): Html {
  const { metrics } = context.snapshot;
  const rows = [...sheetFigures, ...handOverFigures]
    .filter((metric) => isAsked(context, metric))
    .flatMap((metric) => {
      const row = metrics.find(({ name }) => name === metric);
      if (!row) return [];
      return [
        html`<tr>${rowHeader(linkTo(context, 'methodology.html', metric, row.title), row.title)}<td>${row.counted}</td><td>${row.out_of}</td></tr>`,
      ];
    });
  return html`<div class="terms">${renderTable({
    label: 'What each figure counts',
    caption:
      'Parcels are outbound; cancelled ones are left out. A range is a 95 % interval: chance alone moves a figure about so far.',
    columns: [{ label: 'Figure' }, { label: 'Counted' }, { label: 'Out of' }],
    rows,
  })}</div>`;
}

/** What of a miss may be the shipper's: it stands beside the targets. */
export function renderHandOver(context: PageContext): Html {
  const row = ownRow(context);
  const late = (metric: (typeof handOverFigures)[number]) => {
    const figure = {
      value: row?.[metric] ?? null,
      lo: row?.[`${metric}_lo`] ?? null,
      hi: row?.[`${metric}_hi`] ?? null,
      n: metric.startsWith('first_scan') ? (row?.first_scan_n ?? 0) : (row?.handed_over_late_rate_n ?? 0),
    };
    return figure.n < context.thresholds.withheldBelow ? null : sayFigure(figure, metric, context);
  };
  const [handed, half, most] = [
    isAsked(context, 'handed_over_late_rate') ? late('handed_over_late_rate') : null,
    late('first_scan_p50_hours'),
    late('first_scan_p90_hours'),
  ];
  const sentences = [
    ...(handed === null
      ? []
      : [
          html`<strong>Handed over late: ${handed}</strong> of the parcels with a promised day had their first scan after that day, or never. On time leaves them out; promise kept counts them.`,
        ]),
    ...(half === null || most === null
      ? []
      : [
          html`From the label to the first scan: half within ${half}, 9 in 10 within ${most}. This holds packing and the wait for collection.`,
        ]),
  ];
  if (sentences.length === 0) return html`<p class="empty">Too few parcels to tell.</p>`;
  return html`${sentences.map((sentence) => html`<p>${sentence}</p>`)}`;
}

function otherCell(context: PageContext, others: readonly OtherFigure[], metric: string, place = ''): Html {
  const figure = others.find((each) => each.metric === metric && each.place === place);
  if (!figure) return cell(html`<span class="muted">not shown</span>`, null);
  return cell(
    figureContent(
      { value: figure.rate, lo: figure.rate_lo, hi: figure.rate_hi, n: figure.n },
      metric,
      context,
      '–',
    ),
    figure.rate,
  );
}

/** Why a figure of the others is missing. */
export const othersRule = `All other carriers: together, on their own lanes and parcels, so that a difference is no verdict. Shown for rates where at least two of them stand behind the very figure, none with over ${mostOfOne * 100} % of its parcels, and where no single one can be worked out from what is shown.`;

/** The carrier's figures, those of the others beside them where they can be told. */
export function renderFigures(context: PageContext, others: readonly OtherFigure[]): Html {
  const row = ownRow(context);
  if (!row)
    return html`<p class="empty">No parcel of this carrier has its label, first scan or promised date in the window.</p>`;
  const name = html`<span class="name">${nameOf(context, context.forCarrier)}</span>`;
  const hasOthers = others.some(({ place }) => place === '');
  const lines = [...sheetFigures]
    .filter((metric) => isAsked(context, metric))
    .map((metric) => {
      const title = definitionOf(context.snapshot, metric).name;
      const rest = otherFigures.includes(metric)
        ? otherCell(context, others, metric)
        : cell(html`<span class="muted">not shown</span>`, null);
      return html`<tr>${rowHeader(linkTo(context, 'methodology.html', metric, title), title)}${figureCell(row, metric, context)}${hasOthers ? rest : ''}</tr>`;
    });
  return renderTable({
    label: 'Figures of the window',
    caption: hasOthers ? othersRule : 'Under each value: its 95 % interval and n.',
    columns: [
      { label: 'Figure' },
      { label: name, isNumber: true },
      ...(hasOthers ? [{ label: 'All other carriers', isNumber: true }] : []),
    ],
    rows: lines,
  });
}

/** The carrier's lanes, the largest first. */
export function renderSheetLanes(context: PageContext, others: readonly OtherFigure[]): Html {
  const metrics = laneFigures.filter((metric) => isAsked(context, metric));
  const rows = [...context.snapshot.lanes].sort((a, b) => b.scanned - a.scanned);
  if (rows.length === 0) return html`<p class="empty">No lane has a parcel in the window.</p>`;
  const shown = rows.slice(0, lanesShown);
  const hasOthers = (metric: string) =>
    shown.some((row) => others.some((each) => each.metric === metric && each.place === placeOf(row)));
  const renderLane = (row: LaneRow) => {
    const lane = sayLane(row);
    return html`<tr>${rowHeader(html`<span class="name">${lane}</span>${below(html`<span class="name">${deliveryTypeWords(row.delivery_type)}</span>`)}`, lane)}${cell(formatCount(row.scanned, context.locale), row.scanned)}${metrics.map(
      (metric) =>
        html`${figureCell(row, metric as 'on_time_rate', context)}${hasOthers(metric) ? otherCell(context, others, metric, placeOf(row)) : ''}`,
    )}</tr>`;
  };
  const rest = rows.length - shown.length;
  return html`${renderTable({
    label: 'Lanes',
    caption:
      'The largest first. Under each value: its 95 % interval and n. Others: all other carriers on that lane, where they can be shown.',
    columns: [
      { label: 'Lane' },
      { label: 'Parcels scanned', isNumber: true },
      ...metrics.flatMap((metric) => [
        { label: definitionOf(context.snapshot, metric).name, isNumber: true },
        ...(hasOthers(metric) ? [{ label: 'Others', isNumber: true }] : []),
      ]),
    ],
    rows: shown.map(renderLane),
  })}${rest > 0 ? html`<p class="how">${formatCount(rest, context.locale)} smaller lanes are not shown.</p>` : ''}`;
}

function agreedCell(context: PageContext, figure: AgreedFigure | null): Html {
  if (figure === null) return cell(html`<span class="muted">not in that sheet</span>`, null);
  if (figure.withheld !== null) return cell(html`<span class="muted">${figure.withheld}</span>`, null);
  return cell(figureContent(figure, figure.metric, context, '–'), figure.value);
}

function sayChange(context: PageContext, change: AgreedChange): Html {
  const { difference, difference_lo: lo, difference_hi: hi, is_clear: isClear, is_worse: isWorse } = change;
  if (difference === null) return html`<span class="muted">not comparable</span>`;
  const isHours = definitionOf(context.snapshot, change.metric).kind === 'hours';
  const size = formatDifference(difference, isHours ? 'hours' : 'rate', context.locale);
  const signed = (value: number) => {
    const text = formatDifference(Math.abs(value), 'rate', context.locale).replace(/^up | points$/g, '');
    if (text === 'unchanged') return '0';
    return `${value < 0 ? '−' : '+'}${text}`;
  };
  const range = lo === null || hi === null ? '' : `${signed(lo)} to ${signed(hi)} points`;
  const verdict =
    isClear === null
      ? 'not judged'
      : !isClear
        ? 'within chance'
        : isWorse === null
          ? 'clear'
          : isWorse
            ? 'clear, for the worse'
            : 'clear, for the better';
  const mark = isWorse === true ? html`${warningMark} ` : '';
  return html`${mark}${isClear ? html`<strong>${size}</strong>` : size}${below(range, verdict)}`;
}

/** When a sheet was made of what. */
function sayWindow({ window }: AgreedSheet, locale: string): string {
  return `${formatDateRange(window.from, window.to, locale)}`;
}

/** The figures of an earlier sheet beside those of this one. */
export function renderThenAndNow(
  context: PageContext,
  earlier: AgreedSheet,
  now: AgreedSheet,
  changes: readonly AgreedChange[],
): Html {
  const { locale } = context;
  const shown = changes.filter(({ metric }) => isAsked(context, metric));
  const meet = doWindowsMeet(earlier, now)
    ? ' Days stand in both windows, and so do some parcels: the changes are not judged.'
    : '';
  return renderTable({
    label: 'Then and now',
    caption: `The earlier sheet had data as of ${formatInstant(earlier.data_as_of ?? earlier.as_of, locale)}, this one as of ${formatInstant(now.data_as_of ?? now.as_of, locale)}. Clear: the 95 % interval of the difference leaves out zero; of hours, the two intervals do not meet. A clear change says that something changed, not why: lanes and mix may have.${meet}`,
    columns: [
      { label: 'Figure' },
      { label: html`Then<span class="sub">${sayWindow(earlier, locale)}</span>`, isNumber: true },
      { label: html`Now<span class="sub">${sayWindow(now, locale)}</span>`, isNumber: true },
      { label: 'Change' },
    ],
    rows: shown.map((change) => {
      const title = definitionOf(context.snapshot, change.metric).name;
      return html`<tr>${rowHeader(title, title)}${agreedCell(context, change.earlier)}${agreedCell(context, change.now)}<td class="change">${sayChange(context, change)}</td></tr>`;
    }),
  });
}

/** 'Against 1 Apr to 30 Jun 2026: 1 figure clearly worse, 2 better'. */
export function sayThenAndNow(
  context: PageContext,
  earlier: AgreedSheet,
  changes: readonly AgreedChange[],
): string {
  const window = sayWindow(earlier, context.locale);
  const worse = changes.filter(({ is_worse: isWorse }) => isWorse === true).length;
  const better = changes.filter(({ is_worse: isWorse }) => isWorse === false).length;
  if (changes.every(({ is_clear: isClear }) => isClear === null)) return `Beside ${window}`;
  if (worse + better === 0) return `Against ${window}: no figure changed clearly`;
  const parts = [
    ...(worse > 0 ? [`${worse} clearly worse`] : []),
    ...(better > 0 ? [`${better} clearly better`] : []),
  ];
  return `Against ${window}: ${parts.join(', ')}`;
}

/** Two places to sign. */
export function renderSignatures(context: PageContext): Html {
  const sides = [
    'For the shipper',
    html`For <span class="name">${nameOf(context, context.forCarrier)}</span>`,
  ];
  return html`<div class="signatures">${sides.map(
    (side) =>
      html`<div><p><strong>${side}</strong></p><p class="line">Name</p><p class="line">Date</p><p class="line">Signature</p></div>`,
  )}</div>`;
}

/** Why on time is not judged, in words for the head of the targets; '' where it is. */
export function sayDoubts(context: PageContext): Html {
  const row = ownRow(context);
  const doubts = sheetFigures.flatMap((metric) => {
    const doubt = findDoubt(row, metric, context);
    return doubt === null
      ? []
      : [`${definitionOf(context.snapshot, metric).name}: ${doubt.words}, ${doubt.why}`];
  });
  return doubts.length === 0 ? html`` : html`<p class="how">${join(doubts, '. ')}.</p>`;
}
