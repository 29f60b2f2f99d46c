import type { TopLevelSpec } from 'vega-lite';
import { carrierName, formatCount } from '../words.js';
import { type Chart, type ChartContext, type Figure, tipSeparator } from './chart.js';
import { type CarrierStyle, carrierColours, textSize } from './theme.js';
import { type Estimate, z95 } from './wilson.js';

export type Layered = Extract<TopLevelSpec, { layer: unknown[] }>;
export type Layer = Layered['layer'][number];
type Encoding = NonNullable<Extract<TopLevelSpec, { mark: unknown }>['encoding']>;
export type XChannel = NonNullable<Encoding['x']>;
export type YChannel = NonNullable<Encoding['y']>;

const narrowBelowPx = 560;
const longestName = 60;

export function isNarrow(context: ChartContext): boolean {
  return context.width < narrowBelowPx;
}

export function isNumber(value: Figure): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Fills the parts that most charts leave alone, and hands name and alt text to the spec. */
export function finishChart(
  context: ChartContext,
  chart: Partial<Chart> & Pick<Chart, 'id' | 'title' | 'units' | 'howToRead' | 'alt' | 'spec'>,
): Chart {
  const narrow = isNarrow(context);
  const id = narrow ? `${chart.id}-narrow` : chart.id;
  const leftOut = chart.leftOut ?? [];
  const spec = chart.spec === null ? null : { ...chart.spec, name: id, description: chart.alt };
  if (spec !== null && narrow && leftOut.length > 0) {
    // the words around a drawing are written once, for the wide one: what only the narrow one leaves out is said in it
    spec.title = {
      text: `${formatCount(leftOut.length, context.locale)} more left out for space`,
      orient: 'bottom',
      anchor: 'start',
      color: 'var(--muted)',
      fontSize: textSize.note,
      fontWeight: 'normal',
    };
  }
  return { withheld: [], empty: null, ...chart, id, leftOut, spec };
}

/** A chart with nothing to draw, and the sentence that says what would fill it. */
export function emptyChart(
  context: ChartContext,
  chart: Pick<Chart, 'id' | 'title' | 'units'> & { empty: string; withheld?: string[] },
): Chart {
  return finishChart(context, { ...chart, howToRead: '', alt: chart.empty, spec: null });
}

/** Names and styles of carriers. Names come from outside: control characters go, endless ones are cut. */
export interface Cast {
  nameOf: (code: string) => string;
  styleOf: (code: string) => CarrierStyle;
  /** Short and safe inside an id. */
  keyOf: (code: string) => string;
}

export function castOf(context: Pick<ChartContext, 'carriers'>): Cast {
  const styles = carrierColours(context.carriers);
  const ranks = new Map(context.carriers.map(({ code, colourRank }) => [code, colourRank]));
  return {
    nameOf: (code) => cleanText(carrierName(context.carriers, code)),
    styleOf: (code) => styles.get(code) ?? { colour: 'var(--carrier-other)', dash: [], shape: 'circle' },
    keyOf: (code) => (code === '*' ? 'all' : `c${ranks.get(code) ?? code.replace(/[^a-z0-9]+/gi, '-')}`),
  };
}

/** One line without control characters, at most 60 letters. */
export function cleanText(text: string): string {
  const characters = [...text.replace(/[\p{Control}\p{Surrogate}\p{Bidi_Control}]+/gu, ' ').trim()];
  return characters.length > longestName
    ? `${characters.slice(0, longestName).join('')}\u2026`
    : characters.join('');
}

/** What a mark says: its carrier ('' for none) for the script that dims the others, and a tooltip. */
export function sayMark(code: string, tip = ''): string {
  return `${cleanText(code)}${tipSeparator}${tip}`;
}

/** Rows with enough parcels to show, and the names of the others. */
export function withhold<Row>(
  rows: readonly Row[],
  countOf: (row: Row) => Figure,
  nameOf: (row: Row) => string,
  context: ChartContext,
): { shown: Row[]; withheld: string[] } {
  const isShown = (row: Row) => (countOf(row) ?? 0) >= context.thresholds.withheldBelow;
  // no parcel at all is not a small group but none
  const few = rows.filter((row) => !isShown(row) && (countOf(row) ?? 0) > 0);
  return { shown: rows.filter(isShown), withheld: few.map(nameOf) };
}

/** The largest rows, largest first, and the names of the others. */
export function capByVolume<Row>(
  rows: readonly Row[],
  volumeOf: (row: Row) => Figure,
  nameOf: (row: Row) => string,
  cap: number,
): { kept: Row[]; leftOut: string[] } {
  const sorted = [...rows].sort(
    (one, other) => (volumeOf(other) ?? 0) - (volumeOf(one) ?? 0) || compareText(nameOf(one), nameOf(other)),
  );
  return { kept: sorted.slice(0, cap), leftOut: sorted.slice(cap).map(nameOf) };
}

/** By code unit: the same on every machine, whatever its collation. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Two 95 % intervals of equal width that just part stand for a difference of this many standard errors. */
const partedZ = z95 * Math.SQRT2;

/**
 * Whether two 95 % intervals have no point in common: only then is a difference said. Where the pair was picked from many, both are
 * widened first until the chance that any pair of equals parts stays under 5 in 100 (Bonferroni, with the bound 2 exp(-z^2 / 2) on the
 * normal tails): the extremes of a hundred equal groups are far apart.
 */
