import { formatCount, formatInterval } from '../words.js';
import type { ChartContext } from './chart.js';
import { type Curve, type CurvePoint, dayHours, lastHour, sayCurve, sayDays } from './curves.js';
import {
  castOf,
  isNarrow,
  isNumber,
  type Layer,
  ownColour,
  ownShape,
  ownTip,
  percentLabels,
  sayCount,
  sayMark,
  spreadOut,
  type XChannel,
  type YChannel,
} from './kit.js';
import { fitText, measureText } from './text-width.js';
import { textSize } from './theme.js';

export interface Layout {
  plotWidth: number;
  height: number;
  nameWidth: number;
}

export function layOut(curves: readonly Curve[], context: ChartContext): Layout {
  const cast = castOf(context);
  const narrow = isNarrow(context);
  const widest = (texts: string[], size: number) =>
    Math.ceil(Math.max(...texts.map((text) => measureText(text, size))));
  const names = widest(
    curves.map(({ code }) => cast.nameOf(code)),
    textSize.label,
  );
  const notes = widest(
    curves.map(({ n }) => sayCount(n, context)),
    textSize.note,
  );
  const nameWidth = Math.min(narrow ? Math.max(names, notes) : names, narrow ? 92 : 150);
  const axisWidth = Math.ceil(measureText('100 %', textSize.note)) + 8;
  return {
    nameWidth,
    plotWidth: Math.floor(context.width - axisWidth - leaderWidth - nameWidth - (narrow ? 0 : notes + 8) - 5),
    height: narrow ? 280 : 380,
  };
}

const leaderWidth = 20;
function hourAxis(narrow: boolean): XChannel {
  const step = narrow ? 2 : 1;
  return {
    field: 'hours',
    type: 'quantitative',
    scale: { domain: [0, lastHour], nice: false },
    axis: {
      values: Array.from({ length: 10 / step + 1 }, (_, index) => index * step * dayHours),
      grid: false,
      labelExpr: `datum.value == ${lastHour} ? '${lastHour / dayHours} ${narrow ? 'd' : 'days'}' : datum.value / ${dayHours}`,
      title: null,
    },
  };
}

const shareAxis: YChannel & { field: string } = {
  field: 'share',
  type: 'quantitative',
  scale: { domain: [0, 1] },
  axis: { values: [0, 0.25, 0.5, 0.75, 0.9, 1], labelExpr: percentLabels, title: null },
};

/** Shown on demand, so at a coarser step than the lines. */
export function bandLayer(curves: readonly Curve[], context: ChartContext): Layer {
  const cast = castOf(context);
  const values = curves.flatMap(({ code, points }) =>
    points
      .filter(({ hours, share_lo, share_hi }) => hours % 6 === 0 && isNumber(share_lo) && isNumber(share_hi))
      .map(({ hours, share_lo, share_hi }) => ({
        code,
        colour: cast.styleOf(code).colour,
        hours,
        lo: share_lo,
        hi: share_hi,
        tip: sayMark(code),
      })),
  );
  return {
    name: 'hover',
    data: { values },
    mark: { type: 'area', fillOpacity: 0.16, aria: true },
    encoding: {
      x: hourAxis(isNarrow(context)),
      y: { ...shareAxis, field: 'lo' },
      y2: { field: 'hi' },
      fill: ownColour,
      detail: { field: 'code', type: 'nominal' },
      description: ownTip,
    },
  };
}

