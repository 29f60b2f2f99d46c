import { millisecondsInDay } from 'date-fns/constants';
import type { Chart, ChartContext } from '../drawing/chart.js';
import {
  castOf,
  compareText,
  emptyChart,
  finishChart,
  isNarrow,
  type Layer,
  ownTip,
  percentLabels,
  roundDownShare,
  roundUpShare,
  sayAxis,
  sayMark,
  spreadOut,
  stepsOf,
  type XChannel,
  type YChannel,
} from '../drawing/kit.js';
import { fitText, measureText } from '../drawing/text-width.js';
import { textSize } from '../drawing/theme.js';
import { formatCount, formatDate, formatDateRange, formatHours, formatMonth, formatRate } from '../words.js';

/** A point of a strip: one carrier's week, or several of them together. Rates 0 to 1, or hours. */
export interface StripWeek {
  carrier_code: string;
  /** Monday, and how many weeks from it on. */
  start: string;
  weeksEach: number;
  value: number;
  lo: number | null;
  hi: number | null;
  n: number;
  /** Whether what will still be counted can no longer change it. */
  isComplete: boolean;
}

/** An agreed figure, and the days for which it was agreed; null is open. */
export interface StripTarget {
  value: number;
  from: string | null;
  to: string | null;
}

export interface StripWords {
  /** Unique on the page. */
  id: string;
  /** What is drawn: 'On time, NL to BE'. */
  title: string;
  /** By which day parcels fall in a week: 'the promised day'. */
  startWords: string;
  carrierCode: string;
  isHours: boolean;
  isHighGood: boolean;
  weeksEach: number;
  /** The days that the case is about, both included. */
  firstDate: string;
  lastDate: string;
  /** What was usual before; null where the case is no change. */
  usual: number | null;
  target: StripTarget | null;
}

interface Point extends StripWeek {
  day: number;
  run: string;
}

/** Stands for all other carriers together; no carrier code has a tilde in front. */
export const pooledOthers = '~others';

const linesShown = 4;
const labelMax = { wide: 132, narrow: 92 };
const countedFrom = 900;

const dayOf = (date: string) => Math.round(Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / millisecondsInDay);

/**
 * Half a year of one lane: the carrier in ink with its intervals, the others in grey, the days of the case shaded. A step with too few
 * parcels is left out, and the line is broken there.
 */
export function drawCaseStrip(weeks: readonly StripWeek[], context: ChartContext, words: StripWords): Chart {
  const { thresholds, locale } = context;
  const measured = words.isHours ? 'Median hours' : 'Share of parcels (%)';
  const shown = weeks.filter(({ n }) => n >= thresholds.withheldBelow);
  const own = toPoints(shown, words.carrierCode);
  if (own.length < 2) {
    return emptyChart(context, {
      id: words.id,
      title: words.title,
      units: measured,
      empty: `Nothing to draw: fewer than two steps of ${words.weeksEach} ${words.weeksEach === 1 ? 'week' : 'weeks'} have ${thresholds.withheldBelow} parcels.`,
    });
  }
  const cast = castOf(context);
  const nameOf = (code: string) => (code === pooledOthers ? 'other carriers' : cast.nameOf(code));
  const say = (value: number) => (words.isHours ? formatHours(value, locale) : formatRate(value, locale));
  const others = [...new Set(shown.map(({ carrier_code }) => carrier_code))]
    .filter((code) => code !== words.carrierCode)
    .sort(compareText)
    .map((code) => ({ code, points: toPoints(shown, code) }));
  // where they are many, those with most parcels are drawn
  const volume = ({ points }: { points: Point[] }) => points.reduce((sum, { n }) => sum + n, 0);
  const drawn = [...others].sort((one, other) => volume(other) - volume(one)).slice(0, linesShown);
  const leftOut = others.filter((each) => !drawn.includes(each)).map(({ code }) => nameOf(code));
  const counts = own.map(({ n }) => n);
  const [least, most] = [Math.min(...counts), Math.max(...counts)].map((n) => formatCount(n, locale));
  const step = words.weeksEach === 1 ? 'week' : `${words.weeksEach} weeks`;
  const domain = findDomain([...own, ...drawn.flatMap(({ points }) => points)], words);
  const isWhole = !words.isHours && domain[0] === 0 && domain[1] === 1;
  const axis = words.isHours ? `axis from 0 to ${formatHours(domain[1], locale)}` : sayAxis(domain, context);
  const days = formatDateRange(words.firstDate, words.lastDate, locale);
  const lines = [
    ...drawn.map(({ code, points }) => ({ code, name: nameOf(code), points })),
    { code: words.carrierCode, name: cast.nameOf(words.carrierCode), points: own },
  ];
  const last = own.at(-1);
  return finishChart(context, {
    id: words.id,
    title: words.title,
    units: `${measured} by ${step} of ${words.startWords}; n ${least === most ? least : `${least} to ${most}`} a ${words.weeksEach === 1 ? 'week' : 'step'}${isWhole ? '' : `; ${axis}`}`,
    howToRead:
      `${cast.nameOf(words.carrierCode)} in ink${words.isHours ? '' : ', thin lines are its 95 % intervals'}; other carriers in grey, raw: their services may differ. ` +
      `Shaded: what the case is about, ${days}. Hollow: not yet complete. Steps with fewer than ${thresholds.withheldBelow} parcels are left out.`,
    alt: `${words.title}. ${own.length} steps of ${step} from ${formatDate(own[0]?.start, locale)}; the latest ${last ? `${say(last.value)}, n ${formatCount(last.n, locale)}` : ''}.`,
    leftOut,
    spec: draw(lines, { domain, say, words }, context),
  });
}

