import type { LabelWaiting } from '../../queries/schema.js';
import type { Chart, ChartContext, Figure } from '../drawing/chart.js';
import { drawHeatGrid, type HeatCell } from '../drawing/heat-grid.js';
import {
  castOf,
  emptyChart,
  estimateOf,
  findExtremes,
  finishChart,
  isNarrow,
  isNumber,
  sayCount,
} from '../drawing/kit.js';
import { formatCount, formatHours, formatHoursInterval, formatList, formatWeekday } from '../words.js';

export type WaitingRow = LabelWaiting;

const subject = 'How long labels wait for their first scan, by weekday and hour of the label';
const units =
  'Median hours (after 72: days) from label to first scan; weekday and hour in the sender\u2019s local time';
const classLimits = [6, 12, 24, 48, 72];
const weekdays = [1, 2, 3, 4, 5, 6, 7];

/** Weekday by hour for one carrier ('*' for all): days in rows, or on a narrow drawing hours in rows. */
export function drawLabelWaiting(
  rows: readonly WaitingRow[],
  context: ChartContext,
  carrierCode = '*',
): Chart {
  const cast = castOf(context);
  const narrow = isNarrow(context);
  const own = rows.filter((row) => row.carrier_code === carrierCode && row.labels > 0);
  const shown = own.filter((row) => row.labels >= context.thresholds.withheldBelow);
  const base = { id: `label-waiting-${cast.keyOf(carrierCode)}`, units };
  if (shown.length === 0) {
    return emptyChart(context, {
      ...base,
      title: subject,
      empty: `Nothing to draw yet: an hour of the week is shown from ${context.thresholds.withheldBelow} labels on.`,
    });
  }
  const finding = findLongest(shown, context);
  const total = (weekday: number) =>
    own.filter((row) => row.label_weekday === weekday).reduce((sum, { labels }) => sum + labels, 0);
  const compact = new Intl.NumberFormat(context.locale, { notation: 'compact' });
  const days = weekdays.map((weekday) => ({
    key: `d${weekday}`,
    code: '',
    name: formatWeekday(weekday, 'short', context.locale),
    note: sayCount(total(weekday), context),
    compact: `n ${compact.format(total(weekday))}`,
  }));
  const [first, last] = [Math.min(...shown.map(hourOf)), Math.max(...shown.map(hourOf))];
  const hours = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const clock = hours.map((hour) => ({
    key: `h${hour}`,
    code: '',
    name: `${String(hour).padStart(2, '0')}${narrow || hours.length < 18 ? ':00' : ''}`,
    note: '',
  }));
  const cells = shown.map((row): HeatCell => {
    const [day, hour] = [`d${row.label_weekday}`, `h${row.label_hour}`];
    return { column: narrow ? day : hour, row: narrow ? hour : day, ...cellOf(row, context) };
  });
  const dayCounts = days.map(({ name, note }) => `${name} ${note}`);
  return finishChart(context, {
    ...base,
    title: finding ?? subject,
    howToRead:
      'Darker is longer. Framed: fewer than ' +
      `${context.thresholds.rankedFrom} labels, not compared; blank: none or fewer than ${context.thresholds.withheldBelow}.`,
    alt: `${finding ?? subject}. Labels: ${formatList(dayCounts)}.`,
    spec: narrow
      ? drawHeatGrid(
          clock,
          days.map(({ key, name, compact }) => ({ key, name, note: compact })),
          cells,
          20,
          context,
        )
      : drawHeatGrid(days, clock, cells, 34, context),
  });
}

const hourOf = (row: WaitingRow) => row.label_hour;

function cellOf(row: WaitingRow, context: ChartContext): Omit<HeatCell, 'column' | 'row'> {
  const { labels, median_hours: median, median_hours_lo: lo, median_hours_hi: hi } = row;
  const when = sayWhen(row, context);
  const count = `n ${formatCount(labels, context.locale)}`;
  return {
    fill: labels < context.thresholds.rankedFrom ? null : colourOf(median),
    text: shorten(median, context),
    note: '',
    code: '',
    tip: `${when}: ${formatHoursInterval(median, lo, hi, context.locale)}, ${count}`,
  };
}

/** Not reached is longer than any. */
function colourOf(median: Figure): string {
  const above = isNumber(median) ? classLimits.filter((limit) => median >= limit).length : classLimits.length;
  return `var(--scale-${above})`;
}

function shorten(median: Figure, context: ChartContext): string {
  if (!isNumber(median)) return '\u2013';
  return formatHours(median, context.locale).replace('under 1', '<1').replace(' days', ' d');
}

function sayWhen(row: WaitingRow, context: ChartContext, width: 'short' | 'long' = 'short'): string {
  return `${formatWeekday(row.label_weekday, width, context.locale)} ${String(row.label_hour).padStart(2, '0')}:00`;
}

function findLongest(rows: readonly WaitingRow[], context: ChartContext): string | null {
  const extremes = findExtremes(
    rows
      .filter(({ labels }) => labels >= context.thresholds.rankedFrom)
      .flatMap((row) => {
        const estimate = estimateOf(row.median_hours, row.median_hours_lo, row.median_hours_hi);
        return estimate === null ? [] : [{ ...estimate, row }];
      }),
  );
  if (extremes === null) return null;
  const { low, high } = extremes;
  return (
    `Labels made ${sayWhen(high.row, context, 'long')} wait ${formatHours(high.value, context.locale)} for their first scan, ` +
    `those made ${sayWhen(low.row, context, 'long')} ${formatHours(low.value, context.locale)}`
  );
}
