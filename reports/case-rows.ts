import { addDays, differenceInCalendarDays, lightFormat, parseISO, subDays } from 'date-fns';
import { listTables, type openSnapshot } from '../queries/db.js';
import { quoteText } from '../queries/quoting.js';
import type * as schema from '../queries/schema.js';

type Database = Awaited<ReturnType<typeof openSnapshot>>;

/** A carrier's week (of the case's lane, or of all lanes) by the case's figure: x of n, and what could explain it. */
export interface CaseWeek {
  carrier_code: string;
  /** Monday. */
  week_start_date: string;
  x: number;
  n: number;
  /** Promises read in time, of those that could be; 0 of 0 where the figure rests on none. */
  foreseen_x: number;
  foreseen_n: number;
  /** Handed over late, of those due. */
  late_x: number;
  late_n: number;
}

/** How the carrier's parcels were split between service levels, in the case's days and in as many as are known before. */
export interface CaseService {
  service_level: string;
  is_before: boolean;
  n: number;
}

/** A parcel that counts against the carrier. */
export type CaseParcel = Pick<
  schema.Parcels,
  | 'tracking_number'
  | 'delivery_type'
  | 'shipping_option_code'
  | 'label_date'
  | 'first_scan_at'
  | 'edd_original'
  | 'first_attempt_at'
  | 'current_status'
>;

/** What is known about one case beside its row. */
export interface CaseEvidence {
  case_number: number;
  /** The days that the case is about, both included. */
  first_date: string;
  last_date: string;
  /** Of an alert: the Mondays that it marks; another week may lie between them. Null for other kinds. */
  marked_weeks: string[] | null;
  /** Every week of the last 400 days in which a carrier has parcels there; none for a figure that no week counts. */
  weeks: CaseWeek[];
  services: CaseService[];
  /** SQL that lists the parcels; null for a figure that no single parcel decides. */
  parcels_sql: string | null;
  /** The first of them, and how many there are. */
  parcels: CaseParcel[];
  parcel_count: number;
}

/** The published rows that a case is read with. */
interface CaseContext {
  cases: readonly schema.Cases[];
  alerts: readonly schema.Alerts[];
  targets: readonly schema.Targets[];
  control: readonly schema.WeeklyControl[];
  metrics: readonly schema.Metrics[];
  parameters: schema.RunParameters;
}

const parcelsShown = 10;
/** What is not counted by parcels but followed by the hour: within so many hours of the first scan. */
const hoursOf: Readonly<Record<string, number>> = { transit_vs_others_2d: 48, transit_vs_others_5d: 120 };

const toDate = (date: Date) => lightFormat(date, 'yyyy-MM-dd');

/** Reads what stands behind each case: its weeks, its mix, its parcels. A snapshot without `cells` has none. */
export async function readCaseEvidence(db: Database, context: CaseContext): Promise<CaseEvidence[]> {
  const existing = await listTables(db);
  const isReadable = (['cells', 'cell_hours', 'rate_answers', 'parcels'] as const).every((table) =>
    existing.has(table),
  );
  const evidence: CaseEvidence[] = [];
  for (const row of context.cases) {
    const [first_date, last_date] = findDays(row, context);
    const marked_weeks = row.kind === 'alert' ? findMarked(row, last_date, context) : null;
    const days = { case_number: row.case_number, first_date, last_date, marked_weeks };
    const parcels_sql = writeParcelsSql(row, days, context);
    evidence.push({
      ...days,
      weeks: isReadable ? await readWeeks(db, row, context) : [],
      services: isReadable ? await readServices(db, row, days, context) : [],
      parcels_sql,
      ...(isReadable ? await readParcels(db, parcels_sql) : { parcels: [], parcel_count: 0 }),
    });
  }
  return evidence;
}

/** The days that a case counts: an alert's weeks, a target's days, else the window. */
function findDays(row: schema.Cases, { alerts, targets, parameters }: CaseContext): [string, string] {
  const window: [string, string] = [parameters.window_start_date, parameters.window_end_date];
  if (row.kind === 'alert') {
    const alert = alerts.find(
      ({ carrier_code, metric, first_week, is_worse }) =>
        carrier_code === row.carrier_code && metric === row.metric && first_week === row.since && is_worse,
    );
    const weeks = row.weeks ?? 1;
    const lastWeek = alert ? parseISO(alert.last_week) : addDays(parseISO(row.since), 7 * (weeks - 1));
    return [row.since, toDate(addDays(lastWeek, 6))];
  }
  if (row.kind === 'target') {
    const target = targets.find((each) => isTargetOf(each, row));
    return target ? [target.first_start_date, target.last_start_date] : window;
  }
  return row.kind === 'cut_off' ? [row.since, parameters.window_end_date] : window;
}

function findMarked(row: schema.Cases, lastDate: string, { control }: CaseContext): string[] {
  return control
    .filter(
      (week) =>
        week.carrier_code === row.carrier_code &&
        week.metric === row.metric &&
        week.marked !== null &&
        week.week_start_date >= row.since &&
        week.week_start_date <= lastDate,
    )
    .map((week) => week.week_start_date);
}

/** Whether an agreed figure is the one that the case misses. */
function isTargetOf(target: schema.Targets, row: schema.Cases): boolean {
  return (
    target.metric === row.metric &&
    target.target === row.usual &&
    (target.carrier_code === null || target.carrier_code === row.carrier_code) &&
    target.from_country === row.from_country &&
    target.to_country === row.to_country &&
    target.delivery_type === row.delivery_type &&
    target.n === row.n
  );
}

