import type { DuckDBConnection } from '@duckdb/node-api';
import { beforeEach, describe, expect, it } from 'vitest';
import { readTrust, settleChecks, wilsonUpper } from '../../../pipelines/extract/trust.js';
import { dayMs, hourMs, openLanding } from './harness.js';

const night = Date.parse('2026-03-20T04:00:00Z');
const stamp = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

let connection: DuckDBConnection;
beforeEach(async () => {
  connection = await openLanding();
});

const count = (daysBefore: number, checked: number, missed: number, isTrusted: boolean, brought = 200) =>
  connection.run(
    'insert into list_trust values (cast($1 as timestamp), $2::integer, $3::integer, $4::integer, $5)',
    [stamp(night - daysBefore * dayMs), checked, missed, Math.max(brought, missed), isTrusted],
  );

describe('the trust in the list', () => {
  const judged = () => readTrust(connection, new Date(night));

  it("rests on the upper end of Wilson's interval", () => {
    // By hand: z = 1.96; 0 of n is z2 / (n + z2), 1 of 100 is 0.0545.
    expect(wilsonUpper(0, 380)).toBeCloseTo(3.8415 / 383.8415, 4);
    expect(wilsonUpper(1, 100)).toBeCloseTo(0.0545, 4);
    expect(wilsonUpper(0, 0)).toBe(1);
  });

  it.each([
    { counts: [[380, 0]], before: false, isTrusted: false },
    { counts: [[385, 0]], before: false, isTrusted: true },
    { counts: [[500, 1]], before: false, isTrusted: false },
    { counts: [[500, 1]], before: true, isTrusted: true },
    {
      counts: [
        [50, 3],
        [500, 0],
      ],
      before: true,
      isTrusted: true,
    },
    {
      counts: [
        [50, 20],
        [500, 0],
      ],
      before: true,
      isTrusted: false,
    },
    // A night of many checks does not outweigh the newest ones.
    {
      counts: [
        [50, 20],
        [100_000, 0],
      ],
      before: true,
      isTrusted: false,
    },
  ])(
    'of $counts (newest first), trusted before: $before, is $isTrusted',
    async ({ counts, before, isTrusted }) => {
      for (const [index, [checked = 0, missed = 0]] of counts.entries())
        await count(index + 1, checked, missed, before);
      expect(await judged()).toMatchObject({ isTrusted });
    },
  );

  it('is not gained where there was nothing to show: a quiet day misses nothing', async () => {
    await count(1, 1000, 0, false, 0);
    expect(await judged()).toMatchObject({ isTrusted: false });
    await connection.run('update list_trust set brought = 34');
    expect(await judged()).toMatchObject({ isTrusted: false });
    await connection.run('update list_trust set brought = 35');
    expect(await judged()).toMatchObject({ isTrusted: true });
    // One missed of nine that had news is too many, however many had none.
    await connection.run('update list_trust set missed = 4, brought = 36, checked = 100000');
    expect(await judged()).toMatchObject({ isTrusted: false });
    // Once gained, a quiet day does not cost it.
    await connection.run('update list_trust set missed = 0, brought = 0, is_trusted = true');
    expect(await judged()).toMatchObject({ isTrusted: true });
  });

  it('forgets checks of more than a month ago', async () => {
    await count(31, 1000, 0, true);
    expect(await judged()).toEqual({ isTrusted: false, checked: 0, missed: 0, upperRate: 1 });
  });

  it('is gained and lost by a sync, and stands between the two limits as it was', async () => {
    const settle = async (checked: number, missed: number, day: number) => {
      const at = night + day * dayMs;
      await connection.run('delete from registry; delete from landed_shipments; delete from landed_events');
      await connection.run(
        `insert into registry (tracking_number, registered_at, origin, state, phase, last_success_at, not_found_count, failure_count)
         select 'P' || range, now()::timestamp, 'known', 'active', 'under_way', cast($2 as timestamp), 0, 0 from range($1::bigint)`,
        [checked, stamp(at - hourMs)],
      );
      await connection.run(
        `insert into landed_shipments (tracking_number, listed_at, scope, updated_at)
         select tracking_number, now()::timestamp, 'all', timestamp '2026-01-01' from registry`,
      );
      await connection.run(
        `insert into landed_events (tracking_number, first_seen_at, is_date_only) select 'P' || range, cast($2 as timestamp), false from range($1::bigint)`,
        [missed, stamp(at - hourMs)],
      );
      await connection.run(
        `insert into list_checks select tracking_number, cast($1 as timestamp), cast($1 as timestamp), timestamp '2026-01-01', false from registry`,
        [stamp(at - 2 * hourMs)],
      );
      // a hundred that the list showed, and whose polls brought what it showed
      await connection.run(
        `insert into registry (tracking_number, registered_at, origin, state, phase, last_success_at, not_found_count, failure_count)
         select 'S' || range, now()::timestamp, 'known', 'active', 'under_way', cast($1 as timestamp), 0, 0 from range(100)`,
        [stamp(at - hourMs)],
      );
      await connection.run(
        `insert into landed_shipments (tracking_number, listed_at, scope, updated_at)
         select 'S' || range, now()::timestamp, 'all', timestamp '2026-01-02' from range(100)`,
      );
      await connection.run(
        `insert into landed_events (tracking_number, first_seen_at, is_date_only) select 'S' || range, cast($1 as timestamp), false from range(100)`,
        [stamp(at - hourMs)],
      );
      await connection.run(
        `insert into list_checks select 'S' || range, cast($1 as timestamp), cast($1 as timestamp), timestamp '2026-01-02', true from range(100)`,
        [stamp(at - 2 * hourMs)],
      );
      await settleChecks(connection, new Date(at));
      return (await readTrust(connection, new Date(at))).isTrusted;
    };
    expect(await settle(200, 0, 1)).toBe(false);
    expect(await settle(200, 0, 2)).toBe(true);
    expect(await settle(50, 2, 3)).toBe(true);
    expect(await settle(50, 10, 4)).toBe(false);
    expect(await settle(300, 0, 5)).toBe(false);
    expect(await settle(1000, 1, 6)).toBe(true);
  });
});
