import type { TargetRow } from '../snapshot.js';
import { formatAgreed, formatInterval } from '../words.js';
import { type Html, html, trust } from './html.js';

const width = 168;
const height = 34;
const margin = 6;
const middle = 11;

/** Steps that an axis of shares may end at, the narrowest first. */
const ends = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/** Where the axis begins and ends: it holds the agreed share and the whole interval, and one of its ends is 0 or 100 %. */
function findDomain(values: readonly number[], isHighGood: boolean): [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const reach = (distance: number) => ends.find((end) => end >= distance - 1e-9) ?? 1;
  return isHighGood ? [1 - reach(1 - least), 1] : [0, reach(most)];
}

/**
 * What came, with its 95 % interval, beside the agreed share as an upright line; the axis is the row's own and its ends are written
 * below. In `colour` and filled where the verdict is sure, else hollow and grey.
 */
export function renderTargetPicture(
  row: TargetRow,
  {
    isHighGood,
    isSure,
    colour,
    locale,
  }: { isHighGood: boolean; isSure: boolean; colour: string; locale: string },
): Html {
  const { rate, rate_lo: lo, rate_hi: hi } = row;
  if (rate === null || lo === null || hi === null) return html``;
  const [from, to] = findDomain([row.target, lo, hi], isHighGood);
  const x = (share: number) =>
    Math.round((margin + ((share - from) / (to - from)) * (width - 2 * margin)) * 10) / 10;
  const ink = isSure ? colour : 'var(--muted)';
  const marks = [
    `<path d="M${margin} ${middle + 9.5}H${width - margin}" stroke="var(--hairline)"/>`,
    `<path d="M${x(lo)} ${middle}H${x(hi)}" stroke="${ink}" stroke-width="1.5"/>`,
    `<circle cx="${x(rate)}" cy="${middle}" r="3.6" fill="${isSure ? ink : 'var(--paper)'}" stroke="${ink}" stroke-width="1.5"/>`,
    `<path d="M${x(row.target)} 1V${middle + 9.5}" stroke="var(--accent)" stroke-width="2" stroke-dasharray="4 2"/>`,
  ].join('');
  const end = (share: number) => `${Math.round(share * 1000) / 10} %`;
  const say = `${formatInterval(rate, lo, hi, locale)}, agreed ${formatAgreed(row.target, locale)}`;
  return html`<svg class="agreed" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${say}">${trust(marks)}<text x="${margin}" y="${height - 2}">${end(from)}</text><text x="${width - margin}" y="${height - 2}" text-anchor="end">${end(to)}</text></svg>`;
}
