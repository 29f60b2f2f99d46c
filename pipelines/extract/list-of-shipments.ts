import { UTCDate } from '@date-fns/utc';
import type { DuckDBConnection } from '@duckdb/node-api';
import { subDays } from 'date-fns/subDays';
import { subMinutes } from 'date-fns/subMinutes';
import type { Client } from '../sendcloud/client.js';
import { SendcloudError } from '../sendcloud/errors.js';
import { readForgotten } from './forgotten.js';
import { readListBase } from './hints.js';
import { type LandedPage, landPage, type Pass, type PassPurpose } from './landed-page.js';
import { readDigestKey } from './landing.js';

export interface SyncOptions {
  runId: string;
  client: Client;
  clock: () => Date;
  signal: AbortSignal;
  /** All that was announced since, whatever is known already. */
  since: Date | null;
  integrationId: number | null;
  brandId: number | null;
  /** Parcels labelled longer ago are not registered; null: all are. */
  keepDays: number | null;
  /** Told before the first request of a first sync, with the instant from which on it lists. */
  onFirst?: (after: Date) => void;
  onPage?: (synced: Readonly<Synced>) => void;
}

export interface Synced {
  /** Whether the account was listed for the first time. */
  isFirst: boolean;
  pages: number;
  /** Parcels shown, some of them more than once. */
  listed: number;
  /** Registered by this sync. */
  added: number;
  /** Have no number yet: looked for again. */
  unnumbered: number;
  forgotten: number;
  /** Not registered for their age. */
  tooOld: number;
  /** Fields of another type than the reference has, by their path. */
  unreadableFields: string[];
  /** Why it is not complete: these keys may not list, the API said something else, or the run was ended; null when it is complete. */
  stoppedBy: 'no_right' | 'signal' | SendcloudError | null;
}

const firstDays = 90;
/** What happens while pages are read, and clocks that differ. */
const overlapMinutes = 15;
/** Who waits for a number for longer is hardly labelled any more. */
const waitingDays = 14;
/** A lost cursor costs a pass its pages; more often than that it is no accident. */
const mostRestarts = 2;

/** Names what is asked for: knowledge of one scope says nothing of another. */
export function describeScope({
  integrationId,
  brandId,
}: {
  integrationId: number | null;
  brandId: number | null;
}): string {
  return `integration ${integrationId ?? 'all'}, brand ${brandId ?? 'all'}`;
}

async function readOpenPass(connection: DuckDBConnection): Promise<Pass | null> {
  const reader = await connection.runAndReadAll(
    `select purpose, epoch_ms(started_at)::double, scope, after_by, epoch_ms(after_at)::double, cursor
     from list_passes where ended_at is null order by started_at desc limit 1`,
  );
  const row = reader.getRows()[0];
  if (row === undefined) return null;
  return {
    purpose: String(row[0]) as PassPurpose,
    startedAt: new Date(Number(row[1])),
    scope: String(row[2]),
    after: {
      by: row[3] === 'announced_after' ? 'announced_after' : 'updated_after',
      at: new Date(Number(row[4])),
    },
    cursor: row[5] === null ? null : String(row[5]),
  };
}

/** Where to begin looking for the labels of those that wait for a number; null where nobody waits. */
async function findWaiting(connection: DuckDBConnection, base: Date, now: Date): Promise<Date | null> {
  await connection.run('delete from unnumbered_parcels where created_at < epoch_ms($1::bigint)', [
    subDays(new UTCDate(now), waitingDays).getTime(),
  ]);
  const reader = await connection.runAndReadAll(
    'select count(*)::double, epoch_ms(min(announced_at))::double from unnumbered_parcels',
  );
  const [count, announcedMs] = reader.getRows()[0] ?? [];
  if (!count) return null;
  return typeof announcedMs === 'number' && announcedMs < base.getTime() ? new Date(announcedMs) : base;
}

async function openPass(connection: DuckDBConnection, pass: Pass): Promise<Pass> {
  await connection.run('delete from list_passes where ended_at is null');
  await connection.run(
    `insert into list_passes
       (purpose, started_at, scope, after_by, after_at, page_count, parcel_count, new_count)
     values ($1, epoch_ms($2::bigint), $3, $4, epoch_ms($5::bigint), 0, 0, 0)`,
    [pass.purpose, pass.startedAt.getTime(), pass.scope, pass.after.by, pass.after.at.getTime()],
  );
  return pass;
}

