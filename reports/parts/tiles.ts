import { definitionOf } from '../definitions.js';
import type { CarrierPerformanceRow, PeriodChangeRow } from '../snapshot.js';
import { formatCount, formatDifference, formatNumber, formatRate } from '../words.js';
import type { PageContext } from './context.js';
import { hasPromises } from './context.js';
import { formatLimits, formatN, formatValue, type Metric, readFigure, standingOf } from './figures.js';
import { type Html, type HtmlValue, html } from './html.js';
import { linkTo } from './layout.js';
import { findDoubt, isChangeDoubtful } from './reported.js';

interface Tile {
  anchor: string;
  label: string;
  value: HtmlValue;
  /** The value is a sentence, not a number. */
  isWords?: boolean;
  support: HtmlValue;
  change: HtmlValue;
}

const marks: Record<string, string> = {
  better: '●',
  worse: '▲',
  changed: '◆',
  'no clear change': '○',
  'not comparable': '–',
  not_covered: '–',
};

/** A change, said once: 'up 1.4 points, clear', 'within chance', 'not covered'; whether it is good where one way is. */
export function renderChange(change: PeriodChangeRow | undefined, context: PageContext): Html {
  if (
    !change ||
    change.direction === 'not comparable' ||
    change.difference === null ||
    isChangeDoubtful(change, context)
  ) {
    return html`<span class="mark" aria-hidden="true">–</span>not comparable with the period before`;
  }
  if (change.direction === 'not_covered') {
    return html`<span class="mark" aria-hidden="true">–</span>not covered<span class="size">first known after the period before had begun</span>`;
  }
  const unit = definitionOf(context.snapshot, change.metric).kind === 'rate' ? 'rate' : 'hours';
  const size = formatDifference(change.difference, unit, context.locale);
  const mark = html`<span class="mark" aria-hidden="true">${marks[change.direction] ?? ''}</span>`;
  if (change.direction === 'no clear change') {
    return size === 'unchanged' ? html`${mark}unchanged` : html`${mark}${size}, within chance`;
  }
  const verdict =
    change.direction === 'changed' ? '' : html`<span class="size">for the ${change.direction}</span>`;
  return html`${mark}<strong>${size}, clear</strong>${verdict}`;
}

function splitUnit(text: string): Html {
  const match = /^(?:(under|over) )?(\S+) (\S+)$/.exec(text);
  if (!match) return html`${text}`;
  const [, limit, value, unit] = match;
  const before = limit ? html`<span class="unit">${limit} </span>` : '';
  return html`${before}${value}<span class="unit">\u00a0${unit}</span>`;
}

function makeFigureTile(
  context: PageContext,
  row: CarrierPerformanceRow | undefined,
  code: string,
  metric: Metric,
  label: string,
  absent: string,
): Tile {
  const figure = readFigure(row, metric);
  const { kind } = definitionOf(context.snapshot, metric);
  const change = context.snapshot.changes.find(
    (each) => each.carrier_code === code && each.metric === metric,
  );
  const tile = { anchor: metric, label };
  const standing = standingOf(figure, context);
  const n = formatN(figure.n, context.locale);
  const doubt = findDoubt(row, metric, context);
  if (doubt) {
    const value = html`<span class="muted">${doubt.words}</span>`;
    return { ...tile, value, isWords: true, support: doubt.why, change: '' };
  }
  if (standing === 'none') return { ...tile, value: absent, isWords: true, support: '', change: '' };
  if (standing === 'withheld') return { ...tile, value: 'too few', isWords: true, support: n, change: '' };
  if (figure.value === null) {
    return {
      ...tile,
      value: 'not reached',
      isWords: true,
      support: html`${sayReached(row, metric, context)} · ${n}`,
      change: '',
    };
  }
  const limits = formatLimits(figure, kind, context.locale);
  return {
    ...tile,
    value: splitUnit(formatValue(figure.value, kind, context.locale)),
    support: html`${limits}${limits ? ' · ' : ''}<span class="nowrap">${n}</span>`,
    change: renderChange(change, context),
  };
}

function sayReached(row: CarrierPerformanceRow | undefined, metric: string, context: PageContext): string {
  if (!metric.startsWith('transit_')) return 'too many are still waiting';
  const reached = row?.transit_reached_share ?? null;
  return reached === null
    ? 'nobody was followed so far'
    : `${formatRate(reached, context.locale)} ever attempted`;
}

