import type { TopLevelSpec } from 'vega-lite';
import type { CarrierPerformance } from '../../queries/schema.js';
import type { Chart, ChartContext } from '../drawing/chart.js';
import {
  type Cast,
  capByVolume,
  castOf,
  emptyChart,
  estimateOf,
  finishChart,
  isNarrow,
  isNumber,
  type Layer,
  ownColour,
  ownShape,
  ownTip,
  percentLabels,
  roundUpShare,
  sayAxis,
  sayCount,
  sayMark,
  stepsOf,
  withhold,
  type XChannel,
} from '../drawing/kit.js';
import { drawRowLabels, drawRowLines, layOutRows, type RowLayout } from '../drawing/rows.js';
import { measureText } from '../drawing/text-width.js';
import { textSize } from '../drawing/theme.js';
import { exceptionGroupWords, formatCount, formatInterval, formatRate } from '../words.js';

const groups = ['carrier', 'recipient', 'sender', 'border', 'unattributed'] as const;
type Group = (typeof groups)[number];

export type ExceptionRow = Pick<
  CarrierPerformance,
  'carrier_code' | 'exception_rate_n' | `exception_rate_${Group}${'' | '_lo' | '_hi' | '_n'}`
>;

const subject = 'Parcels with an exception within 14 days of the first scan, by whose it is';
const panelGapPx = 24;
/** A mark at 0 stands out of its panel by half its size. */
const markPx = 5;
const arrow = 'M1,0L-1,-1L-1,1Z';

/** One panel a group, carriers in rows, the same axis in all. `doubts`: carriers whose figure says nothing, and why. */
export function drawExceptionsByGroup(
  all: readonly ExceptionRow[],
  context: ChartContext,
  doubts: ReadonlyMap<string, string> = new Map(),
): Chart {
  const cast = castOf(context);
  const rows = all.map((row) => (doubts.has(row.carrier_code) ? silence(row) : row));
  const narrow = isNarrow(context);
  const nameOf = (row: ExceptionRow) => cast.nameOf(row.carrier_code);
  const { shown, withheld } = withhold(rows, (row) => row.exception_rate_n, nameOf, context);
  const whole = shown.filter((row) => row.carrier_code === '*');
  const carriers = shown.filter((row) => row.carrier_code !== '*');
  const { kept, leftOut } = capByVolume(carriers, (row) => row.exception_rate_n, nameOf, narrow ? 6 : 12);
  const drawn = carriers.length > 1 ? [...whole, ...kept] : kept;
  const domain: [number, number] = [0, axisEnd(drawn, context)];
  const units = `Share of parcels (%) followed for 14 days; ${sayAxis(domain, context)}; thin lines are 95 % intervals`;
  const base = { id: 'exceptions-by-group', units, withheld, leftOut };
  if (drawn.length === 0) {
    return emptyChart(context, {
      ...base,
      title: subject,
      empty: 'Nothing to draw yet: this needs parcels scanned at least 14 days ago.',
    });
  }
  return finishChart(context, {
    ...base,
    title: subject,
    howToRead:
      'A parcel counts once in each panel that one of its exceptions belongs to. Carriers stand by volume.',
    alt: `${subject}. ${drawn.map((row) => sayRow(row, cast, context)).join('; ')}.`,
    spec: drawPanels(drawn, doubts, domain, cast, context),
  });
}

/** A carrier that never reports an exception has none to show, not 0.0 %. */
function silence(row: ExceptionRow): ExceptionRow {
  const nothing = Object.fromEntries(
    groups.flatMap((group) => ['', '_lo', '_hi'].map((limit) => [`exception_rate_${group}${limit}`, null])),
  );
  return { ...row, ...nothing };
}

function figureOf(row: ExceptionRow, group: Group) {
  return estimateOf(
    row[`exception_rate_${group}`],
    row[`exception_rate_${group}_lo`],
    row[`exception_rate_${group}_hi`],
  );
}

/** From the rows that are large enough to compare; the intervals of the others may leave the axis. */
function axisEnd(rows: readonly ExceptionRow[], { thresholds }: ChartContext): number {
  const large = rows.filter((row) => (row.exception_rate_n ?? 0) >= thresholds.rankedFrom);
  const limits = (large.length > 0 ? large : rows).flatMap((row) =>
    groups.map((group) => figureOf(row, group)?.hi).filter(isNumber),
  );
  return roundUpShare(Math.max(0.005, ...limits));
}

