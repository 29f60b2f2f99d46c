import type { PromiseDrift } from '../../queries/schema.js';
import type { Chart, ChartContext } from '../drawing/chart.js';
import {
  castOf,
  emptyChart,
  finishChart,
  isNarrow,
  isNumber,
  type Layer,
  type Layered,
  ownTip,
  sayMark,
  spreadOut,
  type XChannel,
} from '../drawing/kit.js';
import { measureText } from '../drawing/text-width.js';
import { textSize } from '../drawing/theme.js';
import { estimateShare } from '../drawing/wilson.js';
import { formatCount, formatInterval, formatRate } from '../words.js';

/** Days are clipped to -7 and 14. */
export type PromiseRow = PromiseDrift;

interface Kind {
  kind: string;
  id: string;
  subject: string;
  units: string;
  howToRead: string;
  sides: [before: string, on: string, after: string];
}

const [firstDay, lastDay] = [-7, 14];
const empty = 'Nothing to draw yet: this needs parcels with a promised date.';

const lateness: Kind = {
  kind: 'days_late',
  id: 'days-late',
  subject: 'Days early or late against the first promise',
  units: 'Share of due parcels (%) by days from the first promised date to the first attempt',
  howToRead: 'Bars left of 0 came before the promised date, at 0 on it, right of 0 (in the accent) after it.',
  sides: ['early', 'on the day', 'late'],
};

const drift: Kind = {
  kind: 'drift',
  id: 'promise-drift',
  subject: 'How far the promise moves after it was first made',
  units: 'Share of parcels with a promise (%) by days from the first to the latest promised date',
  howToRead:
    'At 0 the promise still stands as first made; right of 0 (in the accent) it was put off, left of 0 brought forward.',
  sides: ['sooner', 'unchanged', 'put off'],
};

/** Days from the first promised date to the first attempt, for one carrier ('*' for all). */
export function drawDaysLate(rows: readonly PromiseRow[], context: ChartContext, carrierCode = '*'): Chart {
  return drawDays(rows, context, carrierCode, lateness);
}

/** Days from the first promised date to the latest one, for one carrier ('*' for all). */
export function drawPromiseDrift(
  rows: readonly PromiseRow[],
  context: ChartContext,
  carrierCode = '*',
): Chart {
  return drawDays(rows, context, carrierCode, drift);
}

function drawDays(
  rows: readonly PromiseRow[],
  context: ChartContext,
  carrierCode: string,
  kind: Kind,
): Chart {
  const cast = castOf(context);
  const own = rows.filter(
    (row) => row.carrier_code === carrierCode && row.kind === kind.kind && isNumber(row.share),
  );
  const n = Math.max(0, ...own.map((row) => row.n));
  const name = cast.nameOf(carrierCode);
  const base = {
    id: `${kind.id}-${cast.keyOf(carrierCode)}`,
    units: `${kind.units}; n ${formatCount(n, context.locale)}`,
  };
  if (n < context.thresholds.withheldBelow) {
    return emptyChart(context, {
      ...base,
      title: kind.subject,
      empty:
        n === 0
          ? empty
          : `Too few parcels to show: ${n}, and figures are shown from ${context.thresholds.withheldBelow} on.`,
    });
  }
  const count = (from: number, to: number) =>
    own.filter(({ days }) => days >= from && days <= to).reduce((sum, { parcels }) => sum + parcels, 0);
  const share = (from: number, to: number) => formatRate(count(from, to) / n, context.locale);
  const sides = [
    { text: kind.sides[0], from: firstDay, to: -1 },
    { text: kind.sides[1], from: 0, to: 0 },
    { text: kind.sides[2], from: 1, to: lastDay },
  ].map((side) => ({ ...side, text: `${side.text} ${share(side.from, side.to)}` }));
  return finishChart(context, {
    ...base,
    title: kind.subject,
    howToRead: kind.howToRead,
    alt: `${kind.subject}. ${name}, n ${formatCount(n, context.locale)}: ${sides.map(({ text }) => text).join(', ')}.`,
    spec: drawColumns(own, sides, { carrierCode, n }, context),
  });
}

