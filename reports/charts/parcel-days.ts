import type { DelayBreakdown, ParcelDays } from '../../queries/schema.js';
import type { Chart, ChartContext } from '../drawing/chart.js';
import {
  type Cast,
  castOf,
  emptyChart,
  finishChart,
  isNarrow,
  isNumber,
  type Layer,
  type Layered,
  ownTip,
  percentLabels,
  sayCount,
  sayMark,
  type XChannel,
  type YChannel,
} from '../drawing/kit.js';
import { measureText } from '../drawing/text-width.js';
import { textSize } from '../drawing/theme.js';
import { formatHours, formatList, formatRate } from '../words.js';

export type ParcelDayRow = ParcelDays;
export type DelayRow = Pick<
  DelayBreakdown,
  'carrier_code' | 'hours_to_scan' | 'hours_to_attempt' | 'hours_to_delivery' | 'parcels'
>;

/** The shares at one hour after the label, in the order of a parcel's way; they add up to 1. */
interface Moment {
  hours: number;
  shares: number[];
}

/** In the order of a parcel's way; the last is the lowest in the picture. `column` is the area of the same in delay_breakdown. */
const places = [
  { key: 'waiting', column: 'hours_to_scan', name: 'waiting for a scan', owner: 'ours' },
  { key: 'underway', column: 'hours_to_attempt', name: 'under way', owner: 'the carrier\u2019s' },
  {
    key: 'attempted',
    column: 'hours_to_delivery',
    name: 'attempted or at a pick-up point',
    owner: 'after the first attempt',
  },
  { key: 'delivered', column: null, name: 'delivered', owner: '' },
] as const;

const dayHours = 24;
const labelHeightPx = 18;
const swatchPx = 16;
const subject = 'Where parcels are, by day since the label';

/** One carrier's parcels ('*' for all) stacked to 100 % by where they are, hour by hour of the 14 days after the label. */
export function drawParcelDays(
  rows: readonly ParcelDayRow[],
  delays: readonly DelayRow[],
  context: ChartContext,
  code = '*',
): Chart {
  const cast = castOf(context);
  const delay = delays.find((row) => row.carrier_code === code);
  const n = delay?.parcels ?? 0;
  const moments = readMoments(rows.filter((row) => row.carrier_code === code));
  const days = Math.floor((moments.at(-1)?.hours ?? 0) / dayHours);
  const units = `Share of parcels (%) by days since the label, ${sayCount(n, context)}`;
  const base = { id: `parcel-days-${cast.keyOf(code)}`, units };
  const few = n > 0 && n < context.thresholds.withheldBelow;
  if (days < 1 || n === 0 || few) {
    return emptyChart(context, {
      ...base,
      title: subject,
      empty: few
        ? `Too few parcels to show: ${sayCount(n, context)}, and figures are shown from ${context.thresholds.withheldBelow} on.`
        : 'Nothing to draw yet: this needs labels with a time of day, followed for a day or more.',
    });
  }
  const title = saySplit(delay, code, cast, context) ?? subject;
  return finishChart(context, {
    ...base,
    title,
    howToRead:
      'Upright at any day: where the parcels are by then. The size of an area is the mean time that a parcel spends there. Parcels still ' +
      `open are in it; a returned or lost one stays where it ended.${sayLeft(moments, context)}`,
    alt: `${title}. ${sayDays(moments, context)}.`,
    spec: drawAreas(moments, delay, context),
  });
}

function readMoments(rows: readonly ParcelDayRow[]): Moment[] {
  return [...rows]
    .sort((one, other) => one.hours - other.hours)
    .flatMap(
      ({
        hours,
        scanned_share: scanned,
        attempted_share: attempted,
        delivered_share: delivered,
      }): Moment[] => {
        if (!isNumber(scanned) || !isNumber(attempted) || !isNumber(delivered)) return [];
        return [{ hours, shares: [1 - scanned, scanned - attempted, attempted - delivered, delivered] }];
      },
    );
}

