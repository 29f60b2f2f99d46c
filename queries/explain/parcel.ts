import type { ReadRows } from '../db.js';
import { quoteText } from '../quoting.js';
import type { Events, Metrics, Parcels, RunParameters } from '../schema.js';
import { readAnswers } from './answers.js';
import { type CohortStart, findStarts, judgeFigures, type Verdict } from './figures.js';

/** An instant at a place: 'Mon 26 Oct 2026 09:12'; a date-only stamp has no time. */
export interface Moment {
  name: string;
  at: string;
  local: string;
  zone: string;
}

/** An event with its local time. */
export interface ToldEvent extends Events {
  local: string | null;
  zone: string;
}

/** All that is published about one parcel. */
export interface ParcelStory {
  parcel: Parcels;
  run: RunParameters;
  carrierName: string;
  moments: Moment[];
  events: ToldEvent[];
  starts: CohortStart[];
  verdicts: Verdict[];
  /** Parcels of its carrier and mix that the adjusted rates of the current window rest on, and how many they need. */
  strata: { figure: string; parcels: number; needed: number }[];
  /** What each of its quality flags means. */
  flags: { name: string; meaning: string }[];
  /** Counts in open_now. */
  isOpen: boolean;
  isStalled: boolean;
  isOverdue: boolean;
  /** Where the snapshot has parcels of several accounts: whose it is; else null. */
  account: string | null;
}

/** What tells a published parcel from all others: where there are several accounts, two may have its number. */
export interface ParcelKey {
  tracking_number: string;
  /** Null where the snapshot has one account. */
  account: string | null;
}

/** SQL that keeps the rows of one parcel. */
function isOf({ account }: ParcelKey, table = ''): string {
  return `${table}tracking_number = $1${account === null ? '' : ` and ${table}account = ${quoteText(account)}`}`;
}

/** SQL of an instant as people at a place write it: a date without a time stays that date; a poll always has a time. */
function localText(instant: string, zone: string, isDateOnly: string | null): string {
  if (isDateOnly === null) return `strftime(${instant}, '%a %-d %b %Y %H:%M')`;
  return `case
        when ${isDateOnly} then strftime(${instant}, '%a %-d %b %Y')
        else strftime(timezone(${zone}, timezone('UTC', ${instant})), '%a %-d %b %Y %H:%M')
      end`;
}

// Label and first scan are local to the origin, the rest to the destination. What only a poll told is UTC.
const momentZones: Readonly<Record<string, 'origin' | 'destination' | 'utc'>> = {
  label_at: 'origin',
  dropped_at: 'origin',
  first_scan_at: 'origin',
  out_for_delivery_at: 'destination',
  first_attempt_at: 'destination',
  pickup_point_at: 'destination',
  delivered_at: 'destination',
  returned_at: 'destination',
  outcome_at: 'destination',
  first_exception_at: 'destination',
  last_carrier_event_at: 'destination',
  current_status_at: 'destination',
  edd_original_seen_at: 'utc',
  observed_at: 'utc',
};

const zoneColumns = {
  origin: "coalesce(from_time_zone, 'UTC')",
  destination: "coalesce(to_time_zone, 'UTC')",
  utc: "'UTC'",
};

/** Of a moment: whether an event of that instant is a date, and none a time; null for polls. */
function isDateOnly(name: string, place: keyof typeof zoneColumns, key: ParcelKey): string | null {
  if (place === 'utc') return null;
  if (name === 'label_at') return 'is_label_date_only';
  return `coalesce((select bool_and(is_date_only) from events where ${isOf(key)} and event_at = parcels.${name}), false)`;
}

const momentsSql = (key: ParcelKey) =>
  Object.entries(momentZones)
    .map(
      ([name, place]) => `
    select '${name}' as name, ${name} as at, ${localText(name, zoneColumns[place], isDateOnly(name, place, key))} as local, ${zoneColumns[place]} as zone
    from parcels
    where ${isOf(key)} and ${name} is not null`,
    )
    .join('\n    union all');

// Until it is out for delivery a parcel's day is the origin's, from then on the destination's.
const eventsSql = (key: ParcelKey) => `
    with zoned as (
      select
        events.*,
        case
          when events.event_at >= least(parcels.out_for_delivery_at, parcels.first_attempt_at, parcels.returned_at)
            then coalesce(parcels.to_time_zone, 'UTC')
          else coalesce(parcels.from_time_zone, 'UTC')
        end as zone
      from events
      inner join parcels on events.tracking_number = parcels.tracking_number
      where ${isOf(key, 'events.')} and ${isOf(key, 'parcels.')}
    )
    select *, ${localText('event_at', 'zone', 'is_date_only')} as local
    from zoned
    order by event_order`;

