import { formatCount, formatDate } from '../words.js';
import type { Chart, ChartContext } from './chart.js';
import { type Layer, ownTip, percentLabels, sayMark, stepsOf, type XChannel, type YChannel } from './kit.js';
import { countedFrom, dayOf, type Frame, type Line, type Point } from './strip-frame.js';
import { countLayers, endLayers, monthLayers, placeEnds } from './strip-labels.js';
import { measureText } from './text-width.js';
import { textSize } from './theme.js';

/** Layers of a strip: the others below, the carrier above them, its parcels and the months under it. */
export function drawStrip(
  lines: readonly Line[],
  frame: Frame,
  context: ChartContext,
): NonNullable<Chart['spec']> {
  const { domain, words } = frame;
  const isLarge = context.width >= countedFrom;
  const height = isLarge ? 210 : 118;
  const own = lines.at(-1)?.points ?? [];
  const all = lines.flatMap(({ points }) => points);
  const first = Math.min(...all.map(({ start }) => dayOf(start)));
  const last = Math.max(...all.map(({ start, weeksEach }) => dayOf(start) + 7 * weeksEach));
  const ends = placeEnds(lines, frame, height, context);
  const labelWidth = Math.max(...ends.map(({ width }) => width), 0);
  const axisWidth = Math.ceil(measureText(words.isHours ? '10 days' : '100 %', textSize.note)) + 12;
  const width = Math.floor(context.width - axisWidth - labelWidth - 12);
  const x: XChannel & { field: string } = {
    field: 'day',
    type: 'quantitative',
    scale: { domain: [first, last], nice: false, zero: false },
    axis: null,
  };
  const y: YChannel & { field: string } = {
    field: 'value',
    type: 'quantitative',
    scale: { domain, nice: false, clamp: true },
    axis: { ...valueTicks(domain, words.isHours, height), title: null },
  };
  const pixelOf = (day: number) => ((day - first) / (last - first)) * width;
  const named = (values: object[]) => ({ values }) as { values: Record<string, unknown>[] };
  const row = ({ code }: Line, point: Point) => ({
    day: point.day,
    value: point.value,
    lo: point.lo,
    hi: point.hi,
    run: `${code}\u001f${point.run}`,
    fill: point.isComplete ? 'var(--ink)' : 'var(--paper)',
    n: formatCount(point.n, context.locale),
    tip: sayMark(code, sayPoint(lines, code, point, frame, context)),
  });
  const rowsOf = (some: readonly Line[]) =>
    some.flatMap((line) => line.points.map((point) => row(line, point)));
  const others = rowsOf(lines.slice(0, -1));
  const mine = rowsOf(lines.slice(-1));
  const [from, to] = [dayOf(words.firstDate), dayOf(words.lastDate) + 1];
  const shade = { from: Math.max(first, from), to: Math.min(last, to) };
  const level = (name: string, value: number, start: number, end: number, dash: number[]): Layer => ({
    name,
    data: named([{ day: Math.max(first, start), end: Math.min(last, end), value }]),
    mark: { type: 'rule', color: 'var(--ink)', strokeWidth: 1, strokeDash: dash },
    encoding: { x, x2: { field: 'end' }, y },
  });
  const { usual, target } = words;
  const detail = { field: 'run', type: 'nominal' } as const;
  return {
    width,
    height,
    layer: [
      {
        name: 'shade',
        data: named(shade.to > shade.from ? [{ day: shade.from, end: shade.to }] : []),
        mark: { type: 'rect', color: 'var(--muted)', fillOpacity: 0.16 },
        encoding: { x, x2: { field: 'end' }, y: { value: 0 }, y2: { value: height } },
      },
      ...(usual === null ? [] : [level('usual', usual, first, from, [2, 3])]),
      ...(target === null
        ? []
        : [
            level(
              'target',
              target.value,
              target.from === null ? first : dayOf(target.from),
              target.to === null ? last : dayOf(target.to) + 1,
              [6, 3],
            ),
          ]),
      {
        name: 'other',
        data: named(others),
        mark: { type: 'line', color: 'var(--carrier-other)', strokeWidth: 1 },
        encoding: { x, y, detail },
      },
      {
        name: 'otherpoint',
        data: named(others),
        mark: { type: 'point', color: 'var(--carrier-other)', size: 10, aria: true },
        encoding: { x, y, description: ownTip },
      },
      {
        name: 'interval',
        data: named(mine.filter(({ lo, hi }) => lo !== null && hi !== null)),
        mark: { type: 'rule', color: 'var(--ink)', strokeWidth: 1, strokeOpacity: 0.4 },
        encoding: { x, y: { ...y, field: 'lo' }, y2: { field: 'hi' } },
      },
      {
        name: 'own',
        data: named(mine),
        mark: { type: 'line', color: 'var(--ink)', strokeWidth: 2 },
        encoding: { x, y, detail },
      },
      {
        name: 'week',
        data: named(mine),
        mark: {
          type: 'point',
          size: isLarge ? 48 : 32,
          color: 'var(--ink)',
          stroke: 'var(--ink)',
          strokeWidth: 1.5,
          aria: true,
        },
        encoding: { x, y, fill: { field: 'fill', type: 'nominal', scale: null }, description: ownTip },
      },
      ...endLayers(ends, y, width, frame, height),
      ...countLayers(isLarge ? mine : [], own, pixelOf, x, height),
      ...monthLayers(first, last, pixelOf, isLarge ? height + 18 : height, width, x, context),
    ],
  };
}

function sayPoint(
  lines: readonly Line[],
  code: string,
  point: Point,
  { say }: Frame,
  { locale }: ChartContext,
): string {
  const name = lines.find((line) => line.code === code)?.name ?? code;
  const step = point.weeksEach === 1 ? 'week of' : `${point.weeksEach} weeks from`;
  const young = point.isComplete ? '' : ', not yet complete';
  return `${name}, ${step} ${formatDate(point.start, locale)}: ${say(point.value)}, n ${formatCount(point.n, locale)}${young}`;
}

function valueTicks([from, to]: [number, number], isHours: boolean, height: number) {
  if (!isHours) return { values: stepsOf([from, to], height, 26), labelExpr: percentLabels };
  const step = [1, 2, 4, 6, 12, 24, 48, 96].find((each) => (to / each) * 26 <= height) ?? to;
  const values = Array.from({ length: Math.floor(to / step) + 1 }, (_, index) => index * step);
  return to > 72 && step % 24 === 0
    ? { values, labelExpr: "datum.value / 24 + ' d'" }
    : { values, labelExpr: "datum.value + ' h'" };
}
