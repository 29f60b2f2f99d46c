import type { DelayBreakdown } from '../../queries/schema.js';
import type { Chart, ChartContext } from '../drawing/chart.js';
import {
  type Cast,
  capByVolume,
  castOf,
  emptyChart,
  finishChart,
  isNarrow,
  isNumber,
  type Layer,
  type Layered,
  ownTip,
  sayCount,
  sayMark,
  spreadOut,
  withhold,
  type XChannel,
} from '../drawing/kit.js';
import { drawRowLabels, layOutRows } from '../drawing/rows.js';
import { measureText } from '../drawing/text-width.js';
import { textSize } from '../drawing/theme.js';
import { formatHours, formatList, formatNumber } from '../words.js';

export type DelayRow = Pick<
  DelayBreakdown,
  'carrier_code' | 'hours_to_scan' | 'hours_to_attempt' | 'hours_to_delivery' | 'parcels'
>;

interface Breakdown {
  code: string;
  parcels: number;
  parts: { part: string; owner: string; hours: number }[];
  total: number;
}

const partsOfRow = [
  { part: 'hours_to_scan', owner: 'shipper' },
  { part: 'hours_to_attempt', owner: 'carrier' },
  { part: 'hours_to_delivery', owner: 'recipient' },
] as const;
const partWords: Readonly<Record<string, string>> = {
  hours_to_scan: 'label to first scan',
  hours_to_attempt: 'first scan to first attempt',
  hours_to_delivery: 'first attempt to delivery',
};
const ownerWords: Readonly<Record<string, string>> = {
  shipper: 'ours',
  carrier: 'the carrier\u2019s',
  recipient: 'after the first attempt',
};
const squareRoomPx = 14;
const subject = 'Where the time goes from label to delivery, and whose it is';
const units = 'Mean hours (after 72: days) a parcel, of the 14 days after its label';

/** One bar a carrier, its parts end to end in the order of time: ours, the carrier's, after the first attempt. */
export function drawDelayWaterfall(rows: readonly DelayRow[], context: ChartContext): Chart {
  const cast = castOf(context);
  const nameOf = ({ code }: Breakdown) => cast.nameOf(code);
  const { shown, withheld } = withhold(readBreakdowns(rows), ({ parcels }) => parcels, nameOf, context);
  const all = shown.filter(({ code }) => code === '*');
  const carriers = shown.filter(({ code }) => code !== '*');
  const { kept, leftOut } = capByVolume(
    carriers,
    ({ parcels }) => parcels,
    nameOf,
    isNarrow(context) ? 8 : 12,
  );
  const drawn = carriers.length > 1 ? [...all, ...kept] : kept;
  const base = { id: 'delay-waterfall', units, withheld, leftOut };
  if (drawn.length === 0) {
    return emptyChart(context, {
      ...base,
      title: subject,
      empty: 'Nothing to draw yet: this needs parcels that were followed for 14 days after their label.',
    });
  }
  const title = saySplit(all[0] ?? drawn[0], context) ?? subject;
  return finishChart(context, {
    ...base,
    title,
    howToRead:
      'Each bar is the mean time before the delivery, of the first 14 days. Parcels still open are in it; a returned or lost one stays where it ended.',
    alt: `${title}. ${drawn.map((each) => `${nameOf(each)} (${sayCount(each.parcels, context)}): ${sayParts(each, context)}`).join('; ')}.`,
    spec: drawBars(drawn, cast, context),
  });
}

/** A carrier that was not followed for 14 days has no bar: what is missing would look like speed. */
function readBreakdowns(rows: readonly DelayRow[]): Breakdown[] {
  return rows.flatMap((row) => {
    const parts = partsOfRow.flatMap(({ part, owner }) => {
      const hours = row[part];
      return isNumber(hours) && hours >= 0 ? [{ part, owner, hours }] : [];
    });
    if (parts.length < partsOfRow.length) return [];
    const total = parts.reduce((sum, { hours }) => sum + hours, 0);
    return [{ code: row.carrier_code, parcels: row.parcels ?? 0, parts, total }];
  });
}

function hoursOf({ parts }: Breakdown, owner: string): number {
  return parts.filter((part) => part.owner === owner).reduce((sum, { hours }) => sum + hours, 0);
}

/** A split of one mean compares nothing, so that it needs no interval, only enough parcels. */
function saySplit(whole: Breakdown | undefined, context: ChartContext): string | null {
  if (whole === undefined || whole.parcels < context.thresholds.rankedFrom || whole.total <= 0) return null;
  const shares = Object.keys(ownerWords)
    .map((owner) => ({ owner, hours: hoursOf(whole, owner) }))
    // what rounds to nothing is not worth a word
    .filter(({ hours }) => hours >= 0.5)
    .map(({ owner, hours }) => `${formatHours(hours, context.locale)} ${ownerWords[owner]}`);
  return `Of its first 14 days a parcel is not delivered for ${formatHours(whole.total, context.locale)}: ${formatList(shares)}`;
}

function sayParts({ parts, total }: Breakdown, context: ChartContext): string {
  const said = parts.map(
    ({ part, owner, hours }) =>
      `${partWords[part] ?? part} ${formatHours(hours, context.locale)} (${ownerWords[owner] ?? owner})`,
  );
  return `${formatHours(total, context.locale)} in all: ${said.join(', ')}`;
}