// Both adjusted rates weigh strata of lane, delivery type and service level; the parcels that each asks are those of its plain rate.
const strataSql = (key: ParcelKey) => `
    with run as (select * from run_parameters),
    own as (select * from parcels where ${isOf(key)}),
    peers as (
      select parcels.*
      from parcels
      inner join own
        on parcels.carrier_code is not distinct from own.carrier_code
        and parcels.from_country is not distinct from own.from_country
        and parcels.to_country is not distinct from own.to_country
        and parcels.delivery_type = own.delivery_type
        and parcels.service_level = own.service_level
      where not parcels.is_return and parcels.outcome <> 'cancelled'
    ),
    needed as (select max(value) filter (where name = 'standardised_from') as needed from thresholds)
    select 'on_time_rate_adj' as figure, count(*) as parcels, any_value(needed.needed) as needed
    from peers cross join run cross join needed
    where peers.is_due and peers.handed_over_in_time
      and peers.edd_original between run.window_start_date and run.window_end_date
    union all
    select 'exception_rate_carrier_adj' as figure, count(*) as parcels, any_value(needed.needed) as needed
    from peers cross join run cross join needed
    where peers.first_scan_date between run.window_start_date and run.window_end_date
      and peers.first_scan_at + to_days(14) <= run.as_of
      and (peers.outcome <> 'open' or peers.observed_at >= peers.first_scan_at + to_days(14))`;

/** Whether a snapshot has parcels of several accounts; an older one has those of one. */
async function isOfSeveral(read: ReadRows): Promise<boolean> {
  const tables = await read(
    `select 1 as one from duckdb_tables() where database_name = current_database() and table_name = 'accounts'`,
  );
  return tables.length > 0 && (await read('select account from accounts limit 2')).length > 1;
}

/**
 * Finds the parcels that a typed number means: exactly, or but for spaces, hyphens and case where only one number is like it.
 * @returns one, and one an account where several have that number; none where it is not published.
 */
export async function findPublished(read: ReadRows, typed: string): Promise<ParcelKey[]> {
  const account = (await isOfSeveral(read)) ? 'account' : 'cast(null as varchar) as account';
  const exact = await read<ParcelKey>(
    `select tracking_number, ${account} from parcels where tracking_number = $1 order by all`,
    [typed],
  );
  if (exact.length > 0) return exact;
  const alike = await read<ParcelKey>(
    `select tracking_number, ${account} from parcels
     where upper(regexp_replace(tracking_number, '[^0-9A-Za-z]', '', 'g')) = upper(regexp_replace($1, '[^0-9A-Za-z]', '', 'g'))
     order by all`,
    [typed],
  );
  return new Set(alike.map(({ tracking_number }) => tracking_number)).size === 1 ? alike : [];
}

/** Everything published about one parcel, and what it is to every figure; null where it is not published. */
export async function readStory(read: ReadRows, key: ParcelKey): Promise<ParcelStory | null> {
  const { tracking_number: trackingNumber, account } = key;
  const values = [trackingNumber];
  const [parcel] = await read<Parcels>(`select * from parcels where ${isOf(key)}`, values);
  const [run] = await read<RunParameters>('select * from run_parameters');
  if (!parcel || !run) return null;
  const has = async (table: string) =>
    (await read(`select 1 as one from ${table} where ${isOf(key)}`, values)).length > 0;
  const [carrier] = await read<{ carrier_name: string }>(
    'select carrier_name from carriers where carrier_code = $1',
    [parcel.carrier_code ?? ''],
  );
  const metrics = await read<Metrics>('select * from metrics order by metric_order');
  const answers = await readAnswers(read, trackingNumber, account);
  const flagNames = [parcel.quality_flags, parcel.reading_flags]
    .flatMap((text) => text.split(','))
    .filter(Boolean);
  const meanings = await read<{ name: string; meaning: string }>(
    'select check_name as name, meaning from data_quality order by check_name',
  );
  return {
    parcel,
    run,
    carrierName: carrier?.carrier_name || parcel.carrier_code || 'the carrier',
    moments: await read<Moment>(momentsSql(key), values),
    events: await read<ToldEvent>(eventsSql(key), values),
    starts: findStarts(parcel, run),
    verdicts: judgeFigures(parcel, run, metrics, answers.get(trackingNumber) ?? []),
    strata: await read(strataSql(key), values),
    flags: meanings
      .filter(({ name }) => flagNames.includes(name))
      .map(({ name, meaning }) => ({
        name,
        meaning: name === 'unreadable_field' ? `${meaning} (${parcel.unreadable_fields})` : meaning,
      })),
    isOpen: !parcel.is_return && parcel.outcome === 'open' && parcel.first_scan_at !== null,
    isStalled: await has('stalled_parcels'),
    isOverdue: await has('overdue_parcels'),
    account,
  };
}