/** A carrier's points by day; those that follow each other without a gap share a run. */
function toPoints(weeks: readonly StripWeek[], code: string): Point[] {
  const sorted = weeks
    .filter(({ carrier_code }) => carrier_code === code)
    .map((week) => ({ ...week, day: dayOf(week.start) + 3.5 * week.weeksEach }))
    .sort((one, other) => one.day - other.day);
  let run = 0;
  return sorted.map((week, index) => {
    const before = sorted[index - 1];
    if (before && week.day - before.day > 7 * week.weeksEach) run += 1;
    return { ...week, run: `${run}` };
  });
}

function findDomain(
  points: readonly Point[],
  { isHours, isHighGood, usual, target }: StripWords,
): [number, number] {
  const values = [
    ...points.flatMap(({ value, lo, hi }) => [value, lo ?? value, hi ?? value]),
    ...[usual, target?.value].filter((value) => typeof value === 'number'),
  ];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (!isHours) return isHighGood ? [roundDownShare(least), 1] : [0, roundUpShare(Math.max(most, 0.002))];
  const step = most > 72 ? 24 : most > 24 ? 12 : 4;
  return [0, Math.ceil(Math.max(most, 1) / step) * step];
}

interface Line {
  code: string;
  name: string;
  points: Point[];
}

interface Frame {
  domain: [number, number];
  say: (value: number) => string;
  words: StripWords;
}

