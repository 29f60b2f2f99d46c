import type { ChartContext } from './chart.js';
import { isNarrow, type Layer, ownTip, sayMark, type YChannel } from './kit.js';
import { fitText, measureText } from './text-width.js';
import { textSize } from './theme.js';

/** A row of a chart: its name and, in grey beneath, its n. `key` is unique; `code` is the carrier that the script dims by, or ''. */
export interface RowLabel {
  key: string;
  code: string;
  name: string;
  note: string;
}

export interface RowLayout {
  rowHeight: number;
  labelWidth: number;
  height: number;
  y: YChannel & { field: string };
}

const gapPx = 12;

export function layOutRows(
  rows: readonly RowLabel[],
  context: ChartContext,
  rowHeight: number,
  widestPx = isNarrow(context) ? 112 : 210,
): RowLayout {
  const widest = Math.max(
    0,
    ...rows.flatMap(({ name, note }) => [
      measureText(name, textSize.label),
      measureText(note, textSize.note),
    ]),
  );
  return {
    rowHeight,
    labelWidth: Math.min(Math.ceil(widest), widestPx) + gapPx,
    height: rows.length * rowHeight,
    y: {
      field: 'key',
      type: 'nominal',
      scale: { domain: rows.map(({ key }) => key), padding: 0 },
      sort: null,
      axis: null,
    },
  };
}

/** Names and notes left of the plot, and a hairline above each row. */
export function drawRowLabels(
  rows: readonly RowLabel[],
  layout: RowLayout,
  plotWidth: number,
  panel = 0,
): Layer[] {
  const values = rows.map((row) => {
    const name = fitText(row.name, layout.labelWidth - gapPx, textSize.label);
    const note = fitText(row.note, layout.labelWidth - gapPx, textSize.note);
    return { key: row.key, name, note, tip: sayMark(row.code, name === row.name ? '' : row.name) };
  });
  const left = -layout.labelWidth;
  const text = (field: 'name' | 'note', dy: number): Layer => ({
    // Vega-Lite mixes up the scales of layers of one name in different panels
    name: `${field}${panel}`,
    mark: {
      type: 'text',
      align: 'left',
      dy,
      fontSize: field === 'name' ? textSize.label : textSize.note,
      color: field === 'name' ? 'var(--ink)' : 'var(--muted)',
      aria: true,
    },
    encoding: { x: { value: left }, y: layout.y, text: { field, type: 'nominal' }, description: ownTip },
  });
  const hasNotes = rows.some(({ note }) => note !== '');
  return [
    drawRowLines(rows, layout, left, plotWidth),
    {
      data: { values },
      layer: [text('name', hasNotes ? -7 : 0), ...(hasNotes ? [text('note', 9)] : [])],
    },
  ];
}

/** A hairline above each row, from one pixel of the plot to another. */
export function drawRowLines(rows: readonly RowLabel[], layout: RowLayout, from: number, to: number): Layer {
  return {
    data: { values: rows.map(({ key }) => ({ key })) },
    mark: { type: 'rule', color: 'var(--hairline)' },
    encoding: { x: { value: from }, x2: { value: to }, y: { ...layout.y, bandPosition: 0 } },
  };
}
