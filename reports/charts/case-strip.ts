import type { Chart, ChartContext } from '../drawing/chart.js';
import {
  castOf,
  compareText,
  emptyChart,
  finishChart,
  roundDownShare,
  roundUpShare,
  sayAxis,
} from '../drawing/kit.js';
import { dayOf, type Point, type StripWeek, type StripWords } from '../drawing/strip-frame.js';
import { drawStrip } from '../drawing/strip-layers.js';
import { formatCount, formatDate, formatDateRange, formatHours, formatRate } from '../words.js';

export type { StripTarget, StripWeek, StripWords } from '../drawing/strip-frame.js';

/** Stands for all other carriers together; no carrier code has a tilde in front. */
export const pooledOthers = '~others';

const linesShown = 4;

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
  const othersEach = drawn[0]?.points[0]?.weeksEach ?? words.weeksEach;
  const grey =
    drawn.length === 0
      ? ''
      : ` Other carriers in grey, raw${othersEach === words.weeksEach ? '' : `, by ${othersEach} weeks`}: their services may differ.`;
  const last = own.at(-1);
  return finishChart(context, {
    id: words.id,
    title: words.title,
    units: `${measured} by ${step} of ${words.startWords}; n ${least === most ? least : `${least} to ${most}`} a ${words.weeksEach === 1 ? 'week' : 'step'}${isWhole ? '' : `; ${axis}`}`,
    howToRead:
      `${nameOf(words.carrierCode)} in ink${words.isHours ? '' : ', thin lines are its 95 % intervals'}.${grey} ` +
      `Shaded: what the case is about, ${days}. Hollow: not yet complete. Steps with fewer than ${thresholds.withheldBelow} parcels are left out.`,
    alt: `${words.title}. ${own.length} steps of ${step} from ${formatDate(own[0]?.start, locale)}; the latest ${last ? `${say(last.value)}, n ${formatCount(last.n, locale)}` : ''}.`,
    leftOut,
    spec: drawStrip(lines, { domain, say, words }, context),
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
