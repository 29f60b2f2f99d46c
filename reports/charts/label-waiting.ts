import type { HandOverCutOffs, LabelWaiting } from '../../queries/schema.js';
import type { Chart, ChartContext, Figure } from '../drawing/chart.js';
import { drawHeatGrid, type HeatCell } from '../drawing/heat-grid.js';
import {
  castOf,
  emptyChart,
  finishChart,
  isNarrow,
  isNumber,
  type Layer,
  sayCount,
  type XChannel,
  type YChannel,
} from '../drawing/kit.js';
import {
  formatCount,
  formatHours,
  formatHoursInterval,
  formatList,
  formatShortCount,
  formatWeekday,
} from '../words.js';

export type WaitingRow = LabelWaiting;
export type CutOffRow = Pick<
  HandOverCutOffs,
  'carrier_code' | 'period' | 'labelled' | 'labelled_after' | 'cut_off_hour' | 'hours_before' | 'hours_after'
>;

const subject = 'How long labels wait for their first scan, by weekday and hour of the label';
const units =
  'Median hours (after 72: days) from label to first scan; weekday and hour in the sender\u2019s local time';
const classLimits = [6, 12, 24, 48, 72];
const weekdays = [1, 2, 3, 4, 5, 6, 7];

/** Weekday by hour for one carrier ('*' for all) with its cut-off: days in rows, or on a narrow drawing hours in rows. */
export function drawLabelWaiting(
  rows: readonly WaitingRow[],
  cutOffs: readonly CutOffRow[],
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
  const cutOff = cutOffs.find(
    (row) => row.carrier_code === carrierCode && row.period === 'current' && isNumber(row.cut_off_hour),
  );
  const finding = cutOff === undefined ? null : sayCutOff(cutOff, context);
  const total = (weekday: number) =>
    own.filter((row) => row.label_weekday === weekday).reduce((sum, { labels }) => sum + labels, 0);
  const days = weekdays.map((weekday) => ({
    key: `d${weekday}`,
    code: '',
    name: formatWeekday(weekday, 'short', context.locale),
    note: sayCount(total(weekday), context),
    compact: `n ${formatShortCount(total(weekday), context.locale)}`,
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
      (cutOff === undefined
        ? ''
        : 'The line is the cut-off: the largest step between neighbouring hours, Monday to Thursday together. ') +
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
          ({ x, y, height }) =>
            cutOff === undefined || !hours.includes(cutOff.cut_off_hour ?? -1)
              ? []
              : drawCutOff(cutOff, {
                  edge: {
                    x: { ...x, bandPosition: 0 },
                    x2: { field: 'until', bandPosition: 1 },
                    y: { ...y, bandPosition: 0 },
                  },
                  at: { column: 'd1', until: 'd4', key: `h${cutOff.cut_off_hour}` },
                  label: { x: { value: 0 }, y: { value: height + 12 } },
                }),
        )
      : drawHeatGrid(days, clock, cells, 34, context, ({ x, y, height }) =>
          cutOff === undefined || !hours.includes(cutOff.cut_off_hour ?? -1)
            ? []
            : drawCutOff(cutOff, {
                edge: {
                  x: { ...x, bandPosition: 0 },
                  y: { ...y, bandPosition: 0 },
                  y2: { field: 'until', bandPosition: 1 },
                },
                at: { column: `h${cutOff.cut_off_hour}`, key: 'd1', until: 'd4' },
                label: { x: { ...x, bandPosition: 0 }, y: { value: height + 12 } },
              }),
        ),
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

const clockOf = (hour: number) => `${String(hour).padStart(2, '0')}:00`;

/** The step was looked for: 6 hours or more, with intervals that do not overlap. */
function sayCutOff(row: CutOffRow, context: ChartContext): string {
  const hour = row.cut_off_hour ?? 0;
  return (
    `Labels made from ${clockOf(hour)} on wait for the next collection: ${formatHours(row.hours_after, context.locale)} to the first scan, ` +
    `an hour earlier ${formatHours(row.hours_before, context.locale)}`
  );
}

interface CutOffPlace {
  edge: { x: XChannel; y: YChannel; x2?: object; y2?: object };
  at: Record<string, string>;
  label: { x: XChannel; y: YChannel };
}

/** A line along the cut-off from Monday to Thursday, named under the grid. */
function drawCutOff(row: CutOffRow, { edge, at, label }: CutOffPlace): Layer[] {
  return [
    {
      name: 'cutoff',
      data: { values: [at] },
      mark: { type: 'rule', color: 'var(--ink)', strokeWidth: 2.5, strokeCap: 'butt' },
      encoding: edge,
    },
    {
      name: 'cutoffname',
      data: { values: [{ ...at, text: `cut-off ${clockOf(row.cut_off_hour ?? 0)}, Monday to Thursday` }] },
      mark: { type: 'text', align: 'left' },
      encoding: { ...label, text: { field: 'text', type: 'nominal' } },
    },
  ];
}
