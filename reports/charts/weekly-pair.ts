import type { Chart, ChartContext } from '../drawing/chart.js';
import {
  castOf,
  emptyChart,
  finishChart,
  isNarrow,
  isNumber,
  roundDownShare,
  roundUpShare,
  sayAxis,
  sayMark,
  spreadOut,
  stepsOf,
} from '../drawing/kit.js';
import { drawPairLayers, footPx, type PairFrame } from '../drawing/pair-layers.js';
import { fitText, measureText } from '../drawing/text-width.js';
import { textSize } from '../drawing/theme.js';
import { formatCount, formatDate, formatHours, formatMonth, formatNumber, formatRate } from '../words.js';

/** One week of one of the two; weeks without a value are left out of the line. */
export interface PairWeek {
  carrier_code: string;
  /** Monday, YYYY-MM-DD. */
  week_start_date: string;
  value: number | null;
  n: number;
  is_complete: boolean;
}

interface PairOptions {
  subject: string;
  unit: 'rate' | 'hours';
  /** A high rate is the rule: the axis ends at 100 %. */
  isHighRate: boolean;
  /** Mondays, in their order: the axis. */
  mondays: readonly string[];
  /** Places in `mondays` of the first and last week that is shaded. */
  chosen: { from: number; to: number };
  /** The carrier in front, then the other. */
  codes: readonly [string, string];
}

interface Point {
  place: number;
  value: number;
  n: number;
  isComplete: boolean;
}

/**
 * Two lines, week by week, with the chosen weeks shaded. All positions are pixels, so that the drawing holds for any rows: it is compiled
 * once and filled in the page.
 */
export function drawWeeklyPair(
  rows: readonly PairWeek[],
  context: ChartContext,
  options: PairOptions,
): Chart {
  const { subject, unit, mondays, chosen, codes } = options;
  const cast = castOf(context);
  const units = unit === 'rate' ? 'Share of parcels (%)' : 'Median hours';
  const series = codes.map((code) => ({ code, points: readPoints(rows, code, mondays, context) }));
  const values = series.flatMap(({ points }) => points.map(({ value }) => value));
  const base = { id: 'weekly-pair', title: subject };
  if (values.length === 0)
    return emptyChart(context, {
      ...base,
      units,
      empty: `Nothing to draw: no week of this choice has ${context.thresholds.withheldBelow} parcels.`,
    });
  const domain = findDomain(values, options);
  const frame = layOut(context);
  const say = (value: number) =>
    unit === 'rate' ? formatRate(value, context.locale) : formatHours(value, context.locale);
  const xOf = (place: number) => ((place + 0.5) / mondays.length) * frame.plotWidth;
  const yOf = (value: number) => (1 - (value - domain[0]) / (domain[1] - domain[0])) * frame.height;
  const marks = series.flatMap(({ code, points }) =>
    points.map((point) => ({
      code,
      colour: cast.styleOf(code).colour,
      fill: point.isComplete ? cast.styleOf(code).colour : 'var(--paper)',
      opacity: point.n < context.thresholds.rankedFrom ? 0.5 : 1,
      x: xOf(point.place),
      y: yOf(point.value),
      tip: sayMark(
        code,
        `${cast.nameOf(code)}, week of ${formatDate(mondays[point.place], context.locale)}: ${say(point.value)}, n ${formatCount(point.n, context.locale)}${point.isComplete ? '' : ', not yet complete'}`,
      ),
    })),
  );
  const ends = findEnds(series, cast, frame, yOf);
  const axis =
    unit === 'rate' ? sayAxis(domain, context) : `axis from 0 to ${formatHours(domain[1], context.locale)}`;
  return finishChart(context, {
    ...base,
    units: `${units} by week of the start; ${axis}`,
    howToRead: `Shaded: the chosen weeks. Hollow: not yet complete; faded: fewer than ${context.thresholds.rankedFrom} parcels; left out: fewer than ${context.thresholds.withheldBelow}.`,
    alt: `${subject}. ${series.map(({ code, points }) => `${cast.nameOf(code)}: ${points.length} weeks${points.length > 0 ? `, the latest ${say(points.at(-1)?.value ?? 0)}` : ''}`).join('; ')}.`,
    spec: {
      width: frame.plotWidth + frame.leftPx + frame.rightPx,
      height: frame.height + footPx,
      layer: drawPairLayers({
        frame,
        shade: [{ x: xOf(chosen.from - 0.5), x2: xOf(chosen.to + 0.5) }],
        ticks: listTicks(domain, unit, frame.height, context).map(({ value, text }) => ({
          y: yOf(value),
          text,
        })),
        months: listMonths(mondays, xOf, frame.plotWidth, context),
        marks,
        ends,
      }),
    },
  });
}