function draw(lines: readonly Line[], frame: Frame, context: ChartContext): NonNullable<Chart['spec']> {
  const { domain, words } = frame;
  const isLarge = context.width >= countedFrom;
  const height = isLarge ? 210 : isNarrow(context) ? 120 : 116;
  const own = lines.at(-1)?.points ?? [];
  const all = lines.flatMap(({ points }) => points);
  const first = Math.min(...all.map(({ start }) => dayOf(start)));
  const last = Math.max(...all.map(({ start, weeksEach }) => dayOf(start) + 7 * weeksEach));
  const ends = placeEnds(
    lines,
    frame,
    height,
    context.width < 400 ? labelMax.narrow : labelMax.wide,
    context,
  );
  const labelWidth = Math.max(...ends.map(({ width }) => width), 0);
  const axisWidth = Math.ceil(measureText(words.isHours ? '10 days' : '100 %', textSize.note)) + 12;
  const width = Math.floor(context.width - axisWidth - labelWidth - 12);
  const x: XChannel & { field: string } = {
    field: 'day',
    type: 'quantitative',
    scale: { domain: [first, last], nice: false, zero: false },
    axis: null,
  };
  const y: YChannel & { field: string } = {
    field: 'value',
    type: 'quantitative',
    scale: { domain, nice: false, clamp: true },
    axis: { ...valueTicks(domain, words.isHours, height), title: null },
  };
  const pixelOf = (day: number) => ((day - first) / (last - first)) * width;
  const named = (values: object[]) => ({ values }) as { values: Record<string, unknown>[] };
  const row = ({ code }: Line, point: Point) => ({
    day: point.day,
    value: point.value,
    lo: point.lo,
    hi: point.hi,
    run: `${code}\u001f${point.run}`,
    fill: point.isComplete ? 'var(--ink)' : 'var(--paper)',
    n: formatCount(point.n, context.locale),
    tip: sayMark(code, sayPoint(lines, code, point, frame, context)),
  });
  const rowsOf = (some: readonly Line[]) =>
    some.flatMap((line) => line.points.map((point) => row(line, point)));
  const others = rowsOf(lines.slice(0, -1));
  const mine = rowsOf(lines.slice(-1));
  const [from, to] = [dayOf(words.firstDate), dayOf(words.lastDate) + 1];
  const shade = { from: Math.max(first, from), to: Math.min(last, to) };
  const level = (name: string, value: number, start: number, end: number, dash: number[]): Layer => ({
    name,
    data: named([{ day: Math.max(first, start), end: Math.min(last, end), value }]),
    mark: { type: 'rule', color: 'var(--ink)', strokeWidth: 1, strokeDash: dash },
    encoding: { x, x2: { field: 'end' }, y },
  });
  const { usual, target } = words;
  const detail = { field: 'run', type: 'nominal' } as const;
  return {
    width,
    height,
    layer: [
      {
        name: 'shade',
        data: named(shade.to > shade.from ? [{ day: shade.from, end: shade.to }] : []),
        mark: { type: 'rect', color: 'var(--muted)', fillOpacity: 0.16 },
        encoding: { x, x2: { field: 'end' }, y: { value: 0 }, y2: { value: height } },
      },
      ...(usual === null ? [] : [level('usual', usual, first, from, [2, 3])]),
      ...(target === null
        ? []
        : [
            level(
              'target',
              target.value,
              target.from === null ? first : dayOf(target.from),
              target.to === null ? last : dayOf(target.to) + 1,
              [6, 3],
            ),
          ]),
      {
        name: 'other',
        data: named(others),
        mark: { type: 'line', color: 'var(--carrier-other)', strokeWidth: 1 },
        encoding: { x, y, detail },
      },
      {
        name: 'otherpoint',
        data: named(others),
        mark: { type: 'point', color: 'var(--carrier-other)', size: 10, aria: true },
        encoding: { x, y, description: ownTip },
      },
      {
        name: 'interval',
        data: named(mine.filter(({ lo, hi }) => lo !== null && hi !== null)),
        mark: { type: 'rule', color: 'var(--ink)', strokeWidth: 1, strokeOpacity: 0.4 },
        encoding: { x, y: { ...y, field: 'lo' }, y2: { field: 'hi' } },
      },
      {
        name: 'own',
        data: named(mine),
        mark: { type: 'line', color: 'var(--ink)', strokeWidth: 2 },
        encoding: { x, y, detail },
      },
      {
        name: 'week',
        data: named(mine),
        mark: {
          type: 'point',
          size: isLarge ? 48 : 32,
          color: 'var(--ink)',
          stroke: 'var(--ink)',
          strokeWidth: 1.5,
          aria: true,
        },
        encoding: { x, y, fill: { field: 'fill', type: 'nominal', scale: null }, description: ownTip },
      },
      ...endLayers(ends, y, width, frame, height),
      ...countLayers(isLarge ? mine : [], own, pixelOf, x, height),
      ...monthLayers(first, last, pixelOf, isLarge ? height + 18 : height, width, x, context),
    ],
  };
}

function sayPoint(
  lines: readonly Line[],
  code: string,
  point: Point,
  { say }: Frame,
  { locale }: ChartContext,
): string {
  const name = lines.find((line) => line.code === code)?.name ?? code;
  const step = point.weeksEach === 1 ? 'week of' : `${point.weeksEach} weeks from`;
  const young = point.isComplete ? '' : ', not yet complete';
  return `${name}, ${step} ${formatDate(point.start, locale)}: ${say(point.value)}, n ${formatCount(point.n, locale)}${young}`;
}

function valueTicks([from, to]: [number, number], isHours: boolean, height: number) {
  if (!isHours) return { values: stepsOf([from, to], height, 26), labelExpr: percentLabels };
  const step = [1, 2, 4, 6, 12, 24, 48, 96].find((each) => (to / each) * 26 <= height) ?? to;
  const values = Array.from({ length: Math.floor(to / step) + 1 }, (_, index) => index * step);
  return to > 72 && step % 24 === 0
    ? { values, labelExpr: "datum.value / 24 + ' d'" }
    : { values, labelExpr: "datum.value + ' h'" };
}

interface End {
  text: string;
  value: number;
  isOwn: boolean;
  width: number;
  pixel: number;
}

/** What each line is, at its right end, moved apart where they lie close. */
function placeEnds(
  lines: readonly Line[],
  { domain: [from, to], say, words }: Frame,
  height: number,
  most: number,
  context: ChartContext,
): End[] {
  const agreed =
    words.target === null ? [] : [{ text: `agreed ${say(words.target.value)}`, value: words.target.value }];
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

function endLayers(
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
function countLayers(
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
function monthLayers(
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
