import { formatCount, formatNumber, formatRate } from '../../words.js';
import { isHourMeasure } from '../choice.js';
import type { CompareFrame } from '../compare-data.js';
import type { CompareFigures, LaneFigure } from '../compare-figures.js';
import { sayLane, saySize } from '../compare-words.js';
import { find, make } from './elements.js';

const lanesShown = 8;

/** The table of the lanes that make the difference; hidden where none is said, or one lane is chosen. */
export function showLanes(frame: CompareFrame, figures: CompareFigures): void {
  const { choice, lanes, comparison, doubt, otherDoubt } = figures;
  const section = find('lanes');
  const compared = lanes.filter(({ comparison: { n } }) => n > 0);
  const isSaid = comparison.isComparable && doubt === null && otherDoubt === null;
  section.hidden = isHourMeasure(choice.measure) || choice.lane !== '*' || !isSaid;
  if (section.hidden) return;
  const { locale, thresholds } = frame;
  const isFew = ({ comparison: { n } }: LaneFigure) => n < thresholds.withheldBelow;
  const shown = compared.filter((lane) => !isFew(lane)).slice(0, lanesShown);
  const rest = lanes.filter((lane) => !shown.includes(lane));
  const most = Math.max(...shown.map((lane) => Math.abs(lane.comparison.extra ?? 0)), 0);
  find('lanes-body').replaceChildren(...shown.map((lane) => makeRow(lane, frame, most)));
  const few = rest.filter((lane) => lane.comparison.n > 0 && isFew(lane)).length;
  const alone = rest.filter((lane) => lane.comparison.n === 0).length;
  const more = rest.length - few - alone;
  const say = (count: number, words: string) => (count > 0 ? `${formatCount(count, locale)} ${words}` : '');
  const notes = [
    say(more, `more with smaller sums`),
    say(few, `with fewer than ${thresholds.withheldBelow} parcels compared`),
    say(alone, `where nobody else has ${thresholds.othersFrom} parcels of the kind`),
  ].filter(Boolean);
  find('lanes-rest').textContent =
    `All lanes: ${sayExtra(comparison.extra ?? 0, locale)} parcels.${notes.length > 0 ? ` Lanes not shown: ${notes.join('; ')}.` : ''}`;
}

const sayExtra = (extra: number, locale: string) =>
  `${extra > 0 ? '+' : ''}${formatNumber(extra, 1, locale)}`;

function makeRow({ lane, comparison }: LaneFigure, frame: CompareFrame, most: number): HTMLElement {
  const { locale } = frame;
  const { n, own, others, extra, difference, lo, hi } = comparison;
  const row = document.createElement('tr');
  const name = make('th', sayLane(lane, frame));
  name.setAttribute('scope', 'row');
  const parcels = make('td', '', 'num');
  parcels.append(makeMeter((extra ?? 0) / (most || 1)), make('span', sayExtra(extra ?? 0, locale)));
  const isKnown = difference !== null && lo !== null && hi !== null;
  row.append(
    name,
    make('td', formatCount(n, locale), 'num'),
    make('td', formatRate(own, locale), 'num'),
    make('td', formatRate(others, locale), 'num'),
    make('td', isKnown ? sayDifference(difference, lo, hi, locale) : '', 'num'),
    parcels,
  );
  return row;
}

/** A bar from the middle, to the left for fewer; `share` of the widest, -1 to 1. */
function makeMeter(share: number): SVGElement {
  const meter = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const bar = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  const set = (element: Element, values: Record<string, string | number>) => {
    for (const [key, value] of Object.entries(values)) element.setAttribute(key, String(value));
  };
  set(meter, { class: 'meter', viewBox: '0 0 100 8', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  set(bar, { x: share < 0 ? 50 + share * 50 : 50, y: 0, width: Math.abs(share) * 50, height: 8 });
  meter.append(bar);
  return meter;
}

function sayDifference(difference: number, lo: number, hi: number, locale: string): string {
  const { size, limits } = saySize(difference, lo, hi, locale);
  return `${size} (${limits})`;
}