/** A count beside the one before, which is no better and no worse. */
function sayGrowth(now: number, before: number, { thresholds, locale }: PageContext): string {
  if (before === 0) return 'none in the period before';
  // below it a growth in percent says nothing
  if (before < thresholds.rankedFrom) return `${formatCount(before, locale)} in the period before`;
  const ratio = now / before - 1;
  const size = formatNumber(Math.abs(ratio) * 100, 0, locale);
  if (size === '0') return `as many as before (${formatCount(before, locale)})`;
  return `${ratio > 0 ? 'up' : 'down'} ${size} % from ${formatCount(before, locale)}`;
}

function makeLabelledTile(
  context: PageContext,
  row: CarrierPerformanceRow | undefined,
  before: CarrierPerformanceRow | undefined,
): Tile {
  const now = row?.labelled ?? 0;
  const previous = before?.labelled ?? 0;
  const isCovered = !context.snapshot.changes.some(
    ({ carrier_code, direction }) => carrier_code === row?.carrier_code && direction === 'not_covered',
  );
  const value = formatCount(now, context.locale);
  return {
    anchor: 'labelled',
    label: 'Parcels labelled',
    value,
    support: isCovered
      ? sayGrowth(now, previous, context)
      : 'not covered: first known after the period before had begun',
    change: '',
  };
}

function makeOpenTile(context: PageContext, row: CarrierPerformanceRow | undefined): Tile {
  const open = row?.open_now ?? null;
  const stalled = row?.stalled_now ?? null;
  const tile = { anchor: 'open_now', label: 'Open now / of these stalled' };
  if (open === null) return { ...tile, value: 'no parcel scanned', isWords: true, support: '', change: '' };
  const share = open > 0 && stalled !== null ? `${formatRate(stalled / open, context.locale)} of them` : '';
  return {
    ...tile,
    value: html`${formatCount(open, context.locale)}<span class="unit"> / ${formatCount(stalled ?? 0, context.locale)}</span>`,
    support: share,
    change: `silent for more than ${context.thresholds.stalledWorkingDays} working days`,
  };
}

function renderTile(context: PageContext, tile: Tile): Html {
  const label = linkTo(context, 'methodology.html', tile.anchor, tile.label);
  return html`<div class="tile"><dt>${label}</dt><dd class="value${tile.isWords ? ' words' : ''}">${tile.value}</dd><dd>${tile.support}</dd><dd class="change">${tile.change}</dd></div>`;
}

function wordsWithoutPromise(context: PageContext): string {
  return hasPromises(context) ? 'no parcel due' : 'not measurable: no promise in the data';
}

/** The four figures of the overview: on time, transit, exceptions, open. */
export function renderMainTiles(context: PageContext, code: string): Html {
  const row = context.snapshot.carrierPerformance.find(
    (each) => each.carrier_code === code && each.period === 'current',
  );
  const make = (metric: Metric, label: string, absent: string) =>
    makeFigureTile(context, row, code, metric, label, absent);
  const tiles = [
    make('on_time_rate', 'On time, carrier’s view', wordsWithoutPromise(context)),
    make('transit_p90_hours', 'Transit, 9 in 10 within', 'no transit to measure'),
    make('exception_rate', 'Exception within 14 days', 'no parcel watched for 14 days'),
    makeOpenTile(context, row),
  ];
  return html`<dl class="tiles four">${tiles.map((tile) => renderTile(context, tile))}</dl>`;
}

/** The row of tiles for one carrier, or for all ('*'). */
export function renderTiles(context: PageContext, code: string): Html {
  const rows = context.snapshot.carrierPerformance.filter((row) => row.carrier_code === code);
  const row = rows.find((each) => each.period === 'current');
  const before = rows.find((each) => each.period === 'previous');
  const noPromise = wordsWithoutPromise(context);
  const tiles = [
    makeLabelledTile(context, row, before),
    makeFigureTile(
      context,
      row,
      code,
      'first_scan_p50_hours',
      'Label to first scan, median',
      'no label in the window',
    ),
    makeFigureTile(context, row, code, 'transit_p50_hours', 'Transit, median', 'no transit to measure'),
    makeFigureTile(
      context,
      row,
      code,
      'transit_p90_hours',
      'Transit, 9 in 10 within',
      'no transit to measure',
    ),
    makeFigureTile(context, row, code, 'on_time_rate', 'On time, carrier’s view', noPromise),
    makeFigureTile(
      context,
      row,
      code,
      'exception_rate',
      'Exception within 14 days',
      'no parcel watched for 14 days',
    ),
    makeFigureTile(
      context,
      row,
      code,
      'first_attempt_success_rate',
      'Delivered at the first attempt',
      'no attempt at a home',
    ),
    makeOpenTile(context, row),
  ];
  return html`<dl class="tiles">${tiles.map((tile) => renderTile(context, tile))}</dl>`;
}
