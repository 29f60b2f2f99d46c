import type { ControlRow } from '../snapshot.js';
import { type Html, html, trust } from './html.js';

const width = 108;
const height = 30;
const margin = 4;

/**
 * A line of weekly values without axes: full-grown weeks only, the median dashed, the last point filled, weeks of alerts ringed. Its text says
 * where it starts and ends; the scale is the row's own.
 */
export function renderSpark(
  rows: readonly ControlRow[],
  describe: (first: ControlRow, last: ControlRow) => string,
): Html {
  const weeks = rows.filter((row) => row.is_mature);
  const [first, last] = [weeks[0], weeks[weeks.length - 1]];
  if (weeks.length < 3 || !first || !last) return html`<span class="muted small">too few weeks</span>`;
  const values = weeks.map((row) => row.value);
  const centre = last.centre;
  const all = centre === null ? values : [...values, centre];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const starts = weeks.map((row) => Date.parse(row.week_start_date));
  const [from = 0, to = 1] = [starts[0], starts[starts.length - 1]];
  const round = (value: number) => Math.round(value * 10) / 10;
  const x = (at: number) => round(margin + ((at - from) / (to - from || 1)) * (width - 2 * margin));
  const y = (value: number) =>
    round(
      high === low ? height / 2 : height - margin - ((value - low) / (high - low)) * (height - 2 * margin),
    );
  const path = weeks
    .map((row, index) => `${index === 0 ? 'M' : 'L'}${x(starts[index] ?? 0)} ${y(row.value)}`)
    .join('');
  const mean = centre === null ? '' : `<path class="centre" d="M${margin} ${y(centre)}H${width - margin}"/>`;
  const alerts = weeks
    .map((row, index) =>
      row.marked === null
        ? ''
        : `<circle class="alert" cx="${x(starts[index] ?? 0)}" cy="${y(row.value)}" r="3"/>`,
    )
    .join('');
  const end = `<circle cx="${x(to)}" cy="${y(last.value)}" r="2.4"/>`;
  return html`<svg class="spark" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${describe(first, last)}">${trust(`${mean}<path d="${path}"/>${alerts}${end}`)}</svg>`;
}
