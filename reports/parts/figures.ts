import type { CarrierPerformance } from '../../queries/schema.js';
import { definitionOf, type FigureKind } from '../definitions.js';
import { formatCount, formatHours, formatNumber, formatRate } from '../words.js';
import type { PageContext } from './context.js';

/** A metric as a row has it: rates and shares 0 to 1, hours wall-clock; null where it has none. */
export interface Figure {
  value: number | null;
  lo: number | null;
  hi: number | null;
  /** The parcels behind it. */
  n: number;
}

/** What may be done with a figure: nothing there, too few to show, shown but not compared, or compared. */
type Standing = 'none' | 'withheld' | 'unranked' | 'ranked';

function readNumber(row: object, column: string): number | null {
  const value = (row as Record<string, unknown>)[column];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** The columns of a row that have their limits beside them. */
export type Metric<Row = CarrierPerformance> = {
  [Column in keyof Row & string]: `${Column}_lo` extends keyof Row ? Column : never;
}[keyof Row & string];

function countColumn(metric: string): string {
  if (metric.startsWith('first_scan_')) return 'first_scan_n';
  if (metric.endsWith('_rate')) return `${metric}_n`;
  if (metric.startsWith('transit_working_days_')) return 'transit_working_days_n';
  if (metric.startsWith('transit_')) return 'transit_n';
  return `${metric.replace(/_(adj|expected)$/, '')}_n`;
}

/** Reads a metric with its limits and count from a performance row; a missing row is a figure without value. */
export function readFigure<Row extends object>(row: Row | null | undefined, metric: Metric<Row>): Figure {
  return findFigure(row, metric);
}

/** The same for a metric that data names; a column that the row lacks is a figure without value. */
export function findFigure(row: object | null | undefined, metric: string): Figure {
  if (!row) return { value: null, lo: null, hi: null, n: 0 };
  return {
    value: readNumber(row, metric),
    lo: readNumber(row, `${metric}_lo`),
    hi: readNumber(row, `${metric}_hi`),
    n: readNumber(row, countColumn(metric)) ?? 0,
  };
}

/** What the published thresholds allow of a group of this size. */
export function standingOf(figure: { n: number }, context: PageContext): Standing {
  if (figure.n === 0) return 'none';
  if (figure.n < context.thresholds.withheldBelow) return 'withheld';
  return figure.n < context.thresholds.rankedFrom ? 'unranked' : 'ranked';
}

/** A value in its unit: '91.2 %', '43 h', '2 days', '1,204'. */
export function formatValue(value: number | null, kind: FigureKind, locale: string): string {
  if (kind === 'hours') return formatHours(value, locale);
  if (kind === 'rate') return formatRate(value, locale);
  if (value === null) return kind === 'days' ? 'not reached' : 'no figure';
  if (kind === 'days') return `${formatNumber(value, 0, locale)} ${value === 1 ? 'day' : 'days'}`;
  return formatCount(value, locale);
}

/** The limits in the unit of the value, '90.1 to 92.2'; '' without limits. */
export function formatLimits(figure: Figure, kind: FigureKind, locale: string): string {
  if (figure.value === null || figure.lo === null) return '';
  if (kind === 'rate') {
    return figure.hi === null
      ? ''
      : `${formatNumber(figure.lo * 100, 1, locale)} to ${formatNumber(figure.hi * 100, 1, locale)}`;
  }
  // the limits follow the value's own unit: hours up to 72, then days
  const inDays = kind === 'hours' && formatHours(figure.value, 'en-GB').endsWith('days');
  const limit = (hours: number) => formatNumber(inDays ? hours / 24 : hours, inDays ? 1 : 0, locale);
  if (figure.hi === null) return `${limit(figure.lo)} or more`;
  const [from, to] = [limit(figure.lo), limit(figure.hi)];
  if (from === to && figure.lo !== figure.hi)
    return inDays ? 'within 0.1 day' : `within 1 ${kind === 'days' ? 'day' : 'h'}`;
  return `${from} to ${to}`;
}

/** How many parcels: 'n 1,204'. */
export function formatN(n: number, locale: string): string {
  return `n\u00a0${formatCount(n, locale)}`;
}

/** A figure in a sentence: '91.2 % (90.1 to 92.2, n 1,204)'. */
export function sayFigure(figure: Figure, metric: string, context: PageContext): string {
  const { kind } = definitionOf(context.snapshot, metric);
  const limits = formatLimits(figure, kind, context.locale);
  const inside = [limits, formatN(figure.n, context.locale)].filter(Boolean).join(', ');
  return `${formatValue(figure.value, kind, context.locale)} (${inside})`;
}