/**
 * Reads the account's own shipments: all of the last 90 days the first time, then what was updated since the last complete sync. A page
 * and what it taught are one transaction, so that a killed sync goes on from its page. Rows that come twice or move between pages do no
 * harm: each is written as it was shown last.
 */
export async function syncShipments(connection: DuckDBConnection, options: SyncOptions): Promise<Synced> {
  const { client, clock, signal, since } = options;
  const scope = describeScope(options);
  const key = await readDigestKey(connection);
  const forgotten = await readForgotten(connection);
  const synced: Synced = {
    isFirst: false,
    pages: 0,
    listed: 0,
    added: 0,
    unnumbered: 0,
    forgotten: 0,
    tooOld: 0,
    unreadableFields: [],
    stoppedBy: null,
  };
  let counted = { requests: 0, retries: 0 };

  const land = async (page: Omit<LandedPage, 'requests' | 'retries'>) => {
    const { requests, retries } = client.counters;
    const spent = { requests: requests - counted.requests, retries: retries - counted.retries };
    counted = { requests, retries };
    const landed = await landPage(connection, { ...page, ...spent }, { ...options, key, forgotten });
    synced.pages += 1;
    synced.listed += page.parcels.length;
    synced.added += landed.added;
    synced.unnumbered += landed.unnumbered;
    synced.forgotten += landed.forgotten;
    synced.tooOld += landed.tooOld;
    options.onPage?.(synced);
  };

  /** Reads a pass to its end; false where it could not. */
  const read = async (pass: Pass): Promise<boolean> => {
    let { cursor } = pass;
    let restarts = 0;
    const asked = new Set<string>();
    while (!signal.aborted) {
      const answer = await client.listShipments(
        { after: pass.after, integrationId: options.integrationId, cursor },
        signal,
      );
      if (answer.kind === 'page') {
        const { parcels, unreadableFields } = answer.page;
        synced.unreadableFields = [...new Set([...synced.unreadableFields, ...unreadableFields])].sort();
        await land({ pass, parcels, next: answer.next });
        if (answer.next === null) return true;
        if (asked.has(answer.next)) throw changed('the pages go round in a circle');
        asked.add(answer.next);
        cursor = answer.next;
      } else if (answer.kind === 'lost_cursor' && restarts < mostRestarts) {
        restarts += 1;
        cursor = null;
        asked.clear();
      } else if (answer.kind === 'no_right') {
        synced.stoppedBy = 'no_right';
        return false;
      } else if (answer.kind === 'failed') {
        throw new SendcloudError('unreachable', `the list of shipments: no answer (${answer.reason})`);
      } else throw changed(describeAnswer(answer));
    }
    synced.stoppedBy = 'signal';
    return false;
  };

  const startPass = (purpose: PassPurpose, after: Pass['after']) =>
    openPass(connection, { purpose, startedAt: clock(), scope, after, cursor: null });

  try {
    const base = await readListBase(connection, scope);
    const left = await readOpenPass(connection);
    if (left !== null && left.scope === scope && since === null && !(await read(left))) return synced;
    if (since !== null && base !== null) {
      const pass = await startPass('since', { by: 'announced_after', at: since });
      if (!(await read(pass))) return synced;
    }
    const known = await readListBase(connection, scope);
    if (known === null) {
      const at = since ?? subDays(new UTCDate(clock()), firstDays);
      synced.isFirst = true;
      options.onFirst?.(at);
      if (!(await read(await startPass('first', { by: 'announced_after', at })))) return synced;
    } else {
      const at = subMinutes(known.startedAt, overlapMinutes);
      if (!(await read(await startPass('moved', { by: 'updated_after', at })))) return synced;
      const waiting = await findWaiting(connection, at, clock());
      if (waiting !== null) await read(await startPass('labels', { by: 'announced_after', at: waiting }));
    }
  } catch (error) {
    if (signal.aborted) synced.stoppedBy = 'signal';
    else if (error instanceof SendcloudError) synced.stoppedBy = error;
    else throw error;
  }
  return synced;
}

const changed = (what: string) => new SendcloudError('answers_changed', `the list of shipments: ${what}`);

/** What the API said instead of a page, without a word of its own. */
function describeAnswer(
  answer: Exclude<Awaited<ReturnType<Client['listShipments']>>, { kind: 'page' | 'no_right' | 'failed' }>,
): string {
  switch (answer.kind) {
    case 'lost_cursor':
      return 'it loses its place again and again';
    case 'refused':
      return `${answer.refusal.path}: expected ${answer.refusal.expected}, found ${answer.refusal.found}`;
    case 'rejected':
      return `HTTP ${answer.status}`;
  }
}