export function lineLayers(curves: readonly Curve[], context: ChartContext): Layer[] {
  const cast = castOf(context);
  const { rankedFrom } = context.thresholds;
  const paint = (code: string) => ({
    code,
    colour: cast.styleOf(code).colour,
    shape: cast.styleOf(code).shape,
  });
  const line = (curve: Curve, points: readonly CurvePoint[]) =>
    thinOut(points).map(({ hours, share }) => ({
      ...paint(curve.code),
      hours,
      share,
      tip: sayMark(curve.code),
    }));
  const split = curves.map((curve) => {
    const firstUnsure = curve.points.findIndex(({ at_risk }) => at_risk < rankedFrom);
    const at = firstUnsure === -1 ? curve.points.length : firstUnsure;
    // the unsure part begins where the sure one ends
    return { curve, sure: curve.points.slice(0, at), unsure: curve.points.slice(Math.max(0, at - 1)) };
  });
  const days = curves.flatMap((curve) =>
    curve.points
      .filter(({ hours }) => hours > 0 && hours % dayHours === 0)
      .map((point) => ({
        ...paint(curve.code),
        hours: point.hours,
        share: point.share,
        opacity: point.at_risk < rankedFrom ? 0.55 : 1,
        tip: sayMark(
          curve.code,
          `${cast.nameOf(curve.code)}, ${sayDays(point.hours, context)}: ` +
            `${formatInterval(point.share, point.share_lo, point.share_hi, context.locale)}, ` +
            `${formatCount(point.at_risk, context.locale)} still under way`,
        ),
      })),
  );
  const lineEncoding = {
    x: hourAxis(isNarrow(context)),
    y: shareAxis,
    stroke: ownColour,
    detail: { field: 'code', type: 'nominal' },
    description: ownTip,
  } as const;
  return [
    {
      name: 'unsure',
      data: { values: split.flatMap(({ curve, unsure }) => line(curve, unsure)) },
      mark: { type: 'line', strokeDash: [3, 4], strokeOpacity: 0.55, strokeWidth: 1.75, aria: true },
      encoding: lineEncoding,
    },
    {
      name: 'line',
      data: { values: split.flatMap(({ curve, sure }) => line(curve, sure)) },
      mark: { type: 'line', aria: true },
      encoding: lineEncoding,
    },
    {
      name: 'day',
      data: { values: days },
      mark: { type: 'point', size: 40, aria: true },
      encoding: {
        x: hourAxis(isNarrow(context)),
        y: shareAxis,
        fill: ownColour,
        shape: ownShape,
        opacity: { field: 'opacity', type: 'quantitative', scale: null },
        description: ownTip,
      },
    },
  ];
}

/** Leaves out points that would move the line by less than half a pixel. */
function thinOut(points: readonly CurvePoint[]): CurvePoint[] {
  let kept = Number.NaN;
  return points.filter((point, index) => {
    const after = points[index + 1];
    // the last point of a level stretch stays, or a step would become a slope
    const isKept = after === undefined || !(Math.abs(after.share - kept) < 1e-3);
    if (isKept) kept = point.share;
    return isKept;
  });
}

/** Ends within 5 points are one level. */
function levelOf({ share }: CurvePoint): number {
  return Math.round(share * 20);
}

/** Names at the line ends, moved apart where lines end together, with a thin lead from the line to its name. */
export function labelLayers(curves: readonly Curve[], layout: Layout, context: ChartContext): Layer[] {
  const cast = castOf(context);
  const narrow = isNarrow(context);
  const ends = curves
    .flatMap((curve) => {
      const last = curve.points.at(-1);
      return last === undefined
        ? []
        : [{ curve, last, area: curve.points.reduce((sum, { share }) => sum + share, 0) }];
    })
    // lines that end together stand in the order that they had where they were apart
    .sort((one, other) => levelOf(other.last) - levelOf(one.last) || other.area - one.area);
  const wanted = ends.map(({ last }) => (1 - last.share) * layout.height);
  const sizes = ends.map(() => (narrow ? 34 : 20));
  const placed = spreadOut(wanted, sizes, -8, layout.height + 8);
  const values = ends.map(({ curve, last }, index) => ({
    colour: cast.styleOf(curve.code).colour,
    hours: last.hours,
    share: last.share,
    // back into shares, so that the lead and its name stand on the same scale
    at: 1 - (placed[index] ?? 0) / layout.height,
    name: fitText(cast.nameOf(curve.code), layout.nameWidth, textSize.label),
    note: sayCount(curve.n, context),
    tip: sayMark(curve.code, sayCurve(curve, context)),
  }));
  const text = (field: 'name' | 'note', dx: number, dy: number): Layer => ({
    name: field,
    data: { values },
    mark: {
      type: 'text',
      align: 'left',
      dx: leaderWidth + dx,
      dy,
      fontSize: field === 'name' ? textSize.label : textSize.note,
      color: field === 'name' ? 'var(--ink)' : 'var(--muted)',
      aria: true,
    },
    encoding: {
      x: { value: layout.plotWidth },
      y: { ...shareAxis, field: 'at' },
      text: { field, type: 'nominal' },
      description: ownTip,
    },
  });
  return [
    {
      name: 'lead',
      data: { values },
      mark: { type: 'rule', aria: true },
      encoding: {
        x: hourAxis(narrow),
        x2: { value: layout.plotWidth + leaderWidth - 5 },
        y: shareAxis,
        y2: { field: 'at' },
        stroke: ownColour,
        description: ownTip,
      },
    },
    text('name', 0, narrow ? -7 : 0),
    narrow ? text('note', 0, 8) : text('note', layout.nameWidth + 8, 0),
  ];
}
