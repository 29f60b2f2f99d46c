import type { Comparisons } from '../../queries/schema.js';
import { formatCount, formatNumber } from '../words.js';
import type { ChartContext } from './chart.js';
import { type Cast, isNumber } from './kit.js';

/** A carrier against the others, like with like; shares 0 to 1, `extra` in parcels. */
export type DifferenceRow = Pick<
  Comparisons,
  | 'scope'
  | 'carrier_code'
  | 'other_carrier_code'
  | 'metric'
  | 'difference'
  | 'difference_lo'
  | 'difference_hi'
  | 'n'
  | 'share'
  | 'extra'
  | 'is_comparable'
  | 'is_sure'
>;

export type Difference = DifferenceRow & Record<'difference' | 'difference_lo' | 'difference_hi', number>;

interface MetricWords {
  /** After 'points more parcels'. */
  counted: string;
  subject: string;
}

const metrics: Readonly<Record<string, MetricWords>> = {
  on_time_rate: { counted: 'on time', subject: 'On time' },
  promise_kept_rate: { counted: 'by the promised day', subject: 'By the promised day' },
  transit_2_working_days_rate: {
    counted: 'attempted within 2 working days',
    subject: 'Attempted within 2 working days',
  },
  transit_vs_others_2d: { counted: 'attempted within 2 days', subject: 'Attempted within 2 days' },
  transit_vs_others_5d: { counted: 'attempted within 5 days', subject: 'Attempted within 5 days' },
  first_attempt_success_rate: {
    counted: 'delivered at the first attempt',
    subject: 'Delivered at the first attempt',
  },
  exception_rate_carrier: {
    counted: 'with an exception of the carrier\u2019s making',
    subject: 'Exceptions of the carrier\u2019s making',
  },
};

/** What the metric counts, as it stands after 'more parcels'. */
export function countedBy(metric: string): string {
  return metrics[metric]?.counted ?? metric.replaceAll('_', ' ');
}

/** The metric as the head of a heading. */
export function subjectOf(metric: string): string {
  return metrics[metric]?.subject ?? metric.replaceAll('_', ' ');
}

/** '+3.1' or '\u22123.1', in points; what rounds to nothing has no sign. */
export function formatPoints(difference: number, locale: string): string {
  const points = formatNumber(difference * 100, 1, locale);
  return difference > 0 && /[1-9]/.test(points) ? `+${points}` : points;
}

/** '+3.1 (\u22121.2 to +7.4)', in points. */
export function formatPointsInterval(row: Difference, locale: string): string {
  return `${formatPoints(row.difference, locale)} (${formatPoints(row.difference_lo, locale)} to ${formatPoints(row.difference_hi, locale)})`;
}

/** The carriers' own differences to all others in a metric. */
export function pickDifferences(rows: readonly DifferenceRow[], metric: string): DifferenceRow[] {
  return rows.filter(
    (row) => row.scope === 'carrier' && row.other_carrier_code === '*' && row.metric === metric,
  );
}

export function isMeasured(row: DifferenceRow): row is Difference {
  return isNumber(row.difference) && isNumber(row.difference_lo) && isNumber(row.difference_hi);
}

/** Those that pass the gate in one sentence, most parcels first; null where none does. */
export function sayDifferences(
  rows: readonly DifferenceRow[],
  metric: string,
  cast: Cast,
  context: ChartContext,
): string | null {
  const sure = rows
    .filter(isMeasured)
    .filter((row) => row.is_sure)
    .sort((one, other) => Math.abs(other.extra ?? 0) - Math.abs(one.extra ?? 0));
  const [first, second] = sure;
  if (first === undefined) return null;
  const size = (row: Difference) => {
    const points = formatNumber(Math.abs(row.difference) * 100, 1, context.locale);
    return `${points} points ${row.difference < 0 ? 'fewer' : 'more'}`;
  };
  const head = `On the same lanes, ${cast.nameOf(first.carrier_code)} has ${size(first)} parcels ${countedBy(metric)} than the others`;
  if (second === undefined) return head;
  const more = sure.length > 2 ? `; ${formatCount(sure.length - 2, context.locale)} more stand apart` : '';
  return `${head}, ${cast.nameOf(second.carrier_code)} ${size(second)}${more}`;
}
