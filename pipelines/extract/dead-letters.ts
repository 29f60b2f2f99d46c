import type { DuckDBConnection } from '@duckdb/node-api';

/** A parcel that is no longer asked for. Instants are ISO 8601. */
export interface DeadLetter {
  trackingNumber: string;
  carrierCode: string | null;
  reason: string;
  /** Null where an older version made it one. */
  since: string | null;
}

export async function countDeadLetters(connection: DuckDBConnection): Promise<number> {
  const reader = await connection.runAndReadAll(`select count(*) from registry where state = 'dead'`);
  return Number(reader.getRows()[0]?.[0] ?? 0);
}

/** All of them, oldest first. */
export async function readDeadLetters(connection: DuckDBConnection): Promise<DeadLetter[]> {
  const reader = await connection.runAndReadAll(
    `select tracking_number, carrier_code, coalesce(state_reason, 'unknown'), epoch_ms(dead_since)::double
     from registry where state = 'dead' order by dead_since nulls first, tracking_number`,
  );
  return reader.getRows().map(([number, carrier, reason, sinceMs]) => ({
    trackingNumber: String(number),
    carrierCode: carrier === null ? null : String(carrier),
    reason: String(reason),
    since: typeof sinceMs === 'number' ? new Date(sinceMs).toISOString() : null,
  }));
}
