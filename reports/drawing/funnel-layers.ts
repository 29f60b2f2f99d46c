import { formatInterval, formatRate } from '../words.js';
import type { ChartContext } from './chart.js';
import {
  type Cast,
  compareText,
  isNarrow,
  type Layer,
  type Layered,
  ownColour,
  ownShape,
  ownTip,
  percentLabels,
  sayCount,
  sayMark,
  spreadOut,
  stepsOf,
  type XChannel,
  type YChannel,
} from './kit.js';
import { drawNames, placeLabels } from './place-labels.js';
import { fitText, measureText } from './text-width.js';
import { textSize } from './theme.js';
import { z95 } from './wilson.js';

export interface FunnelPoint {
  code: string;
  n: number;
  rate: number;
  lo: number;
  hi: number;
  /** Which limits it lies outside of. */
  outside: 'none' | '95' | '99.8';
}

/** Two-sided normal limits: Spiegelhalter 2005, Funnel plots for comparing institutional performance. */
export const limits = [
  { name: '95', z: z95 },
  { name: '99.8', z: 3.090232 },
] as const;
export const namesShown = 12;

export function spread(rate: number, n: number): number {
  return Math.sqrt((rate * (1 - rate)) / n);
}

export function sortOutside(points: readonly FunnelPoint[]): FunnelPoint[] {
  const isOuter = ({ outside }: FunnelPoint) => Number(outside === '99.8');
  return points
    .filter(({ outside }) => outside !== 'none')
    .sort(
      (one, other) => isOuter(other) - isOuter(one) || other.n - one.n || compareText(one.code, other.code),
    );
}

export function sayPoint(point: FunnelPoint, cast: Cast, context: ChartContext): string {
  const where = point.outside === 'none' ? 'within the limits' : `outside the ${point.outside} % limits`;
  return (
    `${cast.nameOf(point.code)}: ${formatInterval(point.rate, point.lo, point.hi, context.locale)}, ` +
    `${sayCount(point.n, context)}, ${where}`
  );
}

export function drawPoints(
  points: readonly FunnelPoint[],
  overall: number,
  domain: [number, number],
  cast: Cast,
  context: ChartContext,
): Layered {
  const narrow = isNarrow(context);
  const height = narrow ? 280 : 380;
  const axisWidth = Math.ceil(measureText('99.5 %', textSize.note)) + 8;
  const limitWidth = Math.ceil(measureText('all 99.8 %', textSize.note)) + 10;
  const plotWidth = Math.floor(context.width - axisWidth - limitWidth - 6);
  const largest = Math.max(...points.map(({ n }) => n)) * 1.06;
  const x: XChannel & { field: string } = {
    field: 'n',
    type: 'quantitative',
    scale: { domain: [0, largest], nice: false },
    axis: { grid: false, tickCount: narrow ? 3 : 8, format: ',d', title: 'parcels' },
  };
  const y: YChannel & { field: string } = {
    field: 'rate',
    type: 'quantitative',
    scale: { domain, nice: false, clamp: true },
    axis: { values: stepsOf(domain, height, 48), labelExpr: percentLabels, title: null },
  };
  const frame = { x, y, domain, largest, plotWidth, height };
  return {
    width: plotWidth,
    height,
    layer: [...limitLayers(overall, frame, context), ...pointLayers(points, frame, cast, context)],
  };
}

function limitLayers(
  overall: number,
  { x, y, domain: [from, to], largest, plotWidth, height }: Frame,
  context: ChartContext,
): Layer[] {
  // the limits bend most where parcels are few
  const counts = Array.from({ length: 60 }, (_, index) => Math.max(1, largest * ((index + 1) / 60) ** 2));
  const lines = limits.flatMap(({ name, z }) =>
    [-1, 1].flatMap((side) =>
      counts.map((n) => ({ line: `${name}${side}`, name, n, rate: overall + side * z * spread(overall, n) })),
    ),
  );
  const inside = lines.filter(({ rate }) => rate >= from && rate <= to);
  const ends = [
    { rate: overall, text: `all ${formatRate(overall, context.locale)}` },
    ...limits.flatMap(({ name, z }) =>
      [-1, 1].map((side) => ({ rate: overall + side * z * spread(overall, largest), text: `${name} %` })),
    ),
  ].sort((one, other) => one.rate - other.rate);
  const pixels = ends.map(({ rate }) => ((rate - from) / (to - from)) * height);
  const placed = spreadOut(
    pixels,
    ends.map(() => 14),
    0,
    height,
  );
  const endValues = ends.map(({ text }, index) => ({
    text,
    rate: from + ((placed[index] ?? 0) / height) * (to - from),
  }));
  return [
    {
      data: { values: inside },
      mark: { type: 'line', color: 'var(--muted)', strokeWidth: 1 },
      encoding: {
        x,
        y,
        detail: { field: 'line', type: 'nominal' },
        strokeDash: {
          field: 'name',
          type: 'nominal',
          scale: {
            domain: limits.map(({ name }) => name),
            range: [
              [4, 3],
              [1, 0],
            ],
          },
          legend: null,
        },
      },
    },
    {
      data: { values: [{ rate: overall }] },
      mark: { type: 'rule', color: 'var(--ink)', strokeWidth: 1.25 },
      encoding: { y },
    },
    {
      data: { values: endValues },
      mark: { type: 'text', align: 'left', dx: 6, color: 'var(--muted)' },
      encoding: { x: { value: plotWidth }, y, text: { field: 'text', type: 'nominal' } },
    },
  ];
}

interface Frame {
  x: XChannel & { field: string };
  y: YChannel & { field: string };
  domain: [number, number];
  largest: number;
  plotWidth: number;
  height: number;
}

function pointLayers(
  points: readonly FunnelPoint[],
  frame: Frame,
  cast: Cast,
  context: ChartContext,
): Layer[] {
  const { x, y, domain, largest, plotWidth, height } = frame;
  const pixelOf = ({ n, rate }: FunnelPoint) => ({
    x: (n / largest) * plotWidth,
    y: height - ((Math.max(domain[0], rate) - domain[0]) / (domain[1] - domain[0])) * height,
  });
  const values = points.map((point) => ({
    n: point.n,
    rate: point.rate,
    ...cast.styleOf(point.code),
    opacity: point.n < context.thresholds.rankedFrom ? 0.5 : 1,
    tip: sayMark(point.code, sayPoint(point, cast, context)),
  }));
  const named = sortOutside(points).slice(0, namesShown);
  const texts = named.map((point) => {
    const name = fitText(cast.nameOf(point.code), isNarrow(context) ? 110 : 160, textSize.label);
    return { point, name, width: measureText(name, textSize.label), ...pixelOf(point) };
  });
  const placed = placeLabels(texts, points.map(pixelOf), { width: plotWidth, height });
  const names = placed.map(({ item, left, middle }) => ({
    // back into parcels and shares, the units of the axes
    n: (left / plotWidth) * largest,
    rate: domain[1] - (middle / height) * (domain[1] - domain[0]),
    name: item.name,
    tip: sayMark(item.point.code),
  }));
  return [
    {
      name: 'point',
      data: { values },
      mark: { type: 'point', size: 80, aria: true },
      encoding: {
        x,
        y,
        fill: ownColour,
        shape: ownShape,
        opacity: { field: 'opacity', type: 'quantitative', scale: null },
        description: ownTip,
      },
    },
    ...drawNames(names, x, y),
  ];
}
