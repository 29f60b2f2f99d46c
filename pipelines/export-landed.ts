import { createWriteStream, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { DuckDBConnection } from '@duckdb/node-api';
import { syncToDisk } from './versions.js';

/** SQL of an instant as ISO 8601 with microseconds, as the landing has it. */
export const isoText = (instant: string) => `strftime(${instant}, '%Y-%m-%dT%H:%M:%S.%fZ')`;

/** SQL of one event of a response. */
export const eventStruct = `struct_pack(
  event_at := ${isoText('event_at')}, event_type := event_type, status_code := status_code,
  sub_status_code := sub_status_code, status_type := status_type)`;

/** SQL of a line that `import` takes; its columns are those of landed_responses, `numbers` and `events`. */
export const envelopeJson = `to_json(struct_pack(
  observed_at := ${isoText('observed_at')},
  response := struct_pack(
    announced_at := ${isoText('announced_at')}, created_at := ${isoText('created_at')}, source_id := source_id,
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
      polls.*, events.event_at, events.event_type, events.status_code, events.sub_status_code, events.status_type,
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
    last_polled_at := ${isoText('last_polled_at')}, not_found_count := not_found_count, failure_count := failure_count
  ))::varchar as line
  from registry
  order by tracking_number`;
const forgottenSql = `
  select to_json(struct_pack(kind := 'digest_key', digest_key := value))::varchar as line from meta where key = 'digest_key'
  union all
  select to_json(struct_pack(kind := 'forgotten', digest := digest, forgotten_at := ${isoText('forgotten_at')}))::varchar
  from forgotten_numbers`;

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
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
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
  }
  await writeLines(registryPath, readRegistry(), signal);
  await connection.run('drop table temp.export_numbers');
  return { lines, numbers: await count('select count(*) from registry'), registryPath };
}
