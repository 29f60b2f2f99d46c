import { UTCDate } from '@date-fns/utc';
import type { DuckDBConnection } from '@duckdb/node-api';
import { subDays } from 'date-fns/subDays';

/** How far the list of shipments is trusted to show what moved. */
export interface Trust {
  isTrusted: boolean;
  /** Of the newest checks, at most `mostChecks`. */
  checked: number;
  missed: number;
  /** Upper limit of the share of misses; 1 without any check. */
  upperRate: number;
}

/** Trusted from below the first on, until above the second. */
export const trustedBelow = 0.01;
export const droppedAbove = 0.02;
/**
 * On a quiet day even a list that shows nothing misses nothing. So trust is gained only where there was something to show: of the parcels
 * whose polls brought an event, fewer than this share may have been missed, by the same upper limit (so there are at least 35).
 */
const gainedBelow = 0.1;
/** So many of the newest checks count: a list that stops showing events is found out in a night or two. */
const mostChecks = 1000;
const mostDays = 30;
const z = 1.959963984540054;

/** The upper end of Wilson's 95 % interval of a share (Wilson 1927). */
export function wilsonUpper(count: number, total: number): number {
  if (total === 0) return 1;
  const rate = count / total;
  const spread = z * Math.sqrt((rate * (1 - rate)) / total + (z * z) / (4 * total * total));
  return Math.min(1, (rate + (z * z) / (2 * total) + spread) / (1 + (z * z) / total));
}

interface Count {
  checked: number;
  missed: number;
  brought: number;
}

/** Newest first; of the oldest that counts, the part that is needed. */
function judge(counts: readonly Count[], wasTrusted: boolean): Trust {
  let checked = 0;
  let missed = 0;
  let brought = 0;
  for (const count of counts) {
    const share = count.checked === 0 ? 0 : Math.min(1, (mostChecks - checked) / count.checked);
    checked += count.checked * share;
    missed += count.missed * share;
    brought += count.brought * share;
  }
  const upperRate = wilsonUpper(missed, checked);
  const isTrusted = wasTrusted
    ? upperRate <= droppedAbove
    : upperRate < trustedBelow && wilsonUpper(missed, brought) < gainedBelow;
  return { isTrusted, checked: Math.round(checked), missed: Math.round(missed), upperRate };
}

/** What the last complete syncs found. `wasTrusted`: as the newest of them left it, where not said. */
export async function readTrust(
  connection: DuckDBConnection,
  now: Date,
  wasTrusted?: boolean,
): Promise<Trust> {
  const reader = await connection.runAndReadAll(
    `select checked, missed, brought, is_trusted from list_trust
     where counted_at > epoch_ms($1::bigint) order by counted_at desc`,
    [subDays(new UTCDate(now), mostDays).getTime()],
  );
  const rows = reader.getRows();
  return judge(
    rows.map(([checked, missed, brought]) => ({
      checked: Number(checked),
      missed: Number(missed),
      brought: Number(brought),
    })),
    wasTrusted ?? rows[0]?.[3] === true,
  );
}

// Polled it was where the cursor moved; an event was brought where one was first seen after the poll before. The list has had a whole
// sync to show it since.
const countChecks = `
  select
    count(*) filter (where not checks.is_shown),
    count(*) filter (
      where not checks.is_shown and brought.seen_at > checks.polled_before_at and listed.updated_at <= checks.updated_at
    ),
    count(*) filter (where brought.seen_at > checks.polled_before_at)
  from list_checks as checks
  inner join registry on checks.tracking_number = registry.tracking_number
  inner join (
    select coalesce(numbers.alias_of, numbers.tracking_number) as tracking_number, max(shipments.updated_at) as updated_at
    from landed_shipments as shipments
    inner join registry as numbers on shipments.tracking_number = numbers.tracking_number
    group by coalesce(numbers.alias_of, numbers.tracking_number)
  ) as listed on checks.tracking_number = listed.tracking_number
  left join (
    select tracking_number, max(first_seen_at) as seen_at
    from landed_events
    where tracking_number in (select tracking_number from list_checks)
    group by tracking_number
  ) as brought on checks.tracking_number = brought.tracking_number
  where registry.last_success_at > checks.polled_before_at
    and checks.planned_at < epoch_ms($1::bigint)`;

/**
 * Counts the checks of the runs before against a sync that is complete, and judges the list. A miss is an event that a poll brought and
 * that this sync still does not show as moved. Within the caller's transaction.
 * @param startedAt when that sync began.
 */
export async function settleChecks(connection: DuckDBConnection, startedAt: Date): Promise<void> {
  const counted = await connection.runAndReadAll(countChecks, [startedAt.getTime()]);
  const [checked = 0, missed = 0, brought = 0] = (counted.getRows()[0] ?? []).map(Number);
  await connection.run('delete from list_checks where planned_at < epoch_ms($1::bigint)', [
    startedAt.getTime(),
  ]);
  if (checked === 0) return;
  await connection.run(
    'insert into list_trust values (epoch_ms($1::bigint), $2::integer, $3::integer, $4::integer, false)',
    [startedAt.getTime(), checked, missed, brought],
  );
  const before = await connection.runAndReadAll(
    'select is_trusted from list_trust where counted_at < epoch_ms($1::bigint) order by counted_at desc limit 1',
    [startedAt.getTime()],
  );
  const { isTrusted } = await readTrust(connection, startedAt, before.getRows()[0]?.[0] === true);
  await connection.run('update list_trust set is_trusted = $2 where counted_at = epoch_ms($1::bigint)', [
    startedAt.getTime(),
    isTrusted,
  ]);
  await connection.run('delete from list_trust where counted_at < epoch_ms($1::bigint)', [
    subDays(new UTCDate(startedAt), 2 * mostDays).getTime(),
  ]);
}