function drawColumns(
  rows: readonly PromiseRow[],
  sides: readonly { text: string; from: number; to: number }[],
  { carrierCode, n }: { carrierCode: string; n: number },
  context: ChartContext,
): Layered {
  const narrow = isNarrow(context);
  const height = narrow ? 170 : 220;
  // the labels of the end days are wider than their columns
  const plotWidth = Math.floor(context.width - 48);
  const [from, to] = [
    Math.min(-1, ...rows.map(({ days }) => days)),
    Math.max(1, ...rows.map(({ days }) => days)),
  ];
  const days = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const columnWidth = plotWidth / days.length;
  const x: XChannel & { field: string } = {
    field: 'day',
    type: 'nominal',
    scale: { domain: days, paddingInner: 0.15, paddingOuter: 0 },
    sort: null,
    axis: null,
  };
  const y = {
    field: 'share',
    type: 'quantitative' as const,
    scale: { domain: [0, Math.max(0.01, ...rows.map((row) => row.share ?? 0))], nice: false },
    axis: null,
  };
  const values = rows.map((row) => {
    const interval = estimateShare(row.parcels, row.n);
    return {
      day: row.days,
      share: row.share ?? 0,
      fill: row.days > 0 ? 'var(--accent)' : 'var(--muted)',
      text: narrow ? '' : formatRate(row.share, context.locale).replace(/^under /, '<'),
      tip: sayMark(
        carrierCode === '*' ? '' : carrierCode,
        `${sayDay(row.days)}: ${formatInterval(row.share, interval.lo, interval.hi, context.locale)}, ` +
          `${formatCount(row.parcels, context.locale)} of ${formatCount(n, context.locale)}`,
      ),
    };
  });
  const labels = days
    .filter((day) => columnWidth >= 26 || day % 7 === 0)
    .map((day) => ({ day, text: shortDay(day) }));
  const centres = sides.map((side) => (Math.max(from, side.from) + Math.min(to, side.to)) / 2 - from + 0.5);
  const size = narrow ? textSize.note : textSize.label;
  const sizes = sides.map(({ text }) => measureText(text, size) + 10);
  const placed = spreadOut(
    centres.map((centre) => centre * columnWidth),
    sizes,
    -8,
    plotWidth + 8,
  );
  return {
    width: plotWidth,
    height,
    layer: [
      {
        data: { values: [{ share: 0 }] },
        mark: { type: 'rule', color: 'var(--hairline)' },
        encoding: { y },
      },
      {
        name: 'bar',
        data: { values },
        mark: { type: 'bar', aria: true },
        encoding: { x, y, fill: { field: 'fill', type: 'nominal', scale: null }, description: ownTip },
      },
      {
        name: 'value',
        data: {
          values: values.filter(({ text }) => text !== '' && measureText(text, 11) <= columnWidth + 4),
        },
        mark: { type: 'text', baseline: 'bottom', dy: -3, fontSize: 11 },
        encoding: { x, y, text: { field: 'text', type: 'nominal' } },
      },
      {
        name: 'day',
        data: { values: labels },
        mark: { type: 'text', baseline: 'top', color: 'var(--muted)', fontSize: textSize.note },
        encoding: { x, y: { value: height + 6 }, text: { field: 'text', type: 'nominal' } },
      },
      ...sides.map(
        ({ text }, index): Layer => ({
          name: `side${index + 1}`,
          data: { values: [{ text }] },
          mark: { type: 'text', baseline: 'top', fontSize: size },
          encoding: {
            x: { value: placed[index] ?? 0 },
            y: { value: height + 26 },
            text: { field: 'text', type: 'nominal' },
          },
        }),
      ),
    ],
  };
}

/** The ends gather what lies beyond them. */
function shortDay(day: number): string {
  const signed = day > 0 ? `+${day}` : day < 0 ? `\u2212${-day}` : '0';
  if (day === firstDay) return `\u2264\u2009${signed}`;
  return day === lastDay ? `\u2265\u2009${signed}` : signed;
}

function sayDay(day: number): string {
  if (day === 0) return 'On the day';
  const count = Math.abs(day);
  const more = day === firstDay || day === lastDay ? ' or more' : '';
  return `${count}${more} ${count === 1 ? 'day' : 'days'} ${day < 0 ? 'earlier' : 'later'}`;
}
