import { addDays } from 'date-fns/addDays';
import { lightFormat } from 'date-fns/lightFormat';
import { parseISO } from 'date-fns/parseISO';
import { subDays } from 'date-fns/subDays';
import { listTables, type openSnapshot } from '../queries/db.js';
import type * as schema from '../queries/schema.js';
import { type CaseContext, cohortOf, findAgreed, hoursOf, listPlace, writeParcelsSql } from './case-sql.js';

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
> & { /** Where there are several. */ account?: string };

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

const parcelsShown = 10;
/** The days of a hand-over cut-off: the last four weeks, against those before. */
const cutOffDays = 28;

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

/** The days that a case counts: an alert's weeks, a lane's latest ones, a target's days, else the window. */
function findDays(row: schema.Cases, context: CaseContext): [string, string] {
  const { alerts, control, targets, parameters } = context;
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
  if (row.kind === 'change') {
    const weeks = control
      .filter(({ carrier_code, metric }) => carrier_code === row.carrier_code && metric === row.metric)
      .map(({ week_start_date }) => week_start_date);
    const last = [row.since, ...weeks].toSorted().at(-1) ?? row.since;
    return [row.since, toDate(addDays(parseISO(last), 6))];
  }
  const target = findAgreed(row, targets);
  if (target) return [target.first_start_date, target.last_start_date];
  if (row.kind !== 'cut_off') return window;
  return [toDate(subDays(parseISO(parameters.window_end_date), cutOffDays - 1)), parameters.window_end_date];
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

/** The place of a case as SQL over columns of `cells`; 'true' for all of them. */
async function writeWhere(row: schema.Cases, context: CaseContext) {
  const { sql } = await import('kysely');
  const same = listPlace(row, context).map(
    ([column, value]) => sql`${sql.ref(column)} is not distinct from ${value}`,
  );
  return sql.join([sql`true`, ...same], sql` and `);
}

async function readWeeks(db: Database, row: schema.Cases, context: CaseContext): Promise<CaseWeek[]> {
  const { sql } = await import('kysely');
  const where = await writeWhere(row, context);
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
      and start_date between ${begin} and ${last_date} and ${await writeWhere(row, context)}
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

async function readParcels(
  db: Database,
  query: string | null,
): Promise<Pick<CaseEvidence, 'parcels' | 'parcel_count'>> {
  if (query === null) return { parcels: [], parcel_count: 0 };
  const { sql } = await import('kysely');
  const { rows } = await sql<CaseParcel>`${sql.raw(query.replace(/;$/, ''))}`.execute(db);
  return { parcels: rows.slice(0, parcelsShown), parcel_count: rows.length };
}
