import type { ChartContext } from './chart.js';
import { type Difference, formatPoints, formatPointsInterval } from './differences.js';
import {
  type Cast,
  compareText,
  isNarrow,
  type Layer,
  type Layered,
  ownShape,
  ownTip,
  pointLabels,
  reachOf,
  sayCount,
  sayMark,
  spreadOut,
  stepsAround,
  type XChannel,
  type YChannel,
} from './kit.js';
import { drawNames, placeLabels } from './place-labels.js';
import { fitText, measureText } from './text-width.js';
import { textSize } from './theme.js';
import { z95 } from './wilson.js';

/** Two-sided normal limits: Spiegelhalter 2005, Funnel plots for comparing institutional performance. */
const limits = [
  { name: '95', z: z95 },
  { name: '99.8', z: 3.090232 },
] as const;

interface Frame {
  x: XChannel & { field: string };
  y: YChannel & { field: string };
  /** The axis goes from minus to plus this share. */
  reach: number;
  largest: number;
  plotWidth: number;
  height: number;
}

export function sayPoint(row: Difference, cast: Cast, context: ChartContext): string {
  const standing = row.is_sure ? 'sure' : row.is_comparable ? 'within chance' : 'too little to compare';
  return `${cast.nameOf(row.carrier_code)}: ${formatPointsInterval(row, context.locale)} points, ${sayCount(row.n, context)}, ${standing}`;
}

function standardError(row: Difference): number {
  return (row.difference_hi - row.difference_lo) / (2 * z95);
}

/** What a difference of one parcel would vary by: the error at n parcels is this over the root of n, as the points have it on the whole. */
function findSpread(points: readonly Difference[]): number {
  const comparable = points.filter((row) => row.is_comparable);
  const used = comparable.length > 0 ? comparable : points;
  const variances = used.map((row) => standardError(row) ** 2 * row.n);
  return Math.sqrt(variances.reduce((sum, each) => sum + each, 0) / used.length);
}

/** Points with intervals inside a funnel around 0. */
export function drawFunnelPoints(points: readonly Difference[], cast: Cast, context: ChartContext): Layered {
  const narrow = isNarrow(context);
  const height = narrow ? 280 : 360;
  const axisWidth = Math.ceil(measureText('\u2212100', textSize.note)) + 24;
  const limitWidth = Math.ceil(measureText('99.8 %', textSize.note)) + 10;
  const plotWidth = Math.floor(context.width - axisWidth - limitWidth - 6);
  const largest = Math.max(...points.map(({ n }) => n)) * 1.06;
  const comparable = points.filter((row) => row.is_comparable);
  const reach = reachOf([
    ...points.map((row) => row.difference),
    ...comparable.flatMap((row) => [row.difference_lo, row.difference_hi]),
  ]);
  const x: XChannel & { field: string } = {
    field: 'n',
    type: 'quantitative',
    scale: { domain: [0, largest], nice: false },
    axis: { grid: false, tickCount: narrow ? 3 : 8, format: ',d', title: 'parcels compared' },
  };
  const y: YChannel & { field: string } = {
    field: 'at',
    type: 'quantitative',
    scale: { domain: [-reach, reach], nice: false },
    axis: { values: stepsAround(reach, height, 40), labelExpr: pointLabels, title: 'points' },
  };
  const frame = { x, y, reach, largest, plotWidth, height };
  return {
    width: plotWidth,
    height,
    layer: [
      ...limitLayers(findSpread(points), frame),
      ...intervalLayers(points, frame, context),
      ...pointLayers(points, frame, cast, context),
    ],
  };
}

function limitLayers(spread: number, { x, y, reach, largest, plotWidth, height }: Frame): Layer[] {
  // the limits bend most where parcels are few
  const counts = Array.from({ length: 80 }, (_, index) => Math.max(1, largest * ((index + 1) / 80) ** 2));
  const lines = limits.flatMap(({ name, z }) =>
    [-1, 1].flatMap((side) =>
      counts.map((n) => ({ line: `${name}${side}`, name, n, at: (side * z * spread) / Math.sqrt(n) })),
    ),
  );
  const ends = [-1, 1]
    .flatMap((side) =>
      limits.map(({ name, z }) => ({ at: (side * z * spread) / Math.sqrt(largest), text: `${name} %` })),
    )
    .filter(({ at }) => Math.abs(at) <= reach)
    .sort((one, other) => one.at - other.at);
  const placed = spreadOut(
    ends.map(({ at }) => ((at + reach) / (2 * reach)) * height),
    ends.map(() => 14),
    0,
    height,
  );
  return [
    {
      data: { values: lines.filter(({ at }) => Math.abs(at) <= reach) },
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
      data: { values: [{ at: 0 }] },
      mark: { type: 'rule', color: 'var(--ink)', strokeWidth: 1.25 },
      encoding: { y },
    },
    {
      data: {
        values: ends.map(({ text }, index) => ({
          text,
          at: ((placed[index] ?? 0) / height) * 2 * reach - reach,
        })),
      },
      mark: { type: 'text', align: 'left', dx: 6, color: 'var(--muted)' },
      encoding: { x: { value: plotWidth }, y, text: { field: 'text', type: 'nominal' } },
    },
  ];
}

