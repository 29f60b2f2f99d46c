import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteText } from '../../queries/quoting.js';
import { usageError } from '../errors.js';
import { isForgotten, readForgotten } from '../extract/forgotten.js';
import { readDigestKey } from '../extract/landing.js';
import { firstLine } from '../store/database.js';
import { makeFolders } from '../store/folders.js';
import { syncToDisk } from '../store/versions.js';

/** SQL of an instant as ISO 8601 with microseconds, as the landing has it. */
export const isoText = (instant: string) => `strftime(${instant}, '%Y-%m-%dT%H:%M:%S.%fZ')`;

/** SQL of a stamp that is read back as what it is: a date (with its offset, in minutes, where it had one), or a time, at midnight UTC too. */
const stampText = (instant: string, isDateOnly: string, offset: string) => `case
    when ${isDateOnly} and ${offset} is not null then strftime(${instant}, '%Y-%m-%dT00:00:00')
      || printf('%s%02d:%02d', case when ${offset} < 0 then '-' else '+' end, abs(${offset}) // 60, abs(${offset}) % 60)
    when not ${isDateOnly} and epoch_us(${instant}) % 86400000000 = 0
      then strftime(${instant} + interval 1 hour, '%Y-%m-%dT%H:%M:%S.%f+01:00')
    else ${isoText(instant)}
  end`;

/** SQL of one event of a response. */
export const eventStruct = `struct_pack(
  event_at := ${stampText('event_at', 'is_date_only', 'offset_minutes')}, event_type := event_type, status_code := status_code,
  sub_status_code := sub_status_code, status_type := status_type)`;

/** SQL of a line that `import` takes; its columns are those of landed_responses, `numbers` and `events`. */
export const envelopeJson = `to_json(struct_pack(
  observed_at := ${isoText('observed_at')},
  response := struct_pack(
    announced_at := ${stampText('announced_at', 'announced_is_date_only', 'cast(null as integer)')}, created_at := ${isoText('created_at')}, source_id := source_id,
    tracking_numbers := numbers,
    from_address := struct_pack(country_code := from_country, postal_code := from_postal_area),
    to_address := struct_pack(country_code := to_country, postal_code := to_postal_area),
    details := struct_pack(
      is_return := is_return, is_mail_box := is_mail_box, is_to_service_point := is_to_service_point,
      expected_delivery_date := strftime(expected_delivery_date, '%Y-%m-%d'), brand_id := brand_id,
      integration_id := integration_id),
    ship_with := struct_pack(type := ship_with_type, properties := struct_pack(
      shipping_option_code := shipping_option_code, contract_id := contract_id)),
    events := coalesce(events, []))))::varchar`;

const numbersPerPage = 5000;

