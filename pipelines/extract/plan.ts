import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DuckDBConnection } from '@duckdb/node-api';
import { parse } from 'csv-parse/sync';
import { configurationError } from '../errors.js';
import { DuckDBTimestampValue } from '../store/driver.js';
import { inTransaction } from '../store/warehouse.js';
import { type Hints, writeHints } from './hints.js';

const phases = [
  'new',
  'label',
  'under_way',
  'out_for_delivery',
  'waiting',
  'delivered',
  'returned',
  'lost',
  'cancelled',
  'silent',
] as const;
const header = 'phase,from_age_hours,poll,interval_hours';

interface PollInterval {
  phase: string;
  fromAgeHours: number;
  poll: 'every' | 'once' | 'never' | 'close';
  intervalHours: number | null;
}

const silentIntervals: readonly PollInterval[] = [
  { phase: 'silent', fromAgeHours: 1440, poll: 'every', intervalHours: 168 },
  { phase: 'silent', fromAgeHours: 2880, poll: 'close', intervalHours: null },
];

/** The table of intervals: the analyst's own `poll_intervals.csv` in the seeds folder, else the built-in one. */
export function findIntervalsFile(seedsFolder: string | null): string {
  const own = seedsFolder === null ? null : join(seedsFolder, 'poll_intervals.csv');
  return own !== null && existsSync(own)
    ? own
    : fileURLToPath(new URL('./poll_intervals.csv', import.meta.url));
}

/** @throws ParcelmetricsError (exit code 2) naming file, line and value. */
export function readIntervals(path: string): PollInterval[] {
  const records = parse(readFileSync(path, 'utf8'), {
    bom: true,
    comment: '#',
    comment_no_infix: true,
    info: true,
    quote: false,
    relax_column_count: true,
    skip_empty_lines: true,
  }) as unknown as { record: string[]; info: { lines: number } }[];
  const fail = (line: number, what: string) =>
    configurationError(`${path}:${line}: ${what}`, {
      hint: 'Mend the line, or remove the file to go back to the built-in table.',
    });
  if (records[0]?.record.join() !== header)
    throw fail(records[0]?.info.lines ?? 1, `the header must be ${header}`);
  const intervals = records.slice(1).map(({ record, info }) => {
    const [phase = '', fromAge = '', poll = '', interval = ''] = record.map((cell) => cell.trim());
    const fromAgeHours = Number(fromAge);
    const intervalHours = interval === '' ? null : Number(interval);
    if (!(phases as readonly string[]).includes(phase))
      throw fail(info.lines, `phase is "${phase}", expected one of ${phases.join(', ')}`);
    if (fromAge === '' || !(fromAgeHours >= 0 && Number.isFinite(fromAgeHours)))
      throw fail(info.lines, `from_age_hours is "${fromAge}", expected hours from 0`);
    if (poll !== 'every' && poll !== 'once' && poll !== 'never' && poll !== 'close')
      throw fail(info.lines, `poll is "${poll}", expected every, once, never or close`);
    if (
      poll !== 'never' &&
      poll !== 'close' &&
      !(intervalHours !== null && intervalHours > 0 && Number.isFinite(intervalHours))
    ) {
      throw fail(info.lines, `interval_hours is "${interval}", expected hours above 0`);
    }
    return { phase, fromAgeHours, poll, intervalHours } satisfies PollInterval;
  });
  const hasLine = (phase: string) => intervals.some((row) => row.phase === phase);
  const missing = phases.find((phase) => phase !== 'silent' && !hasLine(phase));
  if (missing) throw fail(records.at(-1)?.info.lines ?? 1, `phase ${missing} has no line`);
  // Tables from before there was this phase go on as they are.
  return hasLine('silent') ? intervals : [...intervals, ...silentIntervals];
}

