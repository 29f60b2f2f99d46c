import { type Layer, ownColour, ownTip, type XChannel, type YChannel } from './kit.js';
import { textSize } from './theme.js';

/** Pixels of the plot, and beside it. */
export interface PairFrame {
  plotWidth: number;
  height: number;
  leftPx: number;
  rightPx: number;
}

/** Room for the months under the plot. */
export const footPx = 30;

interface Parts {
  frame: PairFrame;
  shade: object[];
  ticks: object[];
  months: object[];
  marks: object[];
  ends: object[];
}

/** Two lines with their ticks, months and names; all positions come as pixels. */
export function drawPairLayers({ frame, shade, ticks, months, marks, ends }: Parts): Layer[] {
  const { leftPx, plotWidth, height } = frame;
  // one scale for all layers, from the plot's pixels to the drawing's
  const x = (): XChannel => ({
    field: 'x',
    type: 'quantitative',
    scale: { domain: [-leftPx, plotWidth + frame.rightPx], nice: false, zero: false },
    axis: null,
  });
  const y = (): YChannel => ({
    field: 'y',
    type: 'quantitative',
    scale: { domain: [height + footPx, 0], nice: false, zero: false },
    axis: null,
  });
  const at = (pixel: number) => ({ value: pixel });
  return [
    {
      name: 'shade',
      data: { values: shade },
      mark: { type: 'rect', color: 'var(--accent)', fillOpacity: 0.09 },
      encoding: { x: x(), x2: { field: 'x2' }, y: at(0), y2: at(height) },
    },
    {
      name: 'grid',
      data: { values: ticks },
      mark: { type: 'rule', color: 'var(--hairline)' },
      encoding: { x: at(leftPx), x2: at(leftPx + plotWidth), y: y() },
    },
    {
      name: 'tick',
      data: { values: ticks },
      mark: { type: 'text', align: 'right', color: 'var(--muted)' },
      encoding: { x: at(leftPx - 6), y: y(), text: { field: 'text', type: 'nominal' } },
    },
    {
      name: 'monthtick',
      data: { values: months },
      mark: { type: 'rule', color: 'var(--hairline)' },
      encoding: { x: x(), y: at(height), y2: at(height + 6) },
    },
    {
      name: 'month',
      data: { values: months },
      mark: { type: 'text', align: 'left', baseline: 'top', color: 'var(--muted)' },
      encoding: { x: x(), y: at(height + 9), text: { field: 'text', type: 'nominal' } },
    },
    {
      name: 'line',
      data: { values: marks },
      mark: { type: 'line', strokeWidth: 1.5, aria: true },
      encoding: {
        x: x(),
        y: y(),
        stroke: ownColour,
        detail: { field: 'code', type: 'nominal' },
      },
    },
    {
      name: 'week',
      data: { values: marks },
      mark: { type: 'point', size: 40, strokeWidth: 1.5, aria: true },
      encoding: {
        x: x(),
        y: y(),
        stroke: ownColour,
        fill: { field: 'fill', type: 'nominal', scale: null },
        opacity: { field: 'opacity', type: 'quantitative', scale: null },
        description: ownTip,
      },
    },
    {
      name: 'name',
      data: { values: ends },
      mark: { type: 'text', align: 'left', fontSize: textSize.label, color: 'var(--ink)', aria: true },
      encoding: {
        x: at(leftPx + plotWidth + 10),
        y: y(),
        text: { field: 'name', type: 'nominal' },
        description: ownTip,
      },
    },
  ];
}
