import type { DuckDBConnection } from '@duckdb/node-api';
import { beforeEach, describe, expect, it } from 'vitest';
import { noteChecks } from '../../../pipelines/extract/hints.js';
import { closeParcels, makePlan, readPlanPage } from '../../../pipelines/extract/plan.js';
import { settleChecks } from '../../../pipelines/extract/trust.js';
import { dayMs, hourMs, openLanding, readRows, readValue } from './harness.js';

const night = Date.parse('2026-03-20T04:00:00Z');
const scope = 'integration all, brand all';
const stamp = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

let connection: DuckDBConnection;
beforeEach(async () => {
  connection = await openLanding();
});

interface Parcel {
  phase?: string;
  state?: string;
  since?: number;
  polled?: number | null;
  /** Of its row in the list; undefined: it is not listed. */
  updated?: number;
  aliasOf?: string;
}

async function add(
  number: string,
  { phase = 'under_way', state = 'active', ...more }: Parcel,
): Promise<void> {
  const { since = night - 3 * dayMs, polled = night - dayMs, updated, aliasOf = null } = more;
  const polledAt = polled === null ? null : stamp(polled);
  await connection.run(
    `insert into registry
       (tracking_number, carrier_code, registered_at, origin, state, phase, phase_since, last_polled_at, last_success_at, last_event_at,
        alias_of, not_found_count, failure_count)
     values ($1, 'postnl', cast($2 as timestamp), 'known', $3, $4, cast($2 as timestamp), cast($5 as timestamp), cast($5 as timestamp),
       cast($2 as timestamp), $6, 0, 0)`,
    [number, stamp(since), state, phase, polledAt, aliasOf],
  );
  if (updated === undefined) return;
  await connection.run(
    'insert into landed_shipments (tracking_number, listed_at, scope, updated_at) values ($1, now()::timestamp, $2, cast($3 as timestamp))',
    [number, scope, stamp(updated)],
  );
}

/** A sync that was complete, so many hours before the night. */
const complete = (hoursBefore = 0, of = scope) =>
  connection.run(
    `insert into list_passes values ('moved', cast($1 as timestamp), $2, 'updated_after', cast($1 as timestamp), null, 1, 1, 0,
       cast($1 as timestamp))`,
    [stamp(night - hoursBefore * hourMs), of],
  );

const trust = () =>
  connection.run('insert into list_trust values (cast($1 as timestamp), 1000, 0, 200, true)', [
    stamp(night - dayMs),
  ]);

async function plan(atMs = night): Promise<string[]> {
  const options = { startAt: new Date(atMs), seedsFolder: null };
  await closeParcels(connection, options);
  const { due } = await makePlan(connection, options);
  return readPlanPage(connection, 0, due);
}