function cohortOf(metric: string, { metrics }: CaseContext): string {
  return metrics.find(({ name }) => name === metric)?.cohort ?? 'scan';
}

/** The lane of a case as SQL; '' for all lanes. `alias` is the table whose columns are meant. */
async function writeWhere(row: schema.Cases) {
  const { sql } = await import('kysely');
  const same = (column: string, value: string | null) =>
    sql`${sql.ref(column)} is not distinct from ${value}`;
  const isLane = row.from_country !== null || row.to_country !== null;
  return sql.join(
    [
      sql`true`,
      ...(isLane ? [same('from_country', row.from_country), same('to_country', row.to_country)] : []),
      ...(row.delivery_type === null ? [] : [same('delivery_type', row.delivery_type)]),
    ],
    sql` and `,
  );
}

async function readWeeks(db: Database, row: schema.Cases, context: CaseContext): Promise<CaseWeek[]> {
  const { sql } = await import('kysely');
  const where = await writeWhere(row);
  const hours = Object.hasOwn(hoursOf, row.metric) ? hoursOf[row.metric] : undefined;
  const week = sql`cast(date_trunc('week', start_date) as date)`;
  if (hours !== undefined) {
    const { rows } = await sql<CaseWeek>`
      select carrier_code, ${week} as week_start_date,
        cast(coalesce(sum(interest) filter (hour < ${hours}), 0) as bigint) as x,
        cast(sum(interest + competing) + coalesce(sum(censored) filter (hour >= ${hours}), 0) as bigint) as n,
        0::bigint as foreseen_x, 0::bigint as foreseen_n, 0::bigint as late_x, 0::bigint as late_n
      from cell_hours
      where cohort = 'scan' and ${where}
      group by all having n > 0 order by all`.execute(db);
    return rows;
  }
  if (!(await isCounted(db, row.metric))) return [];
  const count = (column: string) => sql`cast(sum(${sql.ref(column)}) as bigint)`;
  const { rows } = await sql<CaseWeek>`
    select carrier_code, ${week} as week_start_date, ${count(`${row.metric}_x`)} as x, ${count(`${row.metric}_n`)} as n,
      ${count('promise_foreseen_rate_x')} as foreseen_x, ${count('promise_foreseen_rate_n')} as foreseen_n,
      ${count('handed_over_late_rate_x')} as late_x, ${count('handed_over_late_rate_n')} as late_n
    from cells
    where cohort = ${cohortOf(row.metric, context)} and ${where}
    group by all having n > 0 order by all`.execute(db);
  return rows;
}

async function readServices(
  db: Database,
  row: schema.Cases,
  { first_date, last_date }: { first_date: string; last_date: string },
  context: CaseContext,
): Promise<CaseService[]> {
  if (row.compared_with !== 'before' || !(await isCounted(db, row.metric))) return [];
  const { sql } = await import('kysely');
  const begin = toDate(subDays(parseISO(first_date), 7 * 26));
  const { rows } = await sql<CaseService>`
    select service_level, start_date < ${first_date} as is_before, cast(sum(${sql.ref(`${row.metric}_n`)}) as bigint) as n
    from cells
    where cohort = ${cohortOf(row.metric, context)} and carrier_code = ${row.carrier_code}
      and start_date between ${begin} and ${last_date} and ${await writeWhere(row)}
    group by all having n > 0 order by all`.execute(db);
  return rows;
}

/** Whether `cells` has the counts of a figure: hours have none. */
async function isCounted(db: Database, metric: string): Promise<boolean> {
  const { sql } = await import('kysely');
  const { rows } = await sql<{ columns: number }>`
    select count(*) as columns from duckdb_columns()
    where database_name = current_database() and table_name = 'cells' and column_name = ${`${metric}_n`}`.execute(
    db,
  );
  return (rows[0]?.columns ?? 0) > 0;
}

/** SQL that lists the parcels that count against the carrier, as it stands: one row a parcel, the oldest first. */
function writeParcelsSql(
  row: schema.Cases,
  days: Pick<CaseEvidence, 'first_date' | 'last_date' | 'marked_weeks'>,
  context: CaseContext,
): string | null {
  const between = `between ${quoteText(days.first_date)} and ${quoteText(days.last_date)}`;
  const weeks = days.marked_weeks ?? [];
  const isWhole =
    weeks.length * 7 > differenceInCalendarDays(parseISO(days.last_date), parseISO(days.first_date));
  const metric = context.metrics.find(({ name }) => name === row.metric);
  const isHours = Object.hasOwn(hoursOf, row.metric);
  if (row.x === null || (!isHours && metric?.estimator !== 'rate')) return null;
  const isLane = row.from_country !== null || row.to_country !== null;
  const same = (column: string, value: string | null) =>
    value === null ? `parcels.${column} is null` : `parcels.${column} = ${quoteText(value)}`;
  const place = [
    ...(isLane ? [same('from_country', row.from_country), same('to_country', row.to_country)] : []),
    ...(row.delivery_type === null ? [] : [same('delivery_type', row.delivery_type)]),
  ];
  const columns = [
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
    'inner join parcels using (tracking_number)',
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

async function readParcels(
  db: Database,
  query: string | null,
): Promise<Pick<CaseEvidence, 'parcels' | 'parcel_count'>> {
  if (query === null) return { parcels: [], parcel_count: 0 };
  const { sql } = await import('kysely');
  const { rows } = await sql<CaseParcel>`${sql.raw(query.replace(/;$/, ''))}`.execute(db);
  return { parcels: rows.slice(0, parcelsShown), parcel_count: rows.length };
}