export function areApart(one: Estimate, other: Estimate, comparisons = 1): boolean {
  const widening = Math.max(1, Math.sqrt(2 * Math.log((2 * comparisons) / 0.05)) / partedZ);
  const [lower, upper] = one.value <= other.value ? [one, other] : [other, one];
  const top = lower.value + (lower.hi - lower.value) * widening;
  const bottom = upper.value - (upper.value - upper.lo) * widening;
  return top < bottom;
}

export function estimateOf(value: Figure, lo: Figure, hi: Figure): Estimate | null {
  return isNumber(value) && isNumber(lo) && isNumber(hi) ? { value, lo, hi } : null;
}

/** The lowest and the highest of those whose intervals do not touch; null where chance could explain the order. */
export function findExtremes<Item extends Estimate>(
  items: readonly Item[],
): { low: Item; high: Item } | null {
  const sorted = [...items].sort((one, other) => one.value - other.value);
  const [low, high] = [sorted[0], sorted[sorted.length - 1]];
  const pairs = (items.length * (items.length - 1)) / 2;
  return low !== undefined && high !== undefined && areApart(low, high, pairs) ? { low, high } : null;
}

/** 'n 12,345', the number that stands by every group. */
export function sayCount(count: Figure, context: ChartContext): string {
  return `n ${formatCount(count ?? 0, context.locale)}`;
}

/**
 * Moves positions apart until each has its size, keeping their order and staying as near as can be to where they were (pool adjacent
 * violators). Positions and sizes in pixels, in the order given.
 */
export function spreadOut(
  wanted: readonly number[],
  sizes: readonly number[],
  min: number,
  max: number,
): number[] {
  let before = 0;
  const offsets = wanted.map((_, index) => {
    const offset = before + (sizes[index] ?? 0) / 2;
    before += sizes[index] ?? 0;
    return offset;
  });
  const blocks: { sum: number; count: number }[] = [];
  wanted.forEach((position, index) => {
    let block = { sum: position - (offsets[index] ?? 0), count: 1 };
    for (
      let last = blocks.at(-1);
      last && last.sum / last.count >= block.sum / block.count;
      last = blocks.at(-1)
    ) {
      blocks.pop();
      block = { sum: last.sum + block.sum, count: last.count + block.count };
    }
    blocks.push(block);
  });
  const latest = max - before;
  const starts = blocks.flatMap(({ sum, count }) => new Array<number>(count).fill(sum / count));
  return starts.map((start, index) => Math.max(min, Math.min(start, latest)) + (offsets[index] ?? 0));
}

/** Colour and shape straight from the row, no scale between. */
export const ownColour = { field: 'colour', type: 'nominal', scale: null } as const;
export const ownShape = { field: 'shape', type: 'nominal', scale: null } as const;
export const ownTip = { field: 'tip', type: 'nominal' } as const;
/** '0 %' on an axis of shares, with as many decimals as the step needs. */
export const percentLabels = "format(round(datum.value * 1e4) / 100, '.3~g') + ' %'";

/** '+5' on an axis of differences of shares, in points. */
export const pointLabels = "(datum.value > 0 ? '+' : '') + format(round(datum.value * 1e4) / 100, '.3~g')";

/** How far an axis of differences goes to either side of 0, so that all of them are on it. */
export function reachOf(differences: readonly number[]): number {
  const most = Math.max(0, ...differences.map(Math.abs));
  return [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1].find((step) => most <= step) ?? 1;
}

/** The smallest round share at or above a value, for axes that do not go to 100 %. */
export function roundUpShare(value: number): number {
  const steps = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1,
  ];
  return steps.find((step) => value <= step) ?? 1;
}

/** The largest multiple of 10 points below a share, for axes that begin above 0. */
export function roundDownShare(value: number): number {
  return Math.max(0, Math.floor(value * 10 - 1e-9) / 10);
}

/** 'axis from 80 to 100 %', said wherever an axis of shares does not go from 0 to 100. */
export function sayAxis([from, to]: readonly [number, number], context: ChartContext): string {
  const percent = (share: number) =>
    new Intl.NumberFormat(context.locale, { maximumFractionDigits: 1 }).format(share * 100);
  return `axis from ${percent(from)} to ${percent(to)} %`;
}

/** Round ticks of an axis of shares from its one end to its other, at least so many pixels apart. */
export function stepsOf([from, to]: readonly [number, number], lengthPx: number, gapPx = 64): number[] {
  const steps = [
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5,
  ];
  const range = to - from;
  const isWhole = (step: number) => Math.abs(range / step - Math.round(range / step)) < 1e-6;
  const step = steps.find((each) => isWhole(each) && (range / each) * gapPx <= lengthPx) ?? range;
  return Array.from(
    { length: Math.round(range / step) + 1 },
    (_, index) => Math.round((from + index * step) * 1e6) / 1e6,
  );
}

/** Round ticks on both sides of 0, up to the same reach. */
export function stepsAround(reach: number, lengthPx: number, gapPx = 48): number[] {
  const right = stepsOf([0, reach], lengthPx / 2, gapPx).filter((step) => step > 0);
  return [...right.map((step) => -step).reverse(), 0, ...right];
}