const arrow = { up: 'M0,-1L1,1L-1,1Z', down: 'M0,1L1,-1L-1,-1Z' } as const;

/** Intervals; one that leaves the axis ends in an arrow with its number. */
function intervalLayers(
  points: readonly Difference[],
  { x, y, reach }: Frame,
  context: ChartContext,
): Layer[] {
  const values = points.map((row) => ({
    n: row.n,
    at: Math.max(-reach, row.difference_lo),
    to: Math.min(reach, row.difference_hi),
    colour: row.is_sure ? 'var(--ink)' : 'var(--muted)',
    opacity: row.is_comparable ? 1 : 0.6,
  }));
  const leaving = points.flatMap(({ n, difference_lo: lo, difference_hi: hi }) => [
    ...(lo < -reach ? [{ n, at: -reach, shape: arrow.down, text: formatPoints(lo, context.locale) }] : []),
    ...(hi > reach ? [{ n, at: reach, shape: arrow.up, text: formatPoints(hi, context.locale) }] : []),
  ]);
  return [
    {
      name: 'interval',
      data: { values },
      mark: { type: 'rule', strokeWidth: 1 },
      encoding: {
        x,
        y,
        y2: { field: 'to' },
        stroke: { field: 'colour', type: 'nominal', scale: null },
        opacity: { field: 'opacity', type: 'quantitative', scale: null },
      },
    },
    {
      name: 'arrow',
      data: { values: leaving },
      mark: { type: 'point', size: 40, color: 'var(--muted)' },
      encoding: { x, y, shape: ownShape },
    },
    {
      name: 'left',
      data: { values: leaving },
      mark: { type: 'text', align: 'left', dx: 7, color: 'var(--muted)' },
      encoding: { x, y, text: { field: 'text', type: 'nominal' } },
    },
  ];
}

function pointLayers(
  points: readonly Difference[],
  { x, y, reach, largest, plotWidth, height }: Frame,
  cast: Cast,
  context: ChartContext,
): Layer[] {
  const pixelOf = (row: Difference) => ({
    x: (row.n / largest) * plotWidth,
    y: height - ((row.difference + reach) / (2 * reach)) * height,
  });
  const values = points.map((row) => ({
    n: row.n,
    at: row.difference,
    shape: cast.styleOf(row.carrier_code).shape,
    fill: row.is_sure ? cast.styleOf(row.carrier_code).colour : 'var(--paper)',
    stroke: row.is_sure ? cast.styleOf(row.carrier_code).colour : 'var(--muted)',
    opacity: row.is_comparable ? 1 : 0.6,
    tip: sayMark(row.carrier_code, sayPoint(row, cast, context)),
  }));
  const named = points
    .filter((row) => row.is_sure)
    .sort((one, other) => other.n - one.n || compareText(one.carrier_code, other.carrier_code));
  const texts = named.map((row) => {
    const name = fitText(cast.nameOf(row.carrier_code), isNarrow(context) ? 110 : 160, textSize.label);
    return { row, name, width: measureText(name, textSize.label), ...pixelOf(row) };
  });
  const placed = placeLabels(texts, points.map(pixelOf), { width: plotWidth, height });
  const names = placed.map(({ item, left, middle }) => ({
    // back into parcels and shares, the units of the axes
    n: (left / plotWidth) * largest,
    at: reach - (middle / height) * 2 * reach,
    name: item.name,
    tip: sayMark(item.row.carrier_code),
  }));
  return [
    {
      name: 'point',
      data: { values },
      mark: { type: 'point', size: 80, strokeWidth: 1.5, aria: true },
      encoding: {
        x,
        y,
        fill: { field: 'fill', type: 'nominal', scale: null },
        stroke: { field: 'stroke', type: 'nominal', scale: null },
        shape: ownShape,
        opacity: { field: 'opacity', type: 'quantitative', scale: null },
        description: ownTip,
      },
    },
    ...drawNames(names, x, y),
  ];
}