// Responses are stored apart from their events, and an event as a span of polls. A poll's response is put together again from its
// header and the events whose span covers it. Where a parcel has several responses of one instant (an archive of bare bodies), one
// with fewer events shows its earliest ones: nothing of the spans is lost as long as another of them shows all.
const linesSql = `
  with polls as (
    select
      landed.tracking_number, landed.observed_at, landed.body_hash, bodies.event_count,
      max(bodies.event_count) over same_instant as fullest_count,
      count(*) over same_instant as body_count
    from landed_polls as landed
    inner join temp.export_numbers as numbers on landed.tracking_number = numbers.tracking_number
    inner join landed_responses as bodies
      on landed.tracking_number = bodies.tracking_number and landed.body_hash = bodies.body_hash
    where numbers.place > $1::bigint and numbers.place <= $2::bigint
    window same_instant as (partition by landed.tracking_number, landed.observed_at)
  ),
  shown as (
    select
      polls.*, events.event_at, events.is_date_only, events.offset_minutes, events.event_type, events.status_code, events.sub_status_code, events.status_type,
      row_number() over (
        partition by polls.tracking_number, polls.observed_at, polls.body_hash
        order by events.event_at nulls first, events.event_type, events.status_code, events.sub_status_code, events.status_type
      ) as place,
      count(*) over (partition by polls.tracking_number, polls.observed_at, polls.body_hash) as covered_count
    from polls
    inner join landed_events as events
      on polls.tracking_number = events.tracking_number
      and polls.observed_at >= events.first_seen_at
      and polls.observed_at <= coalesce(events.last_seen_at, polls.observed_at)
  ),
  listed as (
    select tracking_number, observed_at, body_hash, list(${eventStruct} order by place) as events
    from shown
    where body_count = 1 or fullest_count <> covered_count or place <= event_count
    group by tracking_number, observed_at, body_hash
  ),
  lines as (
    select
      bodies.* replace (polls.observed_at as observed_at),
      listed.events,
      list_transform(
        from_json(bodies.tracking_numbers, '[["varchar"]]'),
        lambda entry: struct_pack(carrier_code := entry[1], tracking_number := entry[2])
      ) as listed_numbers
    from polls
    inner join landed_responses as bodies
      on polls.tracking_number = bodies.tracking_number and polls.body_hash = bodies.body_hash
    left join listed
      on polls.tracking_number = listed.tracking_number and polls.observed_at = listed.observed_at
      and polls.body_hash = listed.body_hash
  ),
  -- the number that was asked for comes first: it is the parcel's
  numbered as (
    select
      *,
      case when listed_numbers[1].tracking_number = tracking_number then listed_numbers
        else [struct_pack(carrier_code := carrier_code, tracking_number := tracking_number)] || listed_numbers
      end as numbers
    from lines
  )
  select ${envelopeJson} as line
  from numbered
  order by tracking_number, observed_at, body_hash`;

// What the responses do not say: numbers without an answer, dead letters, when each was registered, and what was forgotten.
const registrySql = `
  select to_json(struct_pack(
    kind := 'number', tracking_number := tracking_number, carrier_code := carrier_code,
    registered_at := ${isoText('registered_at')}, origin := origin, state := state, state_reason := state_reason,
    last_polled_at := ${isoText('last_polled_at')}, dead_since := ${isoText('dead_since')}, not_found_count := not_found_count, failure_count := failure_count
  ))::varchar as line
  from registry
  order by tracking_number`;
const forgottenSql = `
  select to_json(struct_pack(kind := 'digest_key', digest_key := value))::varchar as line from meta where key = 'digest_key'
  union all
  select to_json(struct_pack(kind := 'forgotten', digest := digest, forgotten_at := ${isoText('forgotten_at')}))::varchar
  from forgotten_numbers
  union all
  select to_json(struct_pack(kind := 'dropped', short_digest := digest, forgotten_at := ${isoText('dropped_at')}))::varchar
  from dropped_numbers`;
// What no timeline says and the list shows for some months only. The rest a first sync brings again.
const listedSql = `
  select to_json(struct_pack(
    kind := 'listed', tracking_number := tracking_number, listed_at := ${isoText('listed_at')}, scope := scope,
    handover_at := ${isoText('handover_at')}, is_return := is_return))::varchar
  from landed_shipments
  where handover_at is not null or is_return
  order by tracking_number`;

async function* readPage(
  connection: DuckDBConnection,
  sql: string,
  values: number[] = [],
): AsyncGenerator<string> {
  const result = await connection.stream(sql, values);
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
}

