import type { DuckDBConnection } from '@duckdb/node-api';
import type { Client, RegisterAnswer } from '../sendcloud/client.js';
import { SendcloudError } from '../sendcloud/errors.js';
import { parseTimestamp } from '../sendcloud/timestamps.js';
import { inTransaction } from '../store/warehouse.js';
import { findBeyondRetention } from './dropped.js';
import { isForgotten, readForgotten } from './forgotten.js';
import { readDigestKey } from './landing.js';
import { checkParcelFile, type FileRow, readParcelFile, toRegisterRequest } from './parcel-file.js';

export interface RegisterOptions {
  file: string;
  runId: string;
  clock: () => Date;
  /** Null: add to the registry only (--known). */
  client: Client | null;
  /** Parcels labelled longer ago, and those that were dropped for their age, are left out; null: none were ever dropped. */
  keepDays?: number | null;
  isDryRun?: boolean;
  concurrency?: number;
  signal: AbortSignal;
  onRow?: () => void;
  warn?: (message: string) => void;
}

export interface Registered {
  rows: number;
  /** In the registry already, or twice in the file. */
  known: number;
  added: number;
  /** Refused by the API: added as dead letters, with its reasons. */
  rejected: number;
  /** Got no answer: not added, so that running the file again goes on with them. */
  failed: number;
  forgotten: number;
  /** Left out for their age. */
  tooOld: number;
  /** What ended the run before the file's end, or null. */
  stoppedBy: SendcloudError | null;
}

interface NewParcel {
  trackingNumber: string;
  carrierCode: string;
  origin: 'known' | 'posted';
  /** Null, or why it is a dead letter. */
  deadReason: string | null;
}

const chunkSize = 2000;
const toMs = (micros: bigint | null) => (micros === null ? null : Number(micros / 1000n));

async function addToRegistry(
  connection: DuckDBConnection,
  parcels: readonly NewParcel[],
  { runId, clock }: Pick<RegisterOptions, 'runId' | 'clock'>,
): Promise<void> {
  if (parcels.length === 0) return;
  await connection.run(
    'create or replace temp table new_parcels (tracking_number varchar, carrier_code varchar, origin varchar, reason varchar)',
  );
  const appender = await connection.createAppender('new_parcels', 'main', 'temp');
  for (const { trackingNumber, carrierCode, origin, deadReason } of parcels) {
    appender.appendVarchar(trackingNumber);
    appender.appendVarchar(carrierCode);
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

/** Of these numbers, those that the registry has. */
async function findKnown(connection: DuckDBConnection, numbers: readonly string[]): Promise<Set<string>> {
  const reader = await connection.runAndReadAll(
    `select registry.tracking_number
     from registry
     where registry.tracking_number in (select unnest(from_json($1, '["varchar"]')))`,
    [JSON.stringify(numbers)],
  );
  return new Set(reader.getRows().map(([trackingNumber]) => String(trackingNumber)));
}

function toParcel(row: FileRow, answer: RegisterAnswer): NewParcel | null {
  const base = { trackingNumber: row.cells.tracking_number ?? '', carrierCode: row.cells.carrier_code ?? '' };
  switch (answer.kind) {
    case 'registered':
      return { ...base, origin: 'posted', deadReason: null };
    case 'known':
      return { ...base, origin: 'known', deadReason: null };
    case 'rejected':
      return {
        ...base,
        origin: 'posted',
        deadReason:
          `http_${answer.status} ${answer.reasons.map(({ loc, type }) => `${loc} ${type}`).join('; ')}`.trim(),
      };
    case 'failed':
      return null;
  }
}

/**
 * Registers the parcels of a file: every row is checked first, then those that the registry lacks are POSTed (unless --known) and
 * added, chunk by chunk. The file is the only copy of what is sent: after any fault, running it again goes on.
 * @throws ParcelmetricsError (exit code 2) for a file with mistakes; nothing is registered then.
 */
export async function registerFile(
  connection: DuckDBConnection,
  options: RegisterOptions,
): Promise<Registered> {
  const { file, client, signal, concurrency = 4 } = options;
  const checked = await checkParcelFile(readParcelFile(file), client !== null);
  if (checked.unknownColumns.length > 0) {
    options.warn?.(
      `${file}: columns left out, because they are not known: ${checked.unknownColumns.join(', ')}`,
    );
  }
  const result: Registered = {
    rows: checked.rows,
    known: 0,
    added: 0,
    rejected: 0,
    failed: 0,
    forgotten: 0,
    tooOld: 0,
    stoppedBy: null,
  };
  const key = await readDigestKey(connection);
  const forgotten = await readForgotten(connection);

  const post = async (rows: FileRow[], api: Client): Promise<NewParcel[]> => {
    const parcels: NewParcel[] = [];
    const queue = [...rows].reverse();
    const work = async () => {
      for (let row = queue.pop(); row !== undefined; row = queue.pop()) {
        if (signal.aborted || result.stoppedBy !== null) return;
        try {
          const parcel = toParcel(row, await api.registerParcel(toRegisterRequest(row), signal));
          if (parcel === null) result.failed += 1;
          else parcels.push(parcel);
          options.onRow?.();
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof SendcloudError)) throw error;
          result.stoppedBy = error;
          return;
        }
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return parcels;
  };

  const flush = async (rows: FileRow[]) => {
    const known = await findKnown(
      connection,
      rows.map(({ cells }) => cells.tracking_number ?? ''),
    );
    const fresh = new Map<string, FileRow>();
    const beyond = await findBeyondRetention(
      connection,
      key,
      rows.map(({ cells }) => ({
        trackingNumber: cells.tracking_number ?? '',
        labelMs: toMs(parseTimestamp(cells.announced_at)),
      })),
      { days: options.keepDays ?? null, now: options.clock() },
    );
    for (const row of rows) {
      const number = row.cells.tracking_number ?? '';
      if (isForgotten(forgotten, key, number)) result.forgotten += 1;
      else if (known.has(number) || fresh.has(number)) result.known += 1;
      else if (beyond.has(number)) result.tooOld += 1;
      else fresh.set(number, row);
    }
    const rowsToAdd = [...fresh.values()];
    if (options.isDryRun) {
      result.added += rowsToAdd.length;
      return;
    }
    const parcels =
      client === null
        ? rowsToAdd.map(
            ({ cells }): NewParcel => ({
              trackingNumber: cells.tracking_number ?? '',
              carrierCode: cells.carrier_code ?? '',
              origin: 'known',
              deadReason: null,
            }),
          )
        : await post(rowsToAdd, client);
    await addToRegistry(connection, parcels, options);
    for (const { deadReason } of parcels) {
      if (deadReason === null) result.added += 1;
      else result.rejected += 1;
    }
    signal.throwIfAborted();
  };

  let rows: FileRow[] = [];
  // A chunk of posts takes its time: smaller ones lose less when the power goes.
  const size = client === null ? chunkSize * 10 : chunkSize / 10;
  for await (const row of readParcelFile(file)) {
    rows.push(row);
    if (rows.length < size) continue;
    await flush(rows);
    rows = [];
    if (result.stoppedBy !== null) return result;
  }
  await flush(rows);
  return result;
}
