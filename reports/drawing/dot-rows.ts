import type { ChartContext } from './chart.js';
import {
  isNarrow,
  type Layer,
  type Layered,
  ownColour,
  ownShape,
  ownTip,
  sayMark,
  spreadOut,
  type XChannel,
} from './kit.js';
import { drawRowLabels, layOutRows, type RowLabel } from './rows.js';
import { measureText } from './text-width.js';
import { textSize } from './theme.js';

/** One figure of a row: a mark at `at` with its interval, and its value written above. */
export interface Dot {
  /** What the figure is, written once above the first row. */
  heading: string;
  at: number | null;
  lo: number | null;
  hi: number | null;
  shape: string;
  hollow?: boolean;
  /** Written above the mark, or at the end of the row where there is no mark; '' for nothing. */
  text: string;
  tip: string;
}

interface DotRow extends RowLabel {
  colour: string;
  /** Faded rows are shown, but not compared. */
  faded?: boolean;
  dots: Dot[];
}

export interface DotAxis {
  domain: [number, number];
  /** Ticks, fewer on a narrow drawing, and how they read. */
  ticksFor: (plotWidth: number) => { values: number[]; labelExpr: string };
  /** Where the values stand: above their marks, or in columns of their own where marks lie too close to tell whose value is whose. */
  values?: 'above' | 'columns';
  /** Where a line stands upright through all rows, such as no difference. */
  zero?: number;
  /** How wide names may be, where they are longer than those of carriers. */
  widestNamePx?: number;
}

const labelGapPx = 10;
const rightPx = 24;
const arrowLeft = 'M-1,0L1,-1L1,1Z';
const arrowRight = 'M1,0L-1,-1L-1,1Z';

