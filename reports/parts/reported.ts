import type { CarrierPerformance } from '../../queries/schema.js';
import { foreseenFrom, type PeriodChangeRow } from '../snapshot.js';
import { formatCount } from '../words.js';
import { hasPromises, type PageContext } from './context.js';

export { foreseenFrom } from '../snapshot.js';

const judgedByForesight: readonly string[] = ['on_time_rate', 'on_time_rate_adj'];

/** What stands in place of a figure that would say nothing of the carrier, and why. */
export interface Doubt {
  words: 'not reported' | 'not judged';
  why: string;
}

/** What a doubt is told from, in every performance table. */
export type DoubtedRow = Pick<CarrierPerformance, 'carrier_code' | 'promise_foreseen_rate'>;

/** Why the figure is not to be shown, or null: what it rests on is never reported, or most promises were read with hindsight. */
export function findDoubt(row: DoubtedRow | undefined, metric: string, context: PageContext): Doubt | null {
  if (!row) return null;
  const silent = findSilence(row.carrier_code, metric, context);
  if (silent !== null) {
    const parcels = formatCount(silent, context.locale);
    return { words: 'not reported', why: `for none of ${parcels} parcels in a year` };
  }
  // null without promises; an older snapshot has no such column
  const foreseen = row.promise_foreseen_rate ?? 1;
  if (!judgedByForesight.includes(metric) || foreseen >= foreseenFrom) return null;
  return { words: 'not judged', why: 'promises were read too late' };
}

/** The parcels of which the carrier (any carrier, for '*') never reported what the metric rests on; null where it does, or nobody can say. */
function findSilence(code: string, metric: string, context: PageContext): number | null {
  const { metrics, carrierReports } = context.snapshot;
  const kind = metrics.find(({ name }) => name === metric)?.rests_on ?? null;
  // without any promise in the data the pages have words of their own
  if (kind === null || (kind === 'promise' && !hasPromises(context))) return null;
  const rows = carrierReports.filter(
    (row) => row.kind === kind && (code === '*' || row.carrier_code === code),
  );
  // of a carrier with few parcels nobody can say, but it reported nothing either
  if (rows.some((row) => row.is_reported) || !rows.some((row) => row.is_reported === false)) return null;
  return rows.reduce((sum, { parcels }) => sum + parcels, 0);
}

/** The same for a change: one of its two periods is in doubt. */
export function isChangeDoubtful(change: PeriodChangeRow, context: PageContext): boolean {
  return context.snapshot.carrierPerformance.some(
    (row) => row.carrier_code === change.carrier_code && findDoubt(row, change.metric, context) !== null,
  );
}
