import { differenceInCalendarDays } from 'date-fns/differenceInCalendarDays';
import { parseISO } from 'date-fns/parseISO';
import { quoteText } from '../queries/quoting.js';
import type * as schema from '../queries/schema.js';

/** The published rows that a case is read with. */
export interface CaseContext {
  accounts: readonly schema.Accounts[];
  cases: readonly schema.Cases[];
  alerts: readonly schema.Alerts[];
  targets: readonly schema.Targets[];
  control: readonly schema.WeeklyControl[];
  cutOffs: readonly schema.HandOverCutOffs[];
  metrics: readonly schema.Metrics[];
  parameters: schema.RunParameters;
}

/** What is not counted by parcels but followed by the hour: within so many hours of the first scan. */
export const hoursOf: Readonly<Record<string, number>> = {
  transit_vs_others_2d: 48,
  transit_vs_others_5d: 120,
};

/** The agreed figure that the case misses. */
export function findAgreed(
  row: schema.Cases,
  targets: readonly schema.Targets[],
): schema.Targets | undefined {
  if (row.kind !== 'target') return undefined;
  return targets.find(({ target_number }) => target_number === row.target_number);
}

/**
 * What parcels a case is about: columns and their values. Of a lane a null is an origin or destination that is not known; of an agreed figure it
 * is any.
 */
export function listPlace(row: schema.Cases, { targets }: CaseContext): [string, string | null][] {
  const type: [string, string | null][] =
    row.delivery_type === null ? [] : [['delivery_type', row.delivery_type]];
  const lane: [string, string | null][] = [
    ['from_country', row.from_country],
    ['to_country', row.to_country],
  ];
  if (row.kind === 'target') {
    const level = findAgreed(row, targets)?.service_level ?? null;
    return [...lane, ...type, ['service_level', level] as [string, string | null]].filter(
      ([, value]) => value !== null,
    );
  }
  const isLane = row.from_country !== null || row.to_country !== null;
  return [...(isLane ? lane : []), ...type];
}

/** With what the parcels of a figure start: label, scan or due. */
export function cohortOf(metric: string, { metrics }: CaseContext): string {
  return metrics.find(({ name }) => name === metric)?.cohort ?? 'scan';
}

/** SQL that lists the parcels that count against the carrier, as it stands: one row a parcel, the oldest first. */
export function writeParcelsSql(
  row: schema.Cases,
  days: { first_date: string; last_date: string; marked_weeks: readonly string[] | null },
  context: CaseContext,
): string | null {
  const between = `between ${quoteText(days.first_date)} and ${quoteText(days.last_date)}`;
  const weeks = days.marked_weeks ?? [];
  const isWhole =
    weeks.length * 7 > differenceInCalendarDays(parseISO(days.last_date), parseISO(days.first_date));
  const metric = context.metrics.find(({ name }) => name === row.metric);
  const isHours = Object.hasOwn(hoursOf, row.metric);
  const isCutOff = row.kind === 'cut_off';
  if (row.x === null || (!isHours && !isCutOff && metric?.estimator !== 'rate')) return null;
  const place = listPlace(row, context).map(([column, value]) =>
    value === null ? `parcels.${column} is null` : `parcels.${column} = ${quoteText(value)}`,
  );
  // one account alone is not told
  const isOfSeveral = context.accounts.length > 1;
  const columns = [
    ...(isOfSeveral ? ['account'] : []),
    'tracking_number',
    'delivery_type',
    'shipping_option_code',
    'label_date',
    'first_scan_at',
    'edd_original',
    'first_attempt_at',
    'current_status',
  ].map((column) => `parcels.${column}`);
  const half = Math.ceil(columns.length / 2);
  const select = `select\n    ${[columns.slice(0, half), columns.slice(half)].map((some) => some.join(', ')).join(',\n    ')}`;
  const where = (conditions: readonly string[]) => `where ${[...conditions, ...place].join('\n    and ')}`;
  const carrier = `carrier_code = ${quoteText(row.carrier_code)}`;
  if (isCutOff) {
    const waited = context.cutOffs.find(
      ({ carrier_code, period }) => carrier_code === row.carrier_code && period === 'latest',
    )?.between_waited_from;
    if (waited == null) return null;
    const hour = "hour(timezone(parcels.from_time_zone, timezone('UTC', parcels.label_at)))";
    return [
      select,
      'from parcels',
      'cross join run_parameters',
      where([
        `parcels.${carrier}`,
        'not parcels.is_return',
        "parcels.outcome <> 'cancelled'",
        'not parcels.is_label_date_only',
        `parcels.label_date ${between}`,
        'isodow(parcels.label_date) <= 4',
        `parcels.label_date + ${2 + Math.ceil(waited / 24)} <= run_parameters.as_of_date`,
        `${hour} >= ${Math.min(row.value, row.usual)}`,
        `${hour} < ${Math.max(row.value, row.usual)}`,
        `coalesce(parcels.first_scan_delay_hours, date_diff('hour', parcels.label_at, parcels.observed_at)) >= ${waited}`,
      ]),
      'order by parcels.label_at, parcels.tracking_number;',
    ].join('\n');
  }
  if (isHours) {
    const hours = hoursOf[row.metric];
    return [
      select,
      'from parcels',
      where([
        `parcels.${carrier}`,
        'not parcels.is_return',
        `parcels.first_scan_date ${between}`,
        'parcels.transit_measurable',
        `coalesce(parcels.transit_hours > ${hours}, parcels.outcome in ('returned', 'lost'))`,
      ]),
      'order by parcels.first_scan_at, parcels.tracking_number;',
    ].join('\n');
  }
  return [
    select,
    'from rate_answers',
    `inner join parcels using (${isOfSeveral ? 'account, ' : ''}tracking_number)`,
    where([
      `rate_answers.${carrier}`,
      "rate_answers.period = 'current'",
      `rate_answers.cohort = ${quoteText(metric?.cohort ?? 'scan')}`,
      `rate_answers.start_date ${between}`,
      ...(weeks.length === 0 || isWhole
        ? []
        : [
            `date_trunc('week', rate_answers.start_date) in (${weeks.map((week) => quoteText(week)).join(', ')})`,
          ]),
      metric?.better === 'lower' ? `rate_answers.${row.metric}` : `not rate_answers.${row.metric}`,
    ]),
    'order by rate_answers.start_date, parcels.tracking_number;',
  ].join('\n');
}
