import { millisecondsInDay } from 'date-fns/constants';
import { formatAgreed, formatMonth } from '../words.js';
import type { ChartContext } from './chart.js';
import { compareText, type Layer, spreadOut, type XChannel, type YChannel } from './kit.js';
import { countedFrom, type Frame, type Line, type Point } from './strip-frame.js';
import { fitText, measureText } from './text-width.js';
import { textSize } from './theme.js';

const labelMax = { wide: 132, narrow: 92 };

interface End {
  text: string;
  value: number;
  isOwn: boolean;
  width: number;
  pixel: number;
}

/** What each line is, at its right end, moved apart where they lie close. */
export function placeEnds(
  lines: readonly Line[],
  { domain: [from, to], say, words }: Frame,
  height: number,
  context: ChartContext,
): End[] {
  const most = context.width < 400 ? labelMax.narrow : labelMax.wide;
  const agreed =
    words.target === null
      ? []
      : [{ text: `agreed ${formatAgreed(words.target.value, context.locale)}`, value: words.target.value }];
  const usual = words.usual === null ? [] : [{ text: `before ${say(words.usual)}`, value: words.usual }];
  const named = lines.flatMap(({ code, name, points }) => {
    const last = points.at(-1);
    return last ? [{ text: name, value: last.value, isOwn: code === words.carrierCode }] : [];
  });
  const wanted = [...named, ...[...agreed, ...usual].map((each) => ({ ...each, isOwn: false }))]
    .map(({ text, value, isOwn }) => {
      const fitted = fitText(text, most, textSize.note, isOwn);
      const width = Math.ceil(measureText(fitted, textSize.note, isOwn));
      const clamped = Math.min(to, Math.max(from, value));
      return { text: fitted, value, isOwn, width, wish: ((to - clamped) / (to - from)) * height };
    })
    .sort((one, other) => one.wish - other.wish || compareText(one.text, other.text));
  const gap = context.width >= countedFrom ? 16 : 14;
  const placed = spreadOut(
    wanted.map(({ wish }) => wish),
    wanted.map(() => gap),
    -8,
    height + 8,
  );
  return wanted.map(({ wish, ...end }, index) => ({ ...end, pixel: placed[index] ?? wish }));
}

/** The names at the right end, the carrier's own in ink. */
export function endLayers(
  ends: readonly End[],
  y: YChannel & { field: string },
  width: number,
  { domain: [from, to] }: Frame,
  height: number,
): Layer[] {
  return [true, false].map((isOwn) => ({
    name: isOwn ? 'ownname' : 'name',
    data: {
      values: ends
        .filter((end) => end.isOwn === isOwn)
        .map(({ text, pixel }) => ({ text, value: to - (pixel / height) * (to - from) })),
    },
    mark: {
      type: 'text',
      align: 'left',
      dx: 8,
      color: isOwn ? 'var(--ink)' : 'var(--muted)',
      fontWeight: isOwn ? 600 : 'normal',
    },
    encoding: {
      x: { value: width },
      y: { ...y, scale: { domain: [from, to], nice: false } },
      text: { field: 'text', type: 'nominal' },
    },
  }));
}

/** The carrier's parcels under each of its points, as many as have room. */
export function countLayers(
  rows: readonly { day: number; n: string }[],
  own: readonly Point[],
  pixelOf: (day: number) => number,
  x: XChannel & { field: string },
  height: number,
): Layer[] {
  if (rows.length === 0) return [];
  const widest = Math.max(...rows.map(({ n }) => measureText(n, textSize.note)));
  const apart = own.length < 2 ? widest : pixelOf((own[1]?.day ?? 0) - (own[0]?.day ?? 0)) - pixelOf(0);
  const every = Math.max(1, Math.ceil((widest + 6) / Math.max(1, apart)));
  return [
    {
      name: 'count',
      data: { values: rows.filter((_, index) => (rows.length - 1 - index) % every === 0) },
      mark: { type: 'text', color: 'var(--muted)', baseline: 'top' },
      encoding: { x, y: { value: height + 6 }, text: { field: 'n', type: 'nominal' } },
    },
    {
      name: 'counthead',
      data: { values: [{ text: 'n' }] },
      mark: { type: 'text', color: 'var(--muted)', baseline: 'top', align: 'right', dx: -8 },
      encoding: { x: { value: 0 }, y: { value: height + 6 }, text: { field: 'text', type: 'nominal' } },
    },
  ];
}

/** Months under the strip, as many as have room, the year with the first and with each January. */
export function monthLayers(
  first: number,
  last: number,
  pixelOf: (day: number) => number,
  top: number,
  width: number,
  x: XChannel & { field: string },
  context: ChartContext,
): Layer[] {
  let free = Number.NEGATIVE_INFINITY;
  const shown: { day: number; text: string }[] = [];
  for (let day = Math.ceil(first); day <= last; day += 1) {
    const date = new Date(day * millisecondsInDay);
    if (date.getUTCDate() !== 1) continue;
    const text = formatMonth(date, shown.length === 0 || date.getUTCMonth() === 0, context.locale);
    const left = pixelOf(day);
    const right = left + measureText(text, textSize.note);
    if (left < free || right > width + 8) continue;
    free = right + 10;
    shown.push({ day, text });
  }
  return [
    {
      name: 'tick',
      data: { values: shown },
      mark: { type: 'rule', color: 'var(--hairline)' },
      encoding: { x, y: { value: top }, y2: { value: top + 6 } },
    },
    {
      name: 'month',
      data: { values: shown },
      mark: { type: 'text', align: 'left', color: 'var(--muted)', baseline: 'top' },
      encoding: { x, y: { value: top + 9 }, text: { field: 'text', type: 'nominal' } },
    },
  ];
}
