import type { DuckDBConnection } from '@duckdb/node-api';
import { subHours } from 'date-fns/subHours';
import { DuckDBTimestampValue } from '../store/driver.js';
import { readTrust, type Trust } from './trust.js';

/** A list that is older says nothing of what has moved since. */
const freshHours = 12;

/** The complete pass that all of the list's knowledge rests on. */
export interface ListBase {
  startedAt: Date;
  scope: string;
}

/** The newest complete pass that shows what moved; null before the first. */
export async function readListBase(connection: DuckDBConnection, scope?: string): Promise<ListBase | null> {
  const reader = await connection.runAndReadAll(
    `select epoch_ms(started_at)::double, scope from list_passes
     where ended_at is not null and purpose in ('first', 'moved') and ($1::varchar is null or scope = $1)
     order by started_at desc limit 1`,
    [scope ?? null],
  );
  const row = reader.getRows()[0];
  return row === undefined ? null : { startedAt: new Date(Number(row[0])), scope: String(row[1]) };
}

// By owner: what the list shows may be the number of a second label. Of clocks that differ the list gets the benefit.
const findListed = `
  create or replace temp table listed_parcels as
  select
    owners.tracking_number,
    max(shipments.updated_at) as updated_at,
    max(shipments.updated_at) > any_value(owners.last_polled_at) - interval 5 minutes as has_moved
  from landed_shipments as shipments
  inner join registry as numbers on shipments.tracking_number = numbers.tracking_number
  inner join registry as owners on coalesce(numbers.alias_of, numbers.tracking_number) = owners.tracking_number
  where shipments.scope = $scope
    and shipments.updated_at is not null
    and owners.state in ('active', 'closed', 'abandoned')
    and owners.last_polled_at is not null
  group by owners.tracking_number`;

/** What the list says to a plan, and how far it is believed. */
export interface Hints {
  /** Null where there is no list that is fresh enough. */
  listedAt: Date | null;
  trust: Trust;
  /** Whether the list stands for polls of what did not move. */
  stands: boolean;
}

/** Fills temp table listed_parcels (tracking_number, updated_at, has_moved) with what was polled and is listed; empty without a fresh list. */
export async function writeHints(
  connection: DuckDBConnection,
  startAt: Date,
  isForecast = false,
): Promise<Hints> {
  const trust = await readTrust(connection, startAt);
  const base = await readListBase(connection);
  const isFresh =
    base !== null &&
    (isForecast || base.startedAt >= subHours(startAt, freshHours)) &&
    base.startedAt <= startAt;
  await connection.run(findListed, { scope: isFresh ? base.scope : '' });
  return { listedAt: isFresh ? base.startedAt : null, trust, stands: isFresh && trust.isTrusted };
}

/**
 * Notes which of the planned polls tell how good the list is: those of parcels under way that by the list have not moved since they were
 * last polled, which check it, and those of parcels that have, which show that it tells of anything. The next complete sync counts them.
 */
export async function noteChecks(connection: DuckDBConnection, startAt: Date): Promise<void> {
  await connection.run(
    `insert into list_checks
     select registry.tracking_number, cast($start_at as timestamp), registry.last_polled_at, listed.updated_at, listed.has_moved
     from temp.plan as planned
     inner join temp.listed_parcels as listed on planned.tracking_number = listed.tracking_number
     inner join registry on planned.tracking_number = registry.tracking_number
     where registry.state = 'active'
       and (listed.has_moved or registry.phase not in ('delivered', 'returned', 'lost', 'cancelled'))
       and planned.tracking_number not in (select tracking_number from list_checks)`,
    { start_at: new DuckDBTimestampValue(BigInt(startAt.getTime()) * 1000n) },
  );
}
