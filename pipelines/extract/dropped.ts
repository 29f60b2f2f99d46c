import { createHmac } from 'node:crypto';
import { UTCDate } from '@date-fns/utc';
import type { DuckDBConnection } from '@duckdb/node-api';
import { subDays } from 'date-fns/subDays';
import { DuckDBTimestampValue } from '../store/driver.js';

/** How long parcels are kept; days null: for ever. */
export interface Retention {
  days: number | null;
  now: Date;
}

export interface Labelled {
  trackingNumber: string;
  /** Epoch ms of its label; null: not known. */
  labelMs: number | null;
}

const shortDigest = (key: Buffer, trackingNumber: string) =>
  createHmac('sha256', key).update(trackingNumber).digest().readBigUInt64BE(0);

/** Keeps keyed hashes of numbers that are dropped for their age, so that nothing brings them back. Within the caller's transaction. */
export async function noteDropped(
  connection: DuckDBConnection,
  key: Buffer,
  numbers: Iterable<string>,
  droppedAt: Date,
): Promise<void> {
  const at = new DuckDBTimestampValue(BigInt(droppedAt.getTime()) * 1000n);
  const appender = await connection.createAppender('dropped_numbers', 'main');
  for (const number of numbers) {
    appender.appendUBigInt(shortDigest(key, number));
    appender.appendTimestamp(at);
    appender.endRow();
  }
  appender.closeSync();
}

/**
 * Of these parcels, the numbers that are beyond retention: dropped before, or labelled longer ago than parcels are kept. Who has the
 * parcel in the registry asks nothing here.
 */
export async function findBeyondRetention(
  connection: DuckDBConnection,
  key: Buffer,
  parcels: readonly Labelled[],
  { days, now }: Retention,
): Promise<ReadonlySet<string>> {
  const beyond = new Set<string>();
  const oldestMs = days === null ? Number.NEGATIVE_INFINITY : subDays(new UTCDate(now), days).getTime();
  for (const { trackingNumber, labelMs } of parcels) {
    if (labelMs !== null && labelMs < oldestMs) beyond.add(trackingNumber);
  }
  const any = await connection.runAndReadAll('select exists (select 1 from dropped_numbers)');
  if (any.getRows()[0]?.[0] !== true) return beyond;
  const byDigest = new Map(
    parcels.map((parcel) => [String(shortDigest(key, parcel.trackingNumber)), parcel]),
  );
  const found = await connection.runAndReadAll(
    `select digest::varchar, epoch_ms(max(dropped_at))::double
     from dropped_numbers
     where digest in (select unnest(from_json($1, '["ubigint"]')))
     group by digest`,
    [`[${[...byDigest.keys()].join()}]`],
  );
  for (const [digest, droppedMs] of found.getRows()) {
    const parcel = byDigest.get(String(digest));
    if (parcel !== undefined && !(parcel.labelMs !== null && parcel.labelMs > Number(droppedMs)))
      beyond.add(parcel.trackingNumber);
  }
  return beyond;
}