describe('a plan that the list gives hints to', () => {
  it('asks at once, after those never polled, for what moved after its last poll: closed ones and second labels too', async () => {
    await add('OVERDUE', { polled: night - 5 * dayMs });
    await add('NEW', { polled: null, phase: 'new', updated: night - hourMs });
    await add('MOVED', { phase: 'label', since: night - 20 * dayMs, updated: night - hourMs });
    await add('CLOSED', {
      phase: 'delivered',
      state: 'closed',
      polled: night - 9 * dayMs,
      updated: night - dayMs,
    });
    await add('GONE', {
      phase: 'label',
      state: 'abandoned',
      polled: night - 9 * dayMs,
      updated: night - dayMs,
    });
    await add('DEAD', { state: 'dead', updated: night - hourMs });
    await add('OWNER', { phase: 'label', since: night - 20 * dayMs, polled: night - 2 * dayMs });
    await add('SECOND', { state: 'alias', aliasOf: 'OWNER', updated: night - hourMs });
    await add('STILL', { phase: 'label', since: night - 20 * dayMs, updated: night - 2 * dayMs });
    await complete();
    const numbers = await plan();
    expect(numbers[0]).toBe('NEW');
    expect(numbers.slice(1, 5).sort()).toEqual(['CLOSED', 'GONE', 'MOVED', 'OWNER']);
    expect(numbers.slice(5)).toEqual(['OVERDUE']);
  });

  it('is the plan by the clock until the list is trusted, where it is old, and where it was of something else', async () => {
    await add('STILL', { updated: night - 2 * dayMs });
    await add('DELIVERED', {
      phase: 'delivered',
      since: night - 3 * dayMs,
      polled: night - 2.5 * dayMs,
      updated: night - 3 * dayMs,
    });
    await add('EXTERNAL', {});
    const byTheClock = ['DELIVERED', 'EXTERNAL', 'STILL'];
    await complete();
    expect((await plan()).sort()).toEqual(byTheClock);
    await trust();
    await connection.run('delete from list_passes');
    await complete(13);
    expect((await plan()).sort()).toEqual(byTheClock);
    await complete(0, 'integration 7, brand all');
    expect((await plan()).sort()).toEqual(byTheClock);
  });

  it('asks weekly for what did not move while the list is trusted, but for a sample of 50; not for what is not listed', async () => {
    await complete();
    await trust();
    await add('EXTERNAL', {});
    await add('WEEK', { polled: night - 7 * dayMs, updated: night - 8 * dayMs });
    for (let index = 0; index < 80; index += 1) await add(`STILL${index}`, { updated: night - 2 * dayMs });
    const numbers = await plan();
    expect(numbers).toEqual(expect.arrayContaining(['EXTERNAL', 'WEEK']));
    expect(numbers.length).toBeGreaterThanOrEqual(51);
    expect(numbers.length).toBeLessThanOrEqual(52);
    // Another night draws another sample.
    await connection.run('delete from list_passes');
    await complete(-24);
    expect(await plan(night + dayMs)).not.toEqual(numbers);
  });

  it('lets the trusted list stand for the polls after the end, and closes by it', async () => {
    await complete();
    await trust();
    await add('CONFIRM', {
      phase: 'delivered',
      since: night - 3 * dayMs,
      polled: night - 2.5 * dayMs,
      updated: night - 3 * dayMs,
    });
    await add('OLD', {
      phase: 'delivered',
      since: night - 15 * dayMs,
      polled: night - 14.9 * dayMs,
      updated: night - 15 * dayMs,
    });
    await add('UNLISTED', { phase: 'delivered', since: night - 15 * dayMs, polled: night - 14.9 * dayMs });
    expect(await plan()).toEqual(['UNLISTED']);
    expect(await readRows(connection, 'select tracking_number, state from registry order by 1')).toEqual([
      { tracking_number: 'CONFIRM', state: 'active' },
      { tracking_number: 'OLD', state: 'closed' },
      { tracking_number: 'UNLISTED', state: 'active' },
    ]);
  });
});

describe('the checks of the list', () => {
  it('counts a poll as missed when it brought an event that the next complete sync still does not show', async () => {
    const event = (number: string, seen: number) =>
      connection.run(
        `insert into landed_events (tracking_number, event_at, status_code, first_seen_at, is_date_only) values ($1, null, 'sorted', cast($2 as timestamp), false)`,
        [number, stamp(seen)],
      );
    for (const number of ['MISS', 'SHOWN', 'QUIET', 'UNPOLLED', 'MOVED', 'ENDED']) {
      const phase = number === 'ENDED' ? 'delivered' : 'under_way';
      const updated = number === 'MOVED' ? night - hourMs : night - 2 * dayMs;
      await add(number, { updated, phase, polled: night - 1.5 * dayMs, since: night - 3.5 * dayMs });
      await event(number, night - 2 * dayMs);
    }
    await complete();
    await plan();
    await noteChecks(connection, new Date(night));
    expect(
      await readValue(
        connection,
        `select string_agg(tracking_number, ' ' order by tracking_number) from list_checks`,
      ),
    ).toBe('MISS MOVED QUIET SHOWN UNPOLLED');
    // What the night brought, and what the list shows a day later.
    await connection.run(
      `update registry set last_polled_at = cast($1 as timestamp), last_success_at = cast($1 as timestamp) where tracking_number <> 'UNPOLLED'`,
      [stamp(night)],
    );
    for (const number of ['MISS', 'SHOWN', 'MOVED', 'ENDED']) await event(number, night);
    await connection.run(
      `update landed_shipments set updated_at = cast($1 as timestamp) where tracking_number = 'SHOWN'`,
      [stamp(night + hourMs)],
    );
    await settleChecks(connection, new Date(night + dayMs));
    expect(await readRows(connection, 'select checked, missed, brought, is_trusted from list_trust')).toEqual(
      [{ checked: '3', missed: '1', brought: '3', is_trusted: 'false' }],
    );
    expect(await readValue(connection, 'select count(*) from list_checks')).toBe('0');
  });
});
