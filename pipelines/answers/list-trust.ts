import type { DuckDBConnection } from '@duckdb/node-api';
import { type Hints, readListBase } from '../extract/hints.js';
import { droppedAbove, trustedBelow } from '../extract/trust.js';
import { sayInstant } from '../night/lines.js';

/** What holds of the list of shipments. Instants are ISO 8601. */
export interface ListTrust {
  /** When the last complete sync began; null before the first. */
  syncedAt: string | null;
  /** A sync that was interrupted: the next goes on from there. */
  isUnfinished: boolean;
  /** Since when these keys may not list; null where they may, or were never asked. */
  refusedAt: string | null;
  /** Parcels that the list shows. */
  listed: number;
  isTrusted: boolean;
  /** Polls of parcels that by the list had not moved, and those of them that brought an event all the same. */
  checked: number;
  missed: number;
  upperRate: number;
}

export async function readListTrust(connection: DuckDBConnection, { trust }: Hints): Promise<ListTrust> {
  const base = await readListBase(connection);
  const reader = await connection.runAndReadAll(`
    select
      (select count(*) from landed_shipments)::double,
      exists (select 1 from list_passes where ended_at is null),
      (select max(value) from meta where key = 'list_refused')`);
  const [listed, isUnfinished, refusedAt] = reader.getRows()[0] ?? [];
  return {
    syncedAt: base?.startedAt.toISOString() ?? null,
    isUnfinished: isUnfinished === true,
    refusedAt: typeof refusedAt === 'string' ? refusedAt : null,
    listed: Number(listed),
    ...trust,
  };
}

const sayRate = (rate: number) => `${(100 * rate).toFixed(rate < 0.1 ? 1 : 0)} %`;

/** What holds of the list, and why, in one line. */
export function describeListTrust(list: ListTrust): string {
  if (list.refusedAt !== null)
    return 'list of shipments: these keys may not read it (403); every parcel is asked for by the clock';
  if (list.syncedAt === null) {
    const why = list.isUnfinished ? 'its first sync is not complete' : 'never read';
    return `list of shipments: ${why}; every parcel is asked for by the clock`;
  }
  const { syncedAt, isUnfinished, listed, checked, missed, upperRate, isTrusted } = list;
  const evidence =
    checked === 0
      ? 'no poll has checked it yet'
      : `of ${checked} polls of parcels that had not moved ${missed} brought an event, so at most ${sayRate(upperRate)} do`;
  const verdict = isTrusted
    ? `TRUSTED: ${evidence}; what did not move is asked weekly (until that passes ${sayRate(droppedAbove)})`
    : `not trusted: ${evidence} (under ${sayRate(trustedBelow)} is wanted); what did not move is asked by the clock`;
  const unfinished = isUnfinished ? ' (a later one is not complete)' : '';
  return `list of shipments: ${listed} parcels, as of ${sayInstant(syncedAt)}${unfinished}; ${verdict}`;
}