/** The same for any two names: a drawing that is compiled once has one frame. */
function layOut(context: ChartContext): PairFrame {
  const narrow = isNarrow(context);
  const leftPx = Math.ceil(measureText('100 %', textSize.note)) + 10;
  const rightPx = narrow ? 96 : 170;
  return {
    leftPx,
    rightPx,
    plotWidth: Math.floor(context.width - leftPx - rightPx - 8),
    height: narrow ? 190 : 240,
  };
}

function readPoints(
  rows: readonly PairWeek[],
  code: string,
  mondays: readonly string[],
  { thresholds }: ChartContext,
): Point[] {
  return rows
    .filter((row) => row.carrier_code === code && row.n >= thresholds.withheldBelow && isNumber(row.value))
    .map((row) => ({
      place: mondays.indexOf(row.week_start_date),
      value: row.value ?? 0,
      n: row.n,
      isComplete: row.is_complete,
    }))
    .filter(({ place }) => place >= 0)
    .sort((one, other) => one.place - other.place);
}

function findDomain(values: readonly number[], { unit, isHighRate }: PairOptions): [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (unit === 'rate')
    return isHighRate ? [Math.min(0.9, roundDownShare(least)), 1] : [0, roundUpShare(Math.max(most, 0.002))];
  const step = most > 72 ? 24 : most > 24 ? 12 : 4;
  return [0, Math.ceil(Math.max(most, 1) / step) * step];
}

function listTicks(
  domain: [number, number],
  unit: 'rate' | 'hours',
  height: number,
  { locale }: ChartContext,
): { value: number; text: string }[] {
  if (unit === 'rate') {
    const steps = stepsOf(domain, height, 40);
    const decimals = steps.every((step) => Number.isInteger(Math.round(step * 1e6) / 1e4)) ? 0 : 1;
    return steps.map((value) => ({ value, text: `${formatNumber(value * 100, decimals, locale)} %` }));
  }
  const [, to] = domain;
  const step = [1, 2, 4, 6, 12, 24, 48, 96].find((each) => (to / each) * 45 <= height) ?? to;
  return Array.from({ length: Math.floor(to / step) + 1 }, (_, index) => ({
    value: index * step,
    text:
      to > 72
        ? `${formatNumber((index * step) / 24, step % 24 === 0 ? 0 : 1, locale)} d`
        : `${index * step} h`,
  }));
}

/** First Mondays of a month, as many as have room; the year with the first and with each January. */
function listMonths(
  mondays: readonly string[],
  xOf: (place: number) => number,
  plotWidth: number,
  { locale }: ChartContext,
): { x: number; text: string }[] {
  let free = Number.NEGATIVE_INFINITY;
  let before = '';
  const months: { x: number; text: string }[] = [];
  for (const [place, monday] of mondays.entries()) {
    const month = monday.slice(0, 7);
    if (month === before) continue;
    before = month;
    const text = formatMonth(monday, months.length === 0 || month.endsWith('-01'), locale);
    const x = xOf(place - 0.5);
    const width = measureText(text, textSize.note);
    if (x < free || x + width > plotWidth) continue;
    free = x + width + 12;
    months.push({ x, text });
  }
  return months;
}

/** Names at the ends of the lines, apart. */
function findEnds(
  series: readonly { code: string; points: readonly Point[] }[],
  cast: ReturnType<typeof castOf>,
  frame: PairFrame,
  yOf: (value: number) => number,
): object[] {
  const ends = series
    .flatMap(({ code, points }) => {
      const last = points.at(-1);
      return last ? [{ code, y: yOf(last.value) }] : [];
    })
    .sort((one, other) => one.y - other.y);
  const placed = spreadOut(
    ends.map(({ y }) => y),
    ends.map(() => 18),
    -4,
    frame.height + 4,
  );
  return ends.map(({ code }, index) => ({
    y: placed[index] ?? 0,
    name: fitText(cast.nameOf(code), frame.rightPx - 10, textSize.label),
    colour: cast.styleOf(code).colour,
    tip: sayMark(code),
  }));
}
