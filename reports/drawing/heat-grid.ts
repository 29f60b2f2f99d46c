import type { ChartContext } from './chart.js';
import { isNarrow, type Layer, type Layered, ownTip, sayMark, type XChannel, type YChannel } from './kit.js';
import { drawRowLabels, layOutRows, type RowLabel } from './rows.js';
import { fitText } from './text-width.js';
import { textSize } from './theme.js';

export interface HeatCell {
  column: string;
  row: string;
  /** A CSS colour; null for an empty cell with a hairline around it. */
  fill: string | null;
  text: string;
  /** Under the text, smaller; '' for nothing. */
  note: string;
  code: string;
  tip: string;
}

interface HeatColumn {
  key: string;
  name: string;
  note: string;
}

const headNoteGapPx = 15;

/** The scales of a grid, for what is drawn over it. */
export interface HeatFrame {
  x: XChannel & { field: string };
  y: YChannel & { field: string };
  height: number;
}

/** A grid of cells with the number in each, columns named above. `rowHeight` in pixels; `drawOver` adds what lies over the cells. */
export function drawHeatGrid(
  rows: readonly RowLabel[],
  columns: readonly HeatColumn[],
  cells: readonly HeatCell[],
  rowHeight: number,
  context: ChartContext,
  drawOver: (frame: HeatFrame) => Layer[] = () => [],
): Layered {
  const layout = layOutRows(rows, context, rowHeight, isNarrow(context) ? 140 : 210);
  const plotWidth = Math.floor(context.width - layout.labelWidth - 5);
  const columnWidth = plotWidth / columns.length;
  const x: XChannel & { field: string } = {
    field: 'column',
    type: 'nominal',
    scale: { domain: columns.map(({ key }) => key), paddingInner: 0.04, paddingOuter: 0 },
    sort: null,
    axis: null,
  };
  const values = cells.map(({ fill, code, tip, ...cell }) => ({
    ...cell,
    key: cell.row,
    fill: fill ?? 'none',
    stroke: fill === null ? 'var(--hairline)' : 'none',
    tip: sayMark(code, tip),
    only: sayMark(code),
  }));
  const y = {
    ...layout.y,
    scale: { domain: rows.map(({ key }) => key), paddingInner: 0.06, paddingOuter: 0 },
  };
  return {
    width: plotWidth,
    height: layout.height,
    layer: [
      {
        name: 'cell',
        data: { values },
        mark: { type: 'rect', strokeWidth: 1, aria: true },
        encoding: {
          x,
          y,
          fill: { field: 'fill', type: 'nominal', scale: null },
          stroke: { field: 'stroke', type: 'nominal', scale: null },
          description: ownTip,
        },
      },
      {
        name: 'figure1',
        data: { values: values.filter(({ note, text }) => text !== '' && note === '') },
        mark: { type: 'text', fontSize: textSize.note, aria: true },
        encoding: {
          x,
          y,
          text: { field: 'text', type: 'nominal' },
          description: { ...ownTip, field: 'only' },
        },
      },
      {
        name: 'figure2',
        data: { values: values.filter(({ note, text }) => text !== '' && note !== '') },
        mark: { type: 'text', fontSize: textSize.label, dy: -7, aria: true },
        encoding: {
          x,
          y,
          text: { field: 'text', type: 'nominal' },
          description: { ...ownTip, field: 'only' },
        },
      },
      {
        name: 'count',
        data: { values: values.filter(({ note }) => note !== '') },
        mark: { type: 'text', fontSize: 11, dy: 9, aria: true },
        encoding: {
          x,
          y,
          text: { field: 'note', type: 'nominal' },
          description: { ...ownTip, field: 'only' },
        },
      },
      ...drawOver({ x, y, height: layout.height }),
      ...headLayers(columns, columnWidth, x),
      ...drawRowLabels(rows, { ...layout, y }, 0),
    ],
  };
}

function headLayers(columns: readonly HeatColumn[], columnWidth: number, x: XChannel): Layer[] {
  const hasNotes = columns.some(({ note }) => note !== '');
  const heads = columns.map(({ key, name, note }) => {
    const lines = wrapName(name, columnWidth - 4);
    return {
      column: key,
      name: lines.join('\n'),
      count: lines.length,
      note: fitText(note, columnWidth - 2, 11),
    };
  });
  const baseline = hasNotes ? -8 - headNoteGapPx : -8;
  return [
    // one layer for each number of lines, so that the last line always stands on the grid
    ...[1, 2].map(
      (count): Layer => ({
        name: `head${count}`,
        data: { values: heads.filter((head) => head.count === count) },
        mark: {
          type: 'text',
          baseline: 'bottom',
          fontSize: textSize.note,
          lineBreak: '\n',
          lineHeight: 14,
          dy: -14 * (count - 1),
        },
        encoding: { x, y: { value: baseline + 4 }, text: { field: 'name', type: 'nominal' } },
      }),
    ),
    {
      name: 'headnote',
      data: { values: heads },
      mark: { type: 'text', baseline: 'bottom', fontSize: 11, color: 'var(--muted)' },
      encoding: { x, y: { value: -4 }, text: { field: 'note', type: 'nominal' } },
    },
  ];
}

/** A name on one line, or on two where it has a space and does not fit. */
function wrapName(name: string, width: number): string[] {
  const whole = fitText(name, width, textSize.note);
  if (whole === name) return [name];
  const words = name.split(' ');
  const [first = ''] = words;
  const rest = words.slice(1).join(' ');
  return rest === '' ? [whole] : [fitText(first, width, textSize.note), fitText(rest, width, textSize.note)];
}
