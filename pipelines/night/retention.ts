import { utc } from '@date-fns/utc';
import type { DuckDBConnection } from '@duckdb/node-api';
import { subDays } from 'date-fns/subDays';
import type { Context } from '../context.js';
import { noteDropped } from '../extract/dropped.js';
import { readDigestKey } from '../extract/landing.js';
import { noteRemoved } from '../store/fall.js';
import { listNamed } from '../store/named.js';
import { inTransaction } from '../store/warehouse.js';
import type { NightRun } from './run.js';

const landedTables = [
  'landed_polls',
  'landed_responses',
  'landed_events',
  'listed_numbers',
  'landed_shipments',
  'list_checks',
  'registry',
];

// A parcel goes with all its numbers, and only when none of them is polled any more. Its age counts from what ended it.
const findExpired = `
  create or replace temp table expired_numbers as
  select tracking_number
  from registry
  where coalesce(alias_of, tracking_number) in (
    select coalesce(alias_of, tracking_number) as owner_number
    from registry
    group by coalesce(alias_of, tracking_number)
    having bool_and(state in ('closed', 'abandoned', 'alias'))
      and max(coalesce(phase_since, last_polled_at, registered_at)) < epoch_ms($1::bigint)
  )`;

/** Fewer days than these cut into weekly_performance, which looks back 53 weeks and then waits 30 days for an outcome. */
export const leastWholeDays = 53 * 7 + 30;

/**
 * Drops parcels that ended more than `days` ago, with everything that was landed of them. They leave every figure with the next build,
 * and only an export or a copy brings them back. The file keeps its size until `vacuum`; what is freed is used again.
 */
export async function dropOldParcels(
  connection: DuckDBConnection,
  { days, now }: { days: number; now: Date },
): Promise<{ numbers: number; rows: number }> {
  const before = subDays(now, days, { in: utc }).getTime();
  await connection.run(findExpired, [before]);
  const key = await readDigestKey(connection);
  const dropped = await connection.runAndReadAll(`
    select tracking_number from temp.expired_numbers
    union select listed_number from listed_numbers
    where tracking_number in (select tracking_number from temp.expired_numbers)`);
  return inTransaction(connection, async () => {
    await noteDropped(
      connection,
      key,
      dropped.getRows().map(([number]) => String(number)),
      now,
    );
    let rows = 0;
    let numbers = 0;
    for (const table of landedTables) {
      const { rowsChanged } = await connection.run(
        `delete from ${table} where tracking_number in (select tracking_number from temp.expired_numbers)`,
      );
      rows += rowsChanged;
      if (table === 'registry') numbers = rowsChanged;
    }
    const refusals = await connection.run(
      'delete from landed_refusals where refused_at < epoch_ms($1::bigint)',
      [before],
    );
    await connection.run('drop table temp.expired_numbers');
    return { numbers, rows: rows + refusals.rowsChanged };
  });
}

/** Removes what is older than the configuration keeps, and says what that cost. */
export async function removeOld({ config, clock, log }: Context, run: NightRun): Promise<string[]> {
  const days = config.keepLandedDays;
  if (days === null) return [];
  run.note('retention', 0, null);
  if (days < Math.max(leastWholeDays, 2 * config.days + 30)) {
    log.warn(
      `keep-landed-days is ${days}: figures that look back further (${leastWholeDays} days for the weekly ones) lose their oldest parcels`,
    );
  }
  const { numbers, rows } = await dropOldParcels(run.connection, { days, now: clock() });
  await noteRemoved(run.connection, numbers);
  if (numbers === 0) return [];
  const named = listNamed(config.published).map(({ name }) => name);
  const kept = named.length === 0 ? '' : `; kept in the named snapshots ${named.join(', ')}`;
  return [
    `${numbers} parcels closed more than ${days} days ago, with ${rows} rows: gone from the next build on${kept}`,
  ];
}