/** Rows of marks with intervals on one axis. Values above marks are moved apart where they would touch. */
export function drawDotRows(
  rows: readonly DotRow[],
  { domain, ticksFor, values = 'above', zero, widestNamePx }: DotAxis,
  context: ChartContext,
): Layered {
  // on a narrow drawing what has no mark is written under the others
  const lines =
    isNarrow(context) && rows.some(({ dots }) => dots.some(({ at, text }) => at === null && text !== ''))
      ? 3
      : 2;
  const layout = layOutRows(rows, context, lines === 3 ? 58 : 46, widestNamePx);
  const columnsWidth = values === 'columns' && !isNarrow(context) ? measureColumns(rows) : 0;
  const plotWidth = Math.floor(context.width - layout.labelWidth - columnsWidth - rightPx - 6);
  const [from, to] = domain;
  const pixelOf = (at: number) => ((Math.min(to, Math.max(from, at)) - from) / (to - from)) * plotWidth;
  const x: XChannel & { field: string } = {
    field: 'at',
    type: 'quantitative',
    scale: { domain, nice: false },
    axis: { ...ticksFor(plotWidth), title: null },
  };
  const dots = rows.flatMap((row) =>
    row.dots.flatMap((dot) =>
      dot.at === null
        ? []
        : [
            {
              key: row.key,
              at: dot.at,
              isOn: dot.at >= from && dot.at <= to,
              lo: Math.max(from, dot.lo ?? dot.at),
              hi: Math.min(to, dot.hi ?? to),
              leaves: {
                left: Math.min(dot.at, dot.lo ?? dot.at) < from,
                right: Math.max(dot.at, dot.hi ?? Number.POSITIVE_INFINITY) > to,
              },
              colour: row.colour,
              fill: dot.hollow ? 'var(--paper)' : row.colour,
              shape: dot.shape,
              opacity: row.faded ? 0.5 : 1,
              tip: sayMark(row.code, dot.tip),
            },
          ],
    ),
  );
  const isUnder = (dot: Dot) => lines === 3 && dot.at === null;
  const place = (placed: readonly Dot[], textOf: (dot: Dot) => string) =>
    values === 'above'
      ? placeTexts(placed, textOf, pixelOf, plotWidth)
      : placed.map((dot, index) => ({
          dot,
          middle:
            zero !== undefined && columnsWidth === 0
              ? // at the right edge, away from the upright line
                plotWidth + rightPx - measureText(textOf(dot), textSize.note) / 2
              : middleOfColumn(index, placed.length, plotWidth, columnsWidth),
        }));
  const texts = rows.flatMap((row) =>
    place(
      row.dots.filter((dot) => !isUnder(dot)),
      ({ text }) => text,
    ).map(({ dot, middle }) => ({
      key: row.key,
      middle,
      text: dot.text,
      tip: sayMark(row.code),
    })),
  );
  const under = rows.flatMap((row) =>
    row.dots.filter(isUnder).map(({ text }) => ({ key: row.key, text, tip: sayMark(row.code) })),
  );
  const headings = place(rows[0]?.dots ?? [], ({ heading }) => heading).map(({ dot, middle }) => ({
    middle,
    text: dot.heading,
  }));
  const opacity = { field: 'opacity', type: 'quantitative', scale: null } as const;
  const beside = columnsWidth > 0;
  const y = { ...layout.y, bandPosition: beside ? 0.5 : lines === 3 ? 0.52 : 0.68 };
  const across: XChannel = {
    field: 'middle',
    type: 'quantitative',
    scale: { domain: [0, plotWidth], nice: false },
    axis: null,
  };
  const valueEncoding = {
    x: across,
    y: { ...layout.y, bandPosition: beside ? 0.5 : lines === 3 ? 0.2 : 0.28 },
    text: { field: 'text', type: 'nominal' as const },
  };
  const haloLayers: Layer[] =
    zero === undefined || beside
      ? []
      : [
          {
            name: 'halo',
            data: { values: texts },
            mark: {
              ...{ type: 'text', align: 'center', fontSize: textSize.note },
              ...{ stroke: 'var(--paper)', strokeWidth: 4, strokeJoin: 'round' },
            },
            encoding: valueEncoding,
          },
        ];
  const textLayers: Layer[] = [
    ...haloLayers,
    {
      name: 'value',
      data: { values: texts },
      mark: { type: 'text', align: 'center', fontSize: textSize.note, aria: true },
      encoding: { ...valueEncoding, description: ownTip },
    },
    {
      name: 'under',
      data: { values: under },
      mark: { type: 'text', align: 'right', fontSize: textSize.note, aria: true },
      encoding: {
        x: { value: plotWidth + rightPx },
        y: { ...layout.y, bandPosition: 0.82 },
        text: { field: 'text', type: 'nominal' },
        description: ownTip,
      },
    },
    {
      name: 'heading',
      data: { values: headings },
      mark: { type: 'text', align: 'center', fontSize: textSize.note, color: 'var(--muted)' },
      encoding: {
        x: across,
        y: { value: -10 },
        text: { field: 'text', type: 'nominal' },
      },
    },
  ];
  // what leaves the axis ends in an arrow; its number is the value's
  const arrows = dots.flatMap(({ leaves, key, colour, opacity: faint }) => [
    ...(leaves.left ? [{ key, at: from, shape: arrowLeft, colour, opacity: faint }] : []),
    ...(leaves.right ? [{ key, at: to, shape: arrowRight, colour, opacity: faint }] : []),
  ]);
  const zeroLine: Layer[] =
    zero === undefined
      ? []
      : [
          {
            name: 'zero',
            data: { values: [{ at: zero }] },
            mark: { type: 'rule', color: 'var(--ink)', strokeWidth: 1.25 },
            encoding: { x },
          },
        ];
  const drawn = dots.map(({ leaves, ...dot }) => dot);
  return {
    width: plotWidth,
    height: layout.height,
    layer: [
      ...drawRowLabels(rows, layout, plotWidth),
      {
        layer: [
          ...zeroLine,
          {
            name: 'interval',
            data: { values: drawn.filter(({ lo, hi }) => lo < hi) },
            mark: { type: 'rule', strokeWidth: 1.5, strokeOpacity: 0.7 },
            encoding: { x: { ...x, field: 'lo' }, x2: { field: 'hi' }, y, stroke: ownColour, opacity },
          },
          {
            name: 'arrow',
            data: { values: arrows },
            mark: { type: 'point', size: 36 },
            encoding: { x, y, fill: ownColour, shape: ownShape, opacity },
          },
          {
            name: 'dot',
            data: { values: drawn.filter(({ isOn }) => isOn) },
            mark: { type: 'point', size: 64, strokeWidth: 1.75, aria: true },
            encoding: {
              x,
              y,
              fill: { ...ownColour, field: 'fill' },
              stroke: ownColour,
              shape: ownShape,
              opacity,
              description: ownTip,
            },
          },
        ],
      },
      // in pixels of the plot, on a scale of their own
      { layer: textLayers },
    ],
    resolve: { scale: { x: 'independent' } },
  };
}

function measureColumns(rows: readonly DotRow[]): number {
  const count = Math.max(...rows.map(({ dots }) => dots.length));
  const texts = rows.flatMap(({ dots }) => dots.flatMap(({ heading, text }) => [heading, text]));
  return count * (Math.max(...texts.map((text) => measureText(text, textSize.note))) + 16);
}

/** Right of the plot, or on a narrow drawing evenly across it. */
function middleOfColumn(index: number, count: number, plotWidth: number, columnsWidth: number): number {
  const [left, width] = columnsWidth > 0 ? [plotWidth + rightPx, columnsWidth] : [0, plotWidth];
  return left + ((index + 0.5) * width) / count;
}

function placeTexts(
  dots: readonly Dot[],
  textOf: (dot: Dot) => string,
  pixelOf: (at: number) => number,
  plotWidth: number,
): { dot: Dot; middle: number }[] {
  const written = dots
    .filter((dot) => textOf(dot) !== '')
    .map((dot) => ({ dot, at: dot.at === null ? plotWidth : pixelOf(dot.at) }))
    .sort((one, other) => one.at - other.at);
  const sizes = written.map(({ dot }) => measureText(textOf(dot), textSize.note) + labelGapPx);
  const middles = spreadOut(
    written.map(({ at }) => at),
    sizes,
    -labelGapPx,
    plotWidth + rightPx + labelGapPx / 2,
  );
  return written.map(({ dot }, index) => ({ dot, middle: middles[index] ?? 0 }));
}
