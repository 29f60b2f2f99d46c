import type { DuckDBConnection } from '@duckdb/node-api';
import { inTransaction } from '../store/warehouse.js';

/** A parcel that the registry gets. */
export interface NewParcel {
  trackingNumber: string;
  carrierCode: string | null;
  origin: 'known' | 'posted';
  /** Null, or why it is a dead letter. */
  deadReason: string | null;
}

/** Adds parcels that the registry lacks, and counts the dead letters among them in the run's row. */
export async function addToRegistry(
  connection: DuckDBConnection,
  parcels: readonly NewParcel[],
  { runId, clock }: { runId: string; clock: () => Date },
): Promise<void> {
  if (parcels.length === 0) return;
  await connection.run(
    'create or replace temp table new_parcels (tracking_number varchar, carrier_code varchar, origin varchar, reason varchar)',
  );
  const appender = await connection.createAppender('new_parcels', 'main', 'temp');
  for (const { trackingNumber, carrierCode, origin, deadReason } of parcels) {
    appender.appendVarchar(trackingNumber);
    if (carrierCode === null) appender.appendNull();
    else appender.appendVarchar(carrierCode);
    appender.appendVarchar(origin);
    if (deadReason === null) appender.appendNull();
    else appender.appendVarchar(deadReason);
    appender.endRow();
  }
  appender.closeSync();
  await inTransaction(connection, async () => {
    await connection.run(
      `insert into registry
         (tracking_number, carrier_code, registered_at, origin, state, state_reason, dead_since, phase, not_found_count, failure_count)
       select
         fresh.tracking_number, any_value(fresh.carrier_code), epoch_ms($1::bigint), any_value(fresh.origin),
         case when any_value(fresh.reason) is null then 'active' else 'dead' end, any_value(fresh.reason),
         case when any_value(fresh.reason) is not null then epoch_ms($1::bigint) end, 'new', 0, 0
       from temp.new_parcels as fresh
       left join registry on fresh.tracking_number = registry.tracking_number
       where registry.tracking_number is null
       group by fresh.tracking_number`,
      [clock().getTime()],
    );
    const dead = parcels.filter(({ deadReason }) => deadReason !== null).length;
    await connection.run(
      'update runs set dead_letters = coalesce(dead_letters, 0) + $1::bigint where run_id = $2',
      [dead, runId],
    );
  });
  await connection.run('drop table temp.new_parcels');
}

/** Of these numbers, those that the registry has, each with its carrier. */
export async function findKnown(
  connection: DuckDBConnection,
  numbers: readonly string[],
): Promise<Map<string, string | null>> {
  const reader = await connection.runAndReadAll(
    `select registry.tracking_number, registry.carrier_code
     from registry
     where registry.tracking_number in (select unnest(from_json($1, '["varchar"]')))`,
    [JSON.stringify(numbers)],
  );
  return new Map(
    reader
      .getRows()
      .map(([trackingNumber, carrier]) => [
        String(trackingNumber),
        carrier === null ? null : String(carrier),
      ]),
  );
}