/** Fills temp tables poll_intervals and planned_phases: the phase of each number that is polled, and from when its age counts. */
async function writeIntervals(
  connection: DuckDBConnection,
  intervals: readonly PollInterval[],
  startAt: Date,
): Promise<void> {
  await connection.run(
    'create or replace temp table poll_intervals (phase varchar, from_age_hours double, poll varchar, interval_hours double)',
  );
  const appender = await connection.createAppender('poll_intervals', 'main', 'temp');
  for (const { phase, fromAgeHours, poll, intervalHours } of intervals) {
    appender.appendVarchar(phase);
    appender.appendDouble(fromAgeHours);
    appender.appendVarchar(poll);
    if (intervalHours === null) appender.appendNull();
    else appender.appendDouble(intervalHours);
    appender.endRow();
  }
  appender.closeSync();
  await connection.run(findPhases, instant(startAt));
}

// Whatever is under way may fall silent: lost without a word, or delivered without a scan.
const findPhases = `
  create or replace temp table planned_phases as
  select
    tracking_number,
    case when is_silent then 'silent' else phase end as phase,
    case when is_silent then last_event_at else since_at end as since_at
  from (
    select
      numbers.*,
      numbers.phase in ('under_way', 'out_for_delivery', 'waiting')
        and (epoch_us($start_at) - epoch_us(numbers.last_event_at)) / 3600000000.0 >= silence.from_age_hours as is_silent
    from (
      select
        tracking_number,
        phase,
        coalesce(phase_since, registered_at) as since_at,
        coalesce(last_event_at, phase_since, registered_at) as last_event_at
      from registry
      where state = 'active' and last_polled_at is not null
    ) as numbers
    cross join (
      select min(from_age_hours) as from_age_hours from poll_intervals where phase = 'silent'
    ) as silence
  ) as heard`;

const closeFinished = `
  update registry set state = 'closed'
  from planned_phases as planned
  inner join (
    select phase, max(from_age_hours) as last_age_hours
    from poll_intervals
    group by phase
    having bool_and(poll = 'once')
  ) as confirmed on planned.phase = confirmed.phase
  where registry.state = 'active'
    and registry.tracking_number = planned.tracking_number
    and (
      (epoch_us(registry.last_polled_at) - epoch_us(planned.since_at)) / 3600000000.0 >= confirmed.last_age_hours - 2
      or (
        registry.tracking_number in (select tracking_number from still_parcels)
        and (epoch_us($start_at) - epoch_us(planned.since_at)) / 3600000000.0 >= confirmed.last_age_hours - 2
      )
    )`;

// Where the list stands, what was polled and has not moved since. Nothing, where it does not.
const findStill = `
  create or replace temp table still_parcels as
  select listed.tracking_number, planned.phase in ('delivered', 'returned', 'lost', 'cancelled') as has_ended
  from listed_parcels as listed
  inner join planned_phases as planned on listed.tracking_number = planned.tracking_number
  where cast($stands as boolean) and not listed.has_moved`;

// One of a hundred, at least fifty of those under way: on them it is counted how far the list can be trusted.
const drawSample = `
  create or replace temp table sampled_parcels as
  select tracking_number
  from (
    select tracking_number from still_parcels where not has_ended
    order by hash(tracking_number, cast($start_at as timestamp)), tracking_number
    limit (select greatest(50, cast(ceil(count(*) / 100) as bigint)) from still_parcels where not has_ended)
  ) as under_way
  union all
  select tracking_number
  from still_parcels
  where has_ended and hash(tracking_number, cast($start_at as timestamp)) % 100 = 0`;

async function heedList(connection: DuckDBConnection, startAt: Date, isForecast = false): Promise<Hints> {
  const hints = await writeHints(connection, startAt, isForecast);
  await connection.run(findStill, { stands: hints.stands });
  return hints;
}

// Only a parcel that was looked at within its last interval is given up: one that nobody asked for since it was young may have been
// delivered long ago, and would be missing from every figure that waits for its scan.
const giveUpOld = `
  update registry set state = case ends.poll when 'never' then 'abandoned' else 'closed' end
  from planned_phases as planned
  inner join (
    select
      phase,
      min(from_age_hours) filter (where poll in ('never', 'close')) as last_age_hours,
      min_by(poll, from_age_hours) filter (where poll in ('never', 'close')) as poll,
      coalesce(max(interval_hours) filter (where poll = 'every'), 0) as longest_hours
    from poll_intervals
    group by phase
    having bool_or(poll in ('never', 'close'))
  ) as ends on planned.phase = ends.phase
  where registry.state = 'active'
    and registry.tracking_number = planned.tracking_number
    and (epoch_us($start_at) - epoch_us(planned.since_at)) / 3600000000.0 >= ends.last_age_hours
    and (epoch_us(registry.last_polled_at) - epoch_us(planned.since_at)) / 3600000000.0
      >= ends.last_age_hours - ends.longest_hours`;

