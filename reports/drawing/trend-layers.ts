import { millisecondsInDay } from 'date-fns/constants';
import { formatCount, formatDate, formatMonth } from '../words.js';
import { type AlertSpan, drawAlertSpans } from './alert-spans.js';
import type { ChartContext } from './chart.js';
import {
  type Cast,
  isNarrow,
  isNumber,
  type Layer,
  type Layered,
  ownTip,
  percentLabels,
  sayMark,
  spreadOut,
  stepsOf,
  type XChannel,
  type YChannel,
} from './kit.js';
import { measureText } from './text-width.js';
import { textSize } from './theme.js';
import { drawNotes, drawTarget, type NoteMark, type TargetLine } from './trend-marks.js';

export interface Week {
  /** Days since 1970. */
  day: number;
  date: string;
  value: number;
  n: number;
  isMature: boolean;
  centre: number | null;
  lo: number | null;
  hi: number | null;
  outside: string | null;
  marked: string | null;
  /** Weeks of one run stand side by side; between runs lie weeks that are not judged. */
  run: number;
}

interface TrendMarks {
  spans: readonly AlertSpan[];
  notes: readonly NoteMark[];
  target: TargetLine | null;
}

interface TrendWords {
  isHours: boolean;
  say: (value: number) => string;
  code: string;
  cast: Cast;
}

export function drawWeeks(
  weeks: readonly Week[],
  domain: [number, number],
  { isHours, say, code, cast }: TrendWords,
  { spans, notes, target }: TrendMarks,
  context: ChartContext,
): Layered {
  const narrow = isNarrow(context);
  const height = narrow ? 190 : 240;
  const [first, last] = [weeks[0]?.day ?? 0, weeks.at(-1)?.day ?? 1];
  const ends = endLabels(weeks, target, say);
  const widestOf = (texts: string[]) =>
    Math.ceil(Math.max(0, ...texts.map((text) => measureText(text, textSize.note))));
  const axisWidth = widestOf(['100 %', isHours && domain[1] > 72 ? '10 days' : '72 h']) + 10;
  const plotWidth = Math.floor(context.width - axisWidth - widestOf(ends.map(({ text }) => text)) - 14);
  const x: XChannel & { field: string } = {
    field: 'day',
    type: 'quantitative',
    scale: { domain: [first - 3, last + 3], nice: false },
    axis: null,
  };
  const y: YChannel & { field: string } = {
    field: 'value',
    type: 'quantitative',
    scale: { domain, nice: false },
    axis: { ...valueTicks(domain, isHours, height), title: null },
  };
  const colour = cast.styleOf(code).colour;
  const frame = { x, y, domain, first, last, plotWidth, height };
  const values = weeks.map((week) => ({
    day: week.day,
    value: week.value,
    run: week.run,
    fill: week.isMature ? colour : 'var(--paper)',
    opacity: week.n < context.thresholds.rankedFrom ? 0.45 : 1,
    tip: sayMark(code, sayWeek(week, say, context)),
  }));
  const limited = weeks.flatMap(({ day, centre, lo, hi }) =>
    centre === null ? [] : [{ day, value: centre, lo, hi }],
  );
  return {
    width: plotWidth,
    height,
    layer: [
      {
        name: 'limits',
        data: { values: limited.filter(({ lo, hi }) => lo !== null && hi !== null) },
        mark: { type: 'area', color: 'var(--muted)', fillOpacity: 0.14, interpolate: 'step' },
        encoding: { x, y: { ...y, field: 'lo' }, y2: { field: 'hi' } },
      },
      {
        name: 'centre',
        data: { values: limited },
        mark: { type: 'line', color: 'var(--muted)', strokeWidth: 1 },
        encoding: { x, y },
      },
      {
        name: 'line',
        data: { values },
        mark: { type: 'line', color: colour, strokeWidth: 1.5 },
        encoding: { x, y, detail: { field: 'run', type: 'nominal' } },
      },
      {
        name: 'week',
        data: { values },
        mark: { type: 'point', size: 40, color: colour, stroke: colour, strokeWidth: 1.5, aria: true },
        encoding: {
          x,
          y,
          fill: { field: 'fill', type: 'nominal', scale: null },
          opacity: { field: 'opacity', type: 'quantitative', scale: null },
          description: ownTip,
        },
      },
      ...drawTarget(target, frame),
      ...drawNotes(notes, frame, context),
      ...drawAlertSpans(spans, weeks, frame, context),
      endLayer(ends, y, domain, plotWidth, height),
      ...monthLayers(first, last, plotWidth, height, x, context),
    ],
  };
}

