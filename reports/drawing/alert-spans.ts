import { formatDayMonth } from '../words.js';
import type { ChartContext } from './chart.js';
import { isNarrow, type Layer, sayMark, type XChannel, type YChannel } from './kit.js';
import { drawNames, placeLabels } from './place-labels.js';
import { measureText } from './text-width.js';
import { textSize } from './theme.js';

/** An alert: marked weeks that belong together. */
export interface AlertSpan {
  /** Days since 1970: the Mondays of the first and the last week. */
  from: number;
  to: number;
  firstDate: string;
  lastDate: string;
  side: string;
  isWorse: boolean;
  /** outside, or run. */
  kind: string;
}

export interface TrendFrame {
  x: XChannel & { field: string };
  y: YChannel & { field: string };
  domain: [number, number];
  first: number;
  last: number;
  plotWidth: number;
  height: number;
}

interface Point {
  day: number;
  value: number;
}

const alertsNamed = 3;
/** How far a ring stands off its weeks. */
const ringPx = 10;
const signPx = 14;
const sign = 'M0,-1L1,0.8L-1,0.8Z';

/** A span's dates: one week, or the first and the last. */
function saySpan({ firstDate, lastDate }: AlertSpan, locale: string): string {
  const first = formatDayMonth(firstDate, locale);
  return firstDate === lastDate ? first : `${first} to ${formatDayMonth(lastDate, locale)}`;
}

/** Each alert as one ring around its weeks; the newest with dates and side, the worse ones with a warning sign. */
export function drawAlertSpans(
  spans: readonly AlertSpan[],
  weeks: readonly Point[],
  frame: TrendFrame,
  context: ChartContext,
): Layer[] {
  const { x, y, domain, first, last, plotWidth, height } = frame;
  const [from, to] = domain;
  const [dayFrom, dayTo] = [first - 3, last + 3];
  const pixelOf = ({ day, value }: Point) => ({
    x: ((day - dayFrom) / (dayTo - dayFrom)) * plotWidth,
    y: ((to - value) / (to - from)) * height,
  });
  const dayAt = (pixel: number) => dayFrom + (pixel / plotWidth) * (dayTo - dayFrom);
  const valueAt = (pixel: number) => to - (pixel / height) * (to - from);
  const rings = spans.flatMap((span) => {
    const points = weeks.filter(({ day }) => day >= span.from && day <= span.to).map(pixelOf);
    if (points.length === 0) return [];
    return [
      {
        span,
        left: Math.max(0, Math.min(...points.map((point) => point.x)) - ringPx),
        right: Math.min(plotWidth, Math.max(...points.map((point) => point.x)) + ringPx),
        top: Math.max(0, Math.min(...points.map((point) => point.y)) - ringPx),
        bottom: Math.min(height, Math.max(...points.map((point) => point.y)) + ringPx),
      },
    ];
  });
  const items = rings
    .slice(-alertsNamed)
    .reverse()
    .map(({ span, left, right, top, bottom }) => {
      const what = span.kind === 'outside' ? `${span.side} limits` : `${span.side} the median`;
      const dates = saySpan(span, context.locale);
      const name = isNarrow(context) ? dates : `${dates}: ${what}`;
      const width = measureText(name, textSize.label) + (span.isWorse ? signPx : 0);
      return { name, span, width, x: (left + right) / 2, y: (top + bottom) / 2 };
    });
  const marks = [
    ...weeks.map(pixelOf),
    // the ring itself is in the way of names, corner by corner and side by side
    ...rings.flatMap(({ left, right, top, bottom }) =>
      [0, 0.25, 0.5, 0.75, 1].flatMap((share) => {
        const across = left + share * (right - left);
        const down = top + share * (bottom - top);
        return [
          { x: across, y: top },
          { x: across, y: bottom },
          { x: left, y: down },
          { x: right, y: down },
        ];
      }),
    ),
  ];
  const placed = placeLabels(
    items,
    marks,
    { width: plotWidth, height },
    { markPx: 9, distances: [0, 13, 26, 40, 60, 80, 110, 140] },
  );
  const names = placed.map(({ item, left, middle }) => ({
    name: item.name,
    tip: sayMark(''),
    day: dayAt(left + (item.span.isWorse ? signPx : 0)),
    value: valueAt(middle),
  }));
  const signs = placed
    .filter(({ item }) => item.span.isWorse)
    .map(({ left, middle }) => ({ day: dayAt(left + signPx / 2 - 2), value: valueAt(middle) }));
  return [
    {
      name: 'ring',
      data: {
        values: rings.map(({ left, right, top, bottom }) => ({
          day: dayAt(left),
          until: dayAt(right),
          value: valueAt(top),
          down: valueAt(bottom),
        })),
      },
      mark: { type: 'rect', fill: null, stroke: 'var(--ink)', strokeWidth: 1.5, cornerRadius: ringPx },
      encoding: { x, x2: { field: 'until' }, y, y2: { field: 'down' } },
    },
    {
      name: 'warning',
      data: { values: signs },
      mark: { type: 'point', shape: sign, filled: false, size: 90, color: 'var(--ink)', strokeWidth: 1.5 },
      encoding: { x, y },
    },
    ...drawNames(names, x, y),
  ];
}