export interface PlanOptions {
  startAt: Date;
  /** Where the analyst's own poll_intervals.csv may lie. */
  seedsFolder: string | null;
  /** Of a night to come: the list will be as fresh as it is wont to be. */
  isForecast?: boolean;
}

/** What a run is about to do. Counts are parcels, one request each. */
export interface Plan {
  due: number;
  /** Never polled yet, of those due. */
  fresh: number;
  /** Still polled on some night. */
  active: number;
}

/** A plan of the night, and what the list of shipments had to say to it. */
export interface NightPlan extends Plan {
  hints: Hints;
}

const instant = (at: Date) => ({ start_at: new DuckDBTimestampValue(BigInt(at.getTime()) * 1000n) });

/** Closes what needs no more polls at `startAt`, and gives up labels that were never scanned and parcels that fell silent. */
export async function closeParcels(
  connection: DuckDBConnection,
  { startAt, seedsFolder }: PlanOptions,
): Promise<void> {
  await writeIntervals(connection, readIntervals(findIntervalsFile(seedsFolder)), startAt);
  await heedList(connection, startAt);
  await inTransaction(connection, async () => {
    await connection.run(closeFinished, instant(startAt));
    await connection.run(giveUpOld, instant(startAt));
  });
}

/**
 * Fills temp table plan (place, tracking_number) with who is due at `startAt`, most urgent first. Changes nothing else.
 * @throws ParcelmetricsError for a broken table of intervals.
 */
export async function makePlan(
  connection: DuckDBConnection,
  { startAt, seedsFolder, isForecast }: PlanOptions,
): Promise<NightPlan> {
  await writeIntervals(connection, readIntervals(findIntervalsFile(seedsFolder)), startAt);
  const hints = await heedList(connection, startAt, isForecast);
  await connection.run(drawSample, instant(startAt));
  await connection.run(readFileSync(new URL('./plan.sql', import.meta.url), 'utf8'), instant(startAt));
  return { ...(await countPlan(connection)), hints };
}

/**
 * Fills temp table plan with closed and abandoned parcels whose label (or else registration) lies in [from, to], UTC dates
 * 'YYYY-MM-DD', for a backfill.
 */
export async function planBackfill(connection: DuckDBConnection, from: string, to: string): Promise<Plan> {
  await connection.run(
    `create or replace temp table plan as
     select row_number() over (order by registry.tracking_number) as place, registry.tracking_number
     from registry
     left join (
       select tracking_number, max(announced_at) as announced_at from landed_responses group by tracking_number
     ) as labels on registry.tracking_number = labels.tracking_number
     where registry.state in ('closed', 'abandoned')
       and cast(coalesce(labels.announced_at, registry.registered_at) as date) between cast($1 as date) and cast($2 as date)`,
    [from, to],
  );
  return countPlan(connection);
}

async function countPlan(connection: DuckDBConnection): Promise<Plan> {
  const counts = await connection.runAndReadAll(`
    select
      (select count(*) from temp.plan),
      (select count(*) from temp.plan inner join registry using (tracking_number) where registry.last_polled_at is null),
      (select count(*) from registry where state = 'active')`);
  const [due = 0, fresh = 0, active = 0] = (counts.getRows()[0] ?? []).map(Number);
  return { due, fresh, active };
}

/** The tracking numbers at places `from + 1` to `from + count` of the plan. */
export async function readPlanPage(
  connection: DuckDBConnection,
  from: number,
  count: number,
): Promise<string[]> {
  const reader = await connection.runAndReadAll(
    `select tracking_number from temp.plan where place > $1::bigint and place <= $2::bigint order by place`,
    [from, from + count],
  );
  return reader.getRows().map(([trackingNumber]) => String(trackingNumber));
}