function drawPanels(
  rows: readonly ExceptionRow[],
  doubts: ReadonlyMap<string, string>,
  domain: [number, number],
  cast: Cast,
  context: ChartContext,
): TopLevelSpec {
  const narrow = isNarrow(context);
  const labels = rows.map((row) => ({
    key: row.carrier_code,
    code: row.carrier_code,
    name: cast.nameOf(row.carrier_code),
    note: doubts.get(row.carrier_code) ?? sayCount(row.exception_rate_n, context),
  }));
  const full = layOutRows(labels, context, narrow ? 34 : 40);
  // stacked panels say n once, in the first
  const short = { ...full, rowHeight: 24, height: 24 * labels.length };
  const bare = labels.map((label) => ({ ...label, note: '' }));
  const valueWidth = Math.ceil(measureText('00.0 %', textSize.note)) + 8;
  const across = narrow ? 1 : groups.length;
  const gaps = (across - 1) * panelGapPx;
  const plotWidth = Math.floor((context.width - full.labelWidth - gaps - 8) / across - valueWidth - markPx);
  const panels = groups.map((group, index) => {
    const layout = narrow && index > 0 ? short : full;
    const rowLayers =
      index === 0 || narrow
        ? drawRowLabels(layout === short ? bare : labels, layout, plotWidth, index)
        : [drawRowLines(labels, layout, 0, plotWidth)];
    return {
      width: plotWidth,
      height: layout.height,
      title: { text: exceptionGroupWords(group) },
      layer: [
        ...rowLayers,
        ...panelLayers(rows, group, { domain, layout, plotWidth, valueWidth }, cast, context),
      ],
    };
  });
  return narrow ? { vconcat: panels, spacing: 24 } : { hconcat: panels, spacing: panelGapPx };
}

interface Panel {
  domain: [number, number];
  layout: RowLayout;
  plotWidth: number;
  valueWidth: number;
}

function panelLayers(
  rows: readonly ExceptionRow[],
  group: Group,
  { domain, layout, plotWidth, valueWidth }: Panel,
  cast: Cast,
  context: ChartContext,
): Layer[] {
  const x: XChannel & { field: string } = {
    field: 'value',
    type: 'quantitative',
    scale: { domain, nice: false },
    axis: { values: stepsOf(domain, plotWidth), labelExpr: percentLabels, title: null },
  };
  const values = rows.flatMap((row) => {
    const figure = figureOf(row, group);
    if (figure === null) return [];
    const { colour, shape } = cast.styleOf(row.carrier_code);
    const said = formatInterval(figure.value, figure.lo, figure.hi, context.locale);
    const count = formatCount(row.exception_rate_n ?? 0, context.locale);
    return [
      {
        key: row.carrier_code,
        value: figure.value,
        lo: Math.min(figure.lo, domain[1]),
        hi: Math.min(figure.hi, domain[1]),
        leaves: figure.hi > domain[1],
        colour,
        shape,
        opacity: (row.exception_rate_n ?? 0) < context.thresholds.rankedFrom ? 0.5 : 1,
        text: formatRate(figure.value, context.locale),
        tip: sayMark(
          row.carrier_code,
          `${cast.nameOf(row.carrier_code)}, ${exceptionGroupWords(group)}: ${said}, n ${count}`,
        ),
        only: sayMark(row.carrier_code),
      },
    ];
  });
  const opacity = { field: 'opacity', type: 'quantitative', scale: null } as const;
  // what leaves the axis ends in an arrow; its number stands at the end of the row
  const leaving = values.filter(({ leaves }) => leaves).map((each) => ({ ...each, value: domain[1] }));
  return [
    {
      data: { values: leaving },
      mark: { type: 'point', shape: arrow, size: 30 },
      encoding: { x, y: layout.y, fill: ownColour, opacity },
    },
    {
      data: { values: values.filter(({ value }) => value <= domain[1]) },
      mark: { type: 'point', size: 56, aria: true },
      encoding: { x, y: layout.y, fill: ownColour, shape: ownShape, opacity, description: ownTip },
    },
    {
      data: { values },
      layer: [
        {
          mark: { type: 'rule', strokeWidth: 1.5, strokeOpacity: 0.7, aria: true },
          encoding: {
            x: { ...x, field: 'lo' },
            x2: { field: 'hi' },
            y: layout.y,
            stroke: ownColour,
            opacity,
            description: { ...ownTip, field: 'only' },
          },
        },
        {
          mark: { type: 'text', align: 'right', aria: true },
          encoding: {
            x: { value: plotWidth + valueWidth },
            y: layout.y,
            text: { field: 'text', type: 'nominal' },
            description: { ...ownTip, field: 'only' },
          },
        },
      ],
    },
  ];
}

function sayRow(row: ExceptionRow, cast: Cast, context: ChartContext): string {
  const figures = groups.map(
    (group) => `${exceptionGroupWords(group)} ${formatRate(figureOf(row, group)?.value, context.locale)}`,
  );
  return `${cast.nameOf(row.carrier_code)} (${sayCount(row.exception_rate_n, context)}): ${figures.join(', ')}`;
}
