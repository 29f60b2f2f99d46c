import { formatRate } from '../words.js';
import type { ChartContext } from './chart.js';
import {
  isNarrow,
  type Layer,
  type Layered,
  ownTip,
  percentLabels,
  sayMark,
  type XChannel,
  type YChannel,
} from './kit.js';
import { measureText } from './text-width.js';
import { textSize } from './theme.js';

/** The shares at one hour after the label, in the order of a parcel's way; they add up to 1. */
export interface Moment {
  hours: number;
  shares: number[];
}

/** A place that parcels are in: its fill, its name in a tooltip, and what stands on its area. */
export interface Place {
  fill: string;
  name: string;
  label: string;
}

export const dayHours = 24;
const labelHeightPx = 18;
const swatchPx = 16;

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

/** Areas stacked to 100 %, the first place on top; labels stand on their area, or over the picture where it has no room. */
export function drawAreas(
  moments: readonly Moment[],
  places: readonly Place[],
  context: ChartContext,
): Layered {
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
    text: place.label,
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
          mark: { type: 'area', color: place.fill },
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
      dayLayer(moments, places, { x, y, lastDay }, context),
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
  place: Place;
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
          fill: place.fill,
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
  places: readonly Place[],
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