/** A split of one mean compares nothing, so that it needs no interval, only enough parcels. */
function saySplit(
  delay: DelayRow | undefined,
  code: string,
  cast: Cast,
  context: ChartContext,
): string | null {
  if (delay === undefined || delay.parcels < context.thresholds.rankedFrom) return null;
  const hours = places.flatMap(({ column }) => (column === null ? [] : [delay[column]])).filter(isNumber);
  const total = hours.reduce((sum, each) => sum + each, 0);
  if (hours.length < places.length - 1 || total <= 0) return null;
  const parts = places.flatMap(({ column, owner }) => {
    const own = column === null ? null : delay[column];
    // what rounds to nothing is not worth a word
    return isNumber(own) && own >= 0.5 ? [`${formatHours(own, context.locale)} ${owner}`] : [];
  });
  const whose = code === '*' ? 'a parcel' : `a ${cast.nameOf(code)} parcel`;
  return `Of its first 14 days ${whose} is not delivered for ${formatHours(total, context.locale)}: ${formatList(parts)}`;
}

/** What the picture ends with, where not all are delivered. */
function sayLeft(moments: readonly Moment[], context: ChartContext): string {
  const last = moments.at(-1);
  const delivered = last?.shares.at(-1);
  if (last === undefined || delivered === undefined) return '';
  const day = Math.floor(last.hours / dayHours);
  return ` After ${day} days ${formatRate(delivered, context.locale)} are delivered.`;
}

function sayDays(moments: readonly Moment[], context: ChartContext): string {
  const said = [1, 2, 4, 7, 14].flatMap((day) => {
    const moment = moments.find(({ hours }) => hours === day * dayHours);
    if (moment === undefined) return [];
    const shares = places.map(
      ({ name }, index) => `${formatRate(moment.shares[index], context.locale)} ${name}`,
    );
    return [`After ${day === 1 ? '1 day' : `${day} days`} ${shares.join(', ')}`];
  });
  return said.join('; ');
}

function sayPlace(index: number, delay: DelayRow | undefined, context: ChartContext): string {
  const place = places[index];
  const hours = place?.column ? delay?.[place.column] : null;
  return `${place?.name ?? ''}${isNumber(hours) ? `, ${formatHours(hours, context.locale)}` : ''}`;
}

interface Band {
  hours: number;
  lower: number;
  upper: number;
}

/** From the bottom of the picture: delivered first. */
function stack(moments: readonly Moment[], place: number): Band[] {
  return moments.map(({ hours, shares }) => {
    const upper = 1 - shares.slice(0, place).reduce((sum, share) => sum + share, 0);
    return { hours, lower: Math.max(0, upper - (shares[place] ?? 0)), upper };
  });
}

function drawAreas(moments: readonly Moment[], delay: DelayRow | undefined, context: ChartContext): Layered {
  const height = isNarrow(context) ? 230 : 300;
  const plotWidth = Math.floor(context.width - Math.ceil(measureText('100 %', textSize.note)) - 24);
  const last = moments.at(-1)?.hours ?? dayHours;
  const lastDay = Math.floor(last / dayHours);
  const step = isNarrow(context) ? 2 : 1;
  const x: XChannel & { field: string } = {
    field: 'hours',
    type: 'quantitative',
    scale: { domain: [0, last], nice: false },
    axis: {
      values: Array.from({ length: Math.floor(lastDay / step) + 1 }, (_, index) => index * step * dayHours),
      labelExpr: `datum.value / ${dayHours}`,
      title: 'days since the label',
      grid: false,
    },
  };
  const y: YChannel & { field: string } = {
    field: 'upper',
    type: 'quantitative',
    scale: { domain: [0, 1], nice: false },
    axis: { values: [0, 0.25, 0.5, 0.75, 1], labelExpr: percentLabels, title: null },
  };
  const bands = places.map((place, index) => ({
    place,
    band: stack(moments, index),
    text: sayPlace(index, delay, context),
  }));
  const texts = bands.map(({ place, band, text }) => {
    const width = measureText(text, textSize.label) + 12;
    return { place, text, width, at: findRoom(band, width, { last, plotWidth, height }) };
  });
  const [inside, above] = [texts.filter(({ at }) => at !== null), texts.filter(({ at }) => at === null)];
  return {
    width: plotWidth,
    height,
    layer: [
      ...bands.map(
        ({ place, band }, index): Layer => ({
          // Vega wants every layer to have a name of its own
          name: `area${index}`,
          data: { values: thin(band) },
          mark: { type: 'area', color: `var(--area-${place.key})` },
          encoding: { x, y, y2: { field: 'lower' } },
        }),
      ),
      // a line between areas: pale fills alone are too alike
      ...bands.slice(1).map(
        ({ band }, index): Layer => ({
          name: `edge${index}`,
          data: { values: thin(band) },
          mark: { type: 'line', color: 'var(--ink)', strokeWidth: 1 },
          encoding: { x, y },
        }),
      ),
      {
        name: 'label',
        data: { values: inside.map(({ text, at }) => ({ text, ...at })) },
        mark: { type: 'text', align: 'center', fontSize: textSize.label },
        encoding: { x, y, text: { field: 'text', type: 'nominal' } },
      },
      ...drawAbove(above, plotWidth),
      dayLayer(moments, { x, y, lastDay }, context),
    ],
  };
}