function valueTicks(domain: [number, number], isHours: boolean, height: number) {
  if (!isHours) return { values: stepsOf(domain, height, 40), labelExpr: percentLabels };
  const [, to] = domain;
  const step = [1, 2, 4, 6, 12, 24, 48, 96].find((each) => (to / each) * 45 <= height) ?? to;
  const values = Array.from({ length: Math.floor(to / step) + 1 }, (_, index) => index * step);
  return to > 72 && step % 24 === 0
    ? { values, labelExpr: "datum.value / 24 + ' d'" }
    : { values, labelExpr: "datum.value + ' h'" };
}

function sayWeek(week: Week, say: (value: number) => string, context: ChartContext): string {
  const alert =
    (week.outside === null ? '' : `, ${week.outside} its limits`) +
    (week.marked === null ? '' : ', part of an alert');
  const young = week.isMature ? '' : ', not yet complete';
  return `Week of ${formatDate(week.date, context.locale)}: ${say(week.value)}, n ${formatCount(week.n, context.locale)}${alert}${young}`;
}

/** What the lines are, said at their right end. */
function endLabels(
  weeks: readonly Week[],
  target: TargetLine | null,
  say: (value: number) => string,
): { value: number; text: string }[] {
  const last = weeks.findLast(({ centre }) => centre !== null);
  const limits = [last?.lo, last?.hi].filter(isNumber).map((value) => ({ value, text: say(value) }));
  return [
    ...(last?.centre == null ? [] : [{ value: last.centre, text: `median ${say(last.centre)}` }, ...limits]),
    ...(target === null ? [] : [{ value: target.value, text: `target ${say(target.value)}` }]),
  ].sort((one, other) => one.value - other.value);
}

function endLayer(
  ends: readonly { value: number; text: string }[],
  y: YChannel & { field: string },
  [from, to]: [number, number],
  plotWidth: number,
  height: number,
): Layer {
  const clamp = (value: number) => Math.min(to, Math.max(from, value));
  const pixels = ends.map(({ value }) => ((clamp(value) - from) / (to - from)) * height);
  const placed = spreadOut(
    pixels,
    ends.map(() => 14),
    -4,
    height + 4,
  );
  const values = ends.map(({ text }, index) => ({
    text,
    value: from + ((placed[index] ?? 0) / height) * (to - from),
  }));
  return {
    name: 'end',
    data: { values },
    mark: { type: 'text', align: 'left', dx: 6, color: 'var(--muted)' },
    encoding: {
      x: { value: plotWidth },
      y: { ...y, scale: { domain: [from, to], nice: false } },
      text: { field: 'text', type: 'nominal' },
    },
  };
}

/** Months under the axis, as many as have room, the year with the first and with each January. */
function monthLayers(
  first: number,
  last: number,
  plotWidth: number,
  height: number,
  x: XChannel & { field: string },
  context: ChartContext,
): Layer[] {
  const starts: { day: number; text: string }[] = [];
  for (let day = first; day <= last; day += 1) {
    const date = new Date(day * millisecondsInDay);
    if (date.getUTCDate() !== 1 && day !== first) continue;
    const isYearSaid = starts.length === 0 || date.getUTCMonth() === 0;
    starts.push({ day, text: formatMonth(date, isYearSaid, context.locale) });
  }
  const pixelOf = (day: number) => ((day - first + 3) / (last - first + 6)) * plotWidth;
  let free = Number.NEGATIVE_INFINITY;
  const shown = starts.filter(({ day, text }) => {
    const left = pixelOf(day);
    const right = left + measureText(text, textSize.note) + 12;
    if (left < free || right - 12 > plotWidth) return false;
    free = right;
    return true;
  });
  return [
    {
      data: { values: shown },
      mark: { type: 'rule', color: 'var(--hairline)' },
      encoding: { x, y: { value: height }, y2: { value: height + 6 } },
    },
    {
      name: 'month',
      data: { values: shown },
      mark: { type: 'text', align: 'left', color: 'var(--muted)', baseline: 'top' },
      encoding: { x, y: { value: height + 9 }, text: { field: 'text', type: 'nominal' } },
    },
  ];
}
