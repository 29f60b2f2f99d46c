import { formatDayMonth } from '../words.js';
import type { TrendFrame } from './alert-spans.js';
import type { ChartContext } from './chart.js';
import { type Layer, ownTip, sayMark } from './kit.js';
import { measureText } from './text-width.js';
import { textSize } from './theme.js';

/** What happened on a day: days since 1970, the date (YYYY-MM-DD) and what the analyst wrote. */
export interface NoteMark {
  day: number;
  date: string;
  text: string;
}

/** An agreed figure and the days (since 1970) that it holds for. */
export interface TargetLine {
  value: number;
  from: number;
  to: number;
}

const gapPx = 8;

/** A dashed line at each note with its date above, the latest first where dates have no room beside each other; the words on the mark. */
export function drawNotes(
  notes: readonly NoteMark[],
  { x, first, last, plotWidth, height }: TrendFrame,
  context: ChartContext,
): Layer[] {
  const pixelOf = (day: number) => ((day - first + 3) / (last - first + 6)) * plotWidth;
  const values = notes
    .filter(({ day }) => day >= first - 3 && day <= last + 3)
    .map(({ day, date, text }) => ({
      day,
      text: formatDayMonth(date, context.locale),
      tip: sayMark('', `${formatDayMonth(date, context.locale)}: ${text}`),
    }));
  const taken: { left: number; right: number }[] = [];
  const dated = [...values].reverse().flatMap(({ day, text }) => {
    const half = measureText(text, textSize.note) / 2;
    const middle = Math.max(half, Math.min(plotWidth - half, pixelOf(day)));
    const box = { left: middle - half - gapPx, right: middle + half + gapPx };
    if (taken.some((other) => other.left < box.right && box.left < other.right)) return [];
    taken.push(box);
    return [{ day: first - 3 + (middle / plotWidth) * (last - first + 6), text }];
  });
  return [
    {
      name: 'note',
      data: { values },
      mark: { type: 'rule', color: 'var(--ink)', strokeWidth: 1, strokeDash: [2, 3], aria: true },
      encoding: { x, y: { value: -2 }, y2: { value: height }, description: ownTip },
    },
    {
      name: 'notedate',
      data: { values: dated },
      mark: { type: 'text', align: 'center' },
      encoding: { x, y: { value: -10 }, text: { field: 'text', type: 'nominal' } },
    },
  ];
}

/** The agreed figure over the weeks that it holds for; what it is stands at the right end with the other lines. */
export function drawTarget(target: TargetLine | null, { x, y, first, last }: TrendFrame): Layer[] {
  if (target === null || target.to < first - 3 || target.from > last + 3) return [];
  const value = {
    day: Math.max(first - 3, target.from),
    until: Math.min(last + 3, target.to),
    value: target.value,
  };
  return [
    {
      name: 'target',
      data: { values: [value] },
      mark: { type: 'rule', color: 'var(--accent)', strokeWidth: 1.5, strokeDash: [8, 3] },
      encoding: { x, x2: { field: 'until' }, y },
    },
  ];
}
