import type { DuckDBConnection } from '@duckdb/node-api';
import { envelopeJson, eventStruct } from './export-landed.js';
import { isForgotten, readForgotten } from './extract/forgotten.js';
import { readDigestKey } from './extract/landing.js';
import { quoteText } from './marts.js';

// A snapshot says when each event was first and last shown, and when the promise was: one line for each of these instants, and its
// import gives the same spans and promises again.
const snapshotLinesSql = `
  with instants as (
    select tracking_number, first_seen_at as observed_at from snapshot.events
    union select tracking_number, last_seen_at from snapshot.events
    union select tracking_number, edd_original_seen_at from snapshot.parcels where edd_original_seen_at is not null
    union select tracking_number, observed_at from snapshot.parcels
  ),
  shown as (
    select instants.tracking_number, instants.observed_at, list(${eventStruct} order by events.event_order) as events
    from instants
    inner join snapshot.events
      on instants.tracking_number = events.tracking_number
      and instants.observed_at between events.first_seen_at and events.last_seen_at
    group by instants.tracking_number, instants.observed_at
  ),
  lines as (
    select
      instants.observed_at,
      parcels.tracking_number,
      parcels.label_at as announced_at,
      cast(null as timestamp) as created_at,
      cast(null as varchar) as source_id,
      case when parcels.multi_carrier
        then [
          struct_pack(carrier_code := parcels.carrier_code, tracking_number := parcels.tracking_number),
          struct_pack(carrier_code := 'another_carrier', tracking_number := parcels.tracking_number)
        ]
        else [struct_pack(carrier_code := parcels.carrier_code, tracking_number := parcels.tracking_number)]
      end as numbers,
      parcels.from_country, parcels.from_postal_area, parcels.to_country, parcels.to_postal_area, parcels.is_return,
      parcels.delivery_type = 'mailbox' as is_mail_box,
      parcels.delivery_type = 'service_point' as is_to_service_point,
      case
        when instants.observed_at < parcels.edd_original_seen_at then null
        when instants.observed_at > parcels.edd_original_seen_at and instants.observed_at = parcels.observed_at
          then parcels.edd_current
        else parcels.edd_original
      end as expected_delivery_date,
      parcels.brand_id, parcels.integration_id,
      case when parcels.shipping_option_code is not null then 'shipping_option_code' end as ship_with_type,
      parcels.shipping_option_code, parcels.contract_id,
      shown.events
    from instants
    inner join snapshot.parcels on instants.tracking_number = parcels.tracking_number
    left join shown
      on instants.tracking_number = shown.tracking_number and instants.observed_at = shown.observed_at
  )
  select ${envelopeJson} as line
  from lines
  order by tracking_number, observed_at`;

/** The parcels of a snapshot as lines that `import` takes, in parts of many lines. */
export async function* readSnapshotLines(
  connection: DuckDBConnection,
  snapshotFile: string,
): AsyncGenerator<string> {
  await connection.run(`attach ${quoteText(snapshotFile)} as snapshot (read_only)`);
  const result = await connection.stream(snapshotLinesSql);
  for (
    let chunk = await result.fetchChunk();
    chunk && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    yield chunk
      .getRows()
      .map(([line]) => `${String(line)}\n`)
      .join('');
  }
  await connection.run('detach snapshot');
}

const registryColumns = `{
  kind: 'varchar', tracking_number: 'varchar', carrier_code: 'varchar', registered_at: 'timestamp', origin: 'varchar',
  state: 'varchar', state_reason: 'varchar', last_polled_at: 'timestamp', not_found_count: 'integer',
  failure_count: 'integer', digest_key: 'varchar', digest: 'varchar', forgotten_at: 'timestamp'}`;

/** What a registry file says goes in before the responses: who was registered when decides which number owns a parcel. */
export async function stageRegistry(connection: DuckDBConnection, file: string): Promise<void> {
  await connection.run(`
    create or replace temp table restored_numbers as
    select * from read_json(${quoteText(file)}, format = 'newline_delimited', columns = ${registryColumns})`);
  await connection.run(`
    insert into meta select 'digest_key', digest_key from restored_numbers where kind = 'digest_key';
    insert into forgotten_numbers select digest, forgotten_at from restored_numbers where kind = 'forgotten';
    insert into registry
    select tracking_number, carrier_code, registered_at, origin, 'active', null, null, 'new', null, null, null, null, 0, 0
    from restored_numbers
    where kind = 'number'`);
}

/** And after them what no response says: dead letters, closed parcels, when a number was last asked for. */
export async function settleRegistry(connection: DuckDBConnection): Promise<void> {
  await connection.run(`
    update registry set
      state = case
        when registry.state <> 'alias' and restored.state in ('dead', 'closed', 'abandoned') then restored.state
        else registry.state
      end,
      state_reason = restored.state_reason,
      last_polled_at = greatest(registry.last_polled_at, restored.last_polled_at),
      not_found_count = restored.not_found_count,
      failure_count = restored.failure_count
    from temp.restored_numbers as restored
    where restored.kind = 'number' and registry.tracking_number = restored.tracking_number;
    drop table temp.restored_numbers`);
}

/**
 * Numbers that the earlier warehouse has erased stay erased: takes its list over, unless the new one has hashes of another key.
 * @returns whether there was a list to take over; a damaged warehouse has none.
 */
export async function keepForgotten(connection: DuckDBConnection, earlier: string): Promise<boolean> {
  try {
    await connection.run(`attach ${quoteText(earlier)} as earlier (read_only)`);
  } catch {
    return false;
  }
  try {
    await connection.run(`
      insert into meta
      select key, value from earlier.meta
      where key = 'digest_key' and not exists (select 1 from meta as own where own.key = 'digest_key');
      insert into forgotten_numbers
      select digest, forgotten_at from earlier.forgotten_numbers
      where digest not in (select digest from forgotten_numbers)
        and exists (
          select 1 from meta as own
          inner join earlier.meta as theirs on own.key = theirs.key and own.value = theirs.value
          where own.key = 'digest_key')`);
    return true;
  } catch {
    return false;
  } finally {
    await connection.run('detach earlier');
  }
}

/** Registered numbers that were erased once: none but those that a backup brought back. */
export async function findErased(connection: DuckDBConnection): Promise<string[]> {
  const forgotten = await readForgotten(connection);
  if (forgotten.size === 0) return [];
  const key = await readDigestKey(connection);
  const numbers = await connection.runAndReadAll(
    'select tracking_number from registry order by tracking_number',
  );
  return numbers
    .getRows()
    .map(([number]) => String(number))
    .filter((number) => isForgotten(forgotten, key, number));
}