/** Writes text parts to a file that appears when it is whole; packed if its name ends in `.gz`. */
export async function writeLines(
  path: string,
  parts: AsyncIterable<string>,
  signal?: AbortSignal,
): Promise<void> {
  makeFolders(dirname(path));
  const draft = `${path}.${process.pid}.tmp`;
  const packing = path.endsWith('.gz') ? createGzip() : new PassThrough();
  try {
    await pipeline(parts, packing, createWriteStream(draft, { mode: 0o600 }), { signal });
    syncToDisk(draft);
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** `archive.ndjson.gz` has its registry in `archive.registry.ndjson.gz`. */
export function registryPathOf(path: string): string {
  const match = /^(.*?)(\.(?:ndjson|jsonl)(?:\.gz)?|\.gz)?$/s.exec(path);
  return `${match?.[1] ?? path}.registry${match?.[2] ?? ''}`;
}

/**
 * Writes every landed response as a line that `import` takes, and beside it the registry, for `restore`. Parcels by tracking
 * number, each one's polls by time.
 */
export async function exportLanded(
  connection: DuckDBConnection,
  path: string,
  { signal, onLines }: { signal?: AbortSignal; onLines?: (count: number) => void } = {},
): Promise<{ lines: number; numbers: number; registryPath: string }> {
  await connection.run(`
    create or replace temp table export_numbers as
    select tracking_number, row_number() over (order by tracking_number) as place
    from (select distinct tracking_number from landed_polls)`);
  const count = async (sql: string) => Number((await connection.runAndReadAll(sql)).getRows()[0]?.[0] ?? 0);
  const pages = Math.ceil((await count('select count(*) from temp.export_numbers')) / numbersPerPage);
  let lines = 0;
  async function* readAll() {
    for (let page = 0; page < pages; page += 1) {
      const range = [page * numbersPerPage, (page + 1) * numbersPerPage];
      for await (const part of readPage(connection, linesSql, range)) {
        const added = part.split('\n').length - 1;
        lines += added;
        onLines?.(added);
        yield part;
      }
    }
  }
  await writeLines(path, readAll(), signal);
  const registryPath = registryPathOf(path);
  async function* readRegistry() {
    yield* readPage(connection, registrySql);
    yield* readPage(connection, forgottenSql);
    yield* readPage(connection, listedSql);
  }
  await writeLines(registryPath, readRegistry(), signal);
  await connection.run('drop table temp.export_numbers');
  return { lines, numbers: await count('select count(*) from registry'), registryPath };
}

// A snapshot says when each event was first and last shown, and when the promise was: one line for each of these instants, and its
// import gives the same spans and promises again.
const snapshotLinesSql = (labelIsDateOnly: string) => `
  with snapshot_events as (
    select *, cast(null as integer) as offset_minutes from own_events
  ),
  instants as (
    select tracking_number, first_seen_at as observed_at from own_events
    union select tracking_number, last_seen_at from own_events
    union select tracking_number, edd_original_seen_at from own_parcels where edd_original_seen_at is not null
    union select tracking_number, observed_at from own_parcels
  ),
  shown as (
    select instants.tracking_number, instants.observed_at, list(${eventStruct} order by events.event_order) as events
    from instants
    inner join snapshot_events as events
      on instants.tracking_number = events.tracking_number
      and instants.observed_at between events.first_seen_at and events.last_seen_at
    group by instants.tracking_number, instants.observed_at
  ),
  lines as (
    select
      instants.observed_at,
      parcels.tracking_number,
      -- a label that was none stays none: what stands in its place comes from the events
      case when list_contains(string_split(parcels.quality_flags, ','), 'implausible_label') then timestamp '1970-01-01'
        else parcels.label_at end as announced_at,
      ${labelIsDateOnly} as announced_is_date_only,
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
    inner join own_parcels as parcels on instants.tracking_number = parcels.tracking_number
    left join shown
      on instants.tracking_number = shown.tracking_number and instants.observed_at = shown.observed_at
  )
  select ${envelopeJson} as line
  from lines
  order by tracking_number, observed_at`;

/** Shows the parcels of this account alone: a snapshot may hold several. @throws ParcelmetricsError (exit code 2) where it has none of this one. */
async function showOwn(connection: DuckDBConnection, account: string): Promise<void> {
  const has = async (sql: string) => (await connection.runAndReadAll(sql)).currentRowCount > 0;
  const tables = `select 1 from duckdb_tables() where database_name = 'snapshot' and table_name = 'accounts'`;
  const isOfSeveral = (await has(tables)) && (await has('select 1 from snapshot.accounts limit 1 offset 1'));
  if (isOfSeveral && !(await has(`select 1 from snapshot.accounts where account = ${quoteText(account)}`))) {
    throw usageError(`the snapshot has parcels of several accounts, and none of ${account}`, {
      hint: 'Nothing was changed. Set "account" to the one whose warehouse this is.',
    });
  }
  const own = isOfSeveral ? ` where account = ${quoteText(account)}` : '';
  for (const table of ['parcels', 'events'])
    await connection.run(`create or replace temp view own_${table} as select * from snapshot.${table}${own}`);
}

/** The parcels of a snapshot, of this account where it has several, as lines that `import` takes, in parts of many lines. */
export async function* readSnapshotLines(
  connection: DuckDBConnection,
  snapshotFile: string,
  account: string,
): AsyncGenerator<string> {
  await connection.run(`attach ${quoteText(snapshotFile)} as snapshot (read_only)`);
  await showOwn(connection, account);
  // Snapshots of the first version took every stamp at midnight UTC for a date.
  const columns = await connection.runAndReadAll(
    `select 1 from duckdb_columns() where database_name = 'snapshot' and table_name = 'parcels' and column_name = 'is_label_date_only'`,
  );
  const labelIsDateOnly =
    columns.currentRowCount > 0
      ? 'coalesce(parcels.is_label_date_only, false)'
      : 'coalesce(epoch_us(parcels.label_at) % 86400000000 = 0, false)';
  const result = await connection.stream(snapshotLinesSql(labelIsDateOnly));
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
  await connection.run('drop view temp.own_parcels; drop view temp.own_events; detach snapshot');
}

const registryColumns = `{
  kind: 'varchar', tracking_number: 'varchar', carrier_code: 'varchar', registered_at: 'timestamp', origin: 'varchar',
  state: 'varchar', state_reason: 'varchar', last_polled_at: 'timestamp', dead_since: 'timestamp', not_found_count: 'integer',
  failure_count: 'integer', digest_key: 'varchar', digest: 'varchar', forgotten_at: 'timestamp', short_digest: 'ubigint',
  listed_at: 'timestamp', scope: 'varchar', handover_at: 'timestamp', is_return: 'boolean'}`;

/** What a registry file says goes in before the responses: who was registered when decides which number owns a parcel. */
export async function stageRegistry(connection: DuckDBConnection, file: string): Promise<void> {
  try {
    await connection.run(`
      create or replace temp table restored_numbers as
      select * from read_json(${quoteText(file)}, format = 'newline_delimited', columns = ${registryColumns})`);
  } catch (error) {
    // The engine's message quotes the line that it could not read.
    const line = /in line (\d+)/.exec(firstLine(error))?.[1];
    throw usageError(`${file}${line === undefined ? '' : `:${line}`} is not the registry of an export`, {
      hint: 'Nothing was changed. Take the registry file from beside the same export, or move this one away to restore without it.',
    });
  }
  await connection.run(`
    insert into meta select 'digest_key', digest_key from restored_numbers where kind = 'digest_key';
    insert into forgotten_numbers select digest, forgotten_at from restored_numbers where kind = 'forgotten';
    insert into dropped_numbers select short_digest, forgotten_at from restored_numbers where kind = 'dropped';
    insert into landed_shipments by name
    select tracking_number, listed_at, scope, handover_at, is_return from restored_numbers where kind = 'listed';
    insert into registry
      (tracking_number, carrier_code, registered_at, origin, state, phase, not_found_count, failure_count)
    select tracking_number, carrier_code, registered_at, origin, 'active', 'new', 0, 0
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
      dead_since = case when restored.state = 'dead' then coalesce(restored.dead_since, restored.last_polled_at) end,
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