function drawBars(breakdowns: readonly Breakdown[], cast: Cast, context: ChartContext): Layered {
  const narrow = isNarrow(context);
  const labels = breakdowns.map(({ code, parcels }) => ({
    key: code,
    code,
    name: cast.nameOf(code),
    note: sayCount(parcels, context),
  }));
  const layout = layOutRows(labels, context, narrow ? 46 : 40);
  const longest = Math.max(...breakdowns.map(({ total }) => total), 1);
  const texts = breakdowns.map((each) => sayBar(each, context));
  const textWidth = narrow
    ? 44
    : Math.ceil(Math.max(...texts.map((text) => measureText(text, textSize.note)))) + 10;
  const plotWidth = Math.floor(context.width - layout.labelWidth - textWidth - 6);
  const inDays = longest > 72;
  const steps = inDays ? [24, 48, 96, 168, 336] : [2, 6, 12, 24];
  const step = steps.find((each) => (longest / each) * 48 <= plotWidth) ?? longest;
  const lastTick = Math.floor(longest / step) * step;
  const x: XChannel & { field: string } = {
    field: 'from',
    type: 'quantitative',
    scale: { domain: [0, longest], nice: false },
    axis: {
      values: Array.from({ length: Math.floor(longest / step) + 1 }, (_, index) => index * step),
      labelExpr: inDays
        ? `datum.value / 24 + (datum.value == ${lastTick} ? ' days' : '')`
        : `datum.value + (datum.value == ${lastTick} ? ' h' : '')`,
      title: null,
    },
  };
  const parts = breakdowns.flatMap((each) => {
    let reached = 0;
    return each.parts.map(({ part, owner, hours }) => {
      const from = reached;
      reached += hours;
      const said = `${partWords[part] ?? part}: ${formatHours(hours, context.locale)}, ${ownerWords[owner] ?? owner}`;
      return {
        key: each.code,
        // a gap shows where one part ends and the next of the same owner begins
        from: from + (from > 0 ? (1.5 / plotWidth) * longest : 0),
        to: reached,
        fill: `var(--part-${owner})`,
        tip: sayMark(each.code, `${cast.nameOf(each.code)}, ${said}`),
      };
    });
  });
  const barY = { ...layout.y, bandPosition: narrow ? 0.68 : 0.5 };
  return {
    width: plotWidth,
    height: layout.height,
    layer: [
      ...drawRowLabels(labels, layout, plotWidth),
      {
        name: 'part',
        data: { values: parts.filter(({ from, to }) => to > from) },
        // a thick rule, whose place in the row can be chosen
        mark: { type: 'rule', strokeWidth: 14, strokeCap: 'butt', aria: true },
        encoding: {
          x,
          x2: { field: 'to' },
          y: barY,
          stroke: { field: 'fill', type: 'nominal', scale: null },
          description: ownTip,
        },
      },
      {
        name: 'value',
        data: {
          values: breakdowns.map(({ code, total }, index) => ({
            key: code,
            from: total,
            text: texts[index] ?? '',
          })),
        },
        mark: { type: 'text', align: 'left', dx: narrow ? 0 : 8 },
        encoding: {
          x: narrow ? { value: 0 } : x,
          y: narrow ? { ...layout.y, bandPosition: 0.26 } : layout.y,
          text: { field: 'text', type: 'nominal' },
        },
      },
      ...ownerLayers(breakdowns[0], x, {
        longest,
        plotWidth,
        left: narrow ? -layout.labelWidth : 0,
        right: plotWidth + textWidth,
      }),
    ],
  };
}

/** '3.1 days = 15 + 58 + 8 h': the owners in the order of the bar. */
function sayBar(each: Breakdown, context: ChartContext): string {
  const owners = Object.keys(ownerWords).map((owner) =>
    formatNumber(hoursOf(each, owner), 0, context.locale),
  );
  return `${formatHours(each.total, context.locale)} = ${owners.join(' + ')} h`;
}

/** Whose the parts are, over the first bar, each with a square of its colour. */
function ownerLayers(
  first: Breakdown | undefined,
  x: XChannel & { field: string },
  { longest, plotWidth, left, right }: { longest: number; plotWidth: number; left: number; right: number },
): Layer[] {
  const owners = Object.keys(ownerWords);
  let reached = 0;
  const middles = owners.map((owner) => {
    const hours = first === undefined ? 0 : hoursOf(first, owner);
    reached += hours;
    return ((reached - hours / 2) / longest) * plotWidth;
  });
  const sizes = owners.map(
    (owner) => measureText(ownerWords[owner] ?? owner, textSize.note) + squareRoomPx + 12,
  );
  const placed = spreadOut(middles, sizes, left, right);
  const values = owners.map((owner, index) => ({
    // in hours, so that it stands on the scale of the bars
    from: (((placed[index] ?? 0) - (sizes[index] ?? 0) / 2 + 6) / plotWidth) * longest,
    text: ownerWords[owner] ?? owner,
    fill: `var(--part-${owner})`,
  }));
  return [
    {
      data: { values },
      mark: { type: 'point', shape: 'square', size: 80 },
      encoding: { x, y: { value: -12 }, fill: { field: 'fill', type: 'nominal', scale: null } },
    },
    {
      data: { values },
      mark: { type: 'text', align: 'left', dx: squareRoomPx - 4 },
      encoding: { x, y: { value: -12 }, text: { field: 'text', type: 'nominal' } },
    },
  ];
}