/** Hours on which every line bends; between them it is straight enough. */
function thin(band: readonly Band[]): Band[] {
  const isKept = (hours: number) => hours % (hours < 120 ? 2 : 6) === 0;
  return band
    .filter(({ hours }, index) => isKept(hours) || index === band.length - 1)
    .map(({ hours, lower, upper }) => ({ hours, lower: round(lower), upper: round(upper) }));
}

function round(share: number): number {
  return Math.round(share * 1e5) / 1e5;
}

/** Where a text has the most room inside its area; null where it has none. */
function findRoom(
  band: readonly Band[],
  widthPx: number,
  { last, plotWidth, height }: { last: number; plotWidth: number; height: number },
): { hours: number; upper: number } | null {
  const half = (widthPx / 2 / plotWidth) * last;
  let best = { room: labelHeightPx / height, hours: 0, upper: 0 };
  for (let middle = Math.ceil(half); middle + half <= last; middle += 2) {
    const under = band.filter(({ hours }) => hours >= middle - half && hours <= middle + half);
    const top = Math.min(...under.map(({ upper }) => upper));
    const bottom = Math.max(...under.map(({ lower }) => lower));
    if (top - bottom > best.room) best = { room: top - bottom, hours: middle, upper: (top + bottom) / 2 };
  }
  return best.hours === 0 ? null : { hours: best.hours, upper: best.upper };
}

interface Text {
  place: (typeof places)[number];
  text: string;
  width: number;
}

/** What has no room in its own area stands over the picture, with a square of the area's fill; one under the other where they are long. */
function drawAbove(texts: readonly Text[], plotWidth: number): Layer[] {
  let [left, line] = [0, 0];
  const placed = texts.map((each) => {
    if (left > 0 && left + swatchPx + each.width > plotWidth) [left, line] = [0, line + 1];
    const at = { left, line };
    left += swatchPx + each.width + 8;
    return { ...each, ...at };
  });
  const lines = line + 1;
  return placed.flatMap(({ place, text, left: from, line: at }, index): Layer[] => {
    const y = { value: -14 - (lines - 1 - at) * labelHeightPx };
    return [
      {
        name: `swatch${index}`,
        data: { values: [{}] },
        mark: {
          type: 'point',
          shape: 'square',
          size: 110,
          fill: `var(--area-${place.key})`,
          stroke: 'var(--ink)',
          strokeWidth: 1,
        },
        encoding: { x: { value: from + 6 }, y },
      },
      {
        name: `above${index}`,
        data: { values: [{ text }] },
        mark: { type: 'text', align: 'left', fontSize: textSize.label },
        encoding: { x: { value: from + swatchPx }, y, text: { field: 'text', type: 'nominal' } },
      },
    ];
  });
}

/** Unseen until the pointer rests on it: the shares after so many days. */
function dayLayer(
  moments: readonly Moment[],
  { x, y, lastDay }: { x: XChannel; y: YChannel; lastDay: number },
  context: ChartContext,
): Layer {
  const values = Array.from({ length: lastDay }, (_, index) => {
    const moment = moments.find(({ hours }) => hours === (index + 1) * dayHours);
    if (moment === undefined) return null;
    const shares = places.map(
      ({ name }, place) => `${name} ${formatRate(moment.shares[place], context.locale)}`,
    );
    const day = index === 0 ? '1 day' : `${index + 1} days`;
    return {
      hours: moment.hours - dayHours / 2,
      until: moment.hours + dayHours / 2,
      upper: 1,
      lower: 0,
      tip: sayMark('', `After ${day}: ${shares.join(', ')}`),
    };
  }).filter((value) => value !== null);
  const last = moments.at(-1)?.hours ?? 0;
  return {
    name: 'day',
    data: { values: values.map((value) => ({ ...value, until: Math.min(value.until, last) })) },
    mark: { type: 'rect', fill: 'transparent', aria: true },
    encoding: { x, x2: { field: 'until' }, y, y2: { field: 'lower' }, description: ownTip },
  };
}
