import type { DuckDBConnection } from '@duckdb/node-api';
import { differenceInDays } from 'date-fns/differenceInDays';
import { subDays } from 'date-fns/subDays';

/** How fresh the source of the data is. Instants are ISO 8601. */
export interface Freshness {
  /** Null before the first. */
  newestLabelAt: string | null;
  newestPollAt: string | null;
  /** How long either may be silent. */
  warnAfterMs: number;
  /** One sentence a silence that is too long, with what is likely wrong. */
  warnings: string[];
}

const dayMs = 86_400_000;
const leastMs = 3 * dayMs;
const lookBackDays = 90;

// A label of the far future says nothing of today.
const newest = `
  select
    (select count(*) from registry where origin <> 'import')::double,
    (select epoch_ms(min(registered_at))::double from registry where origin <> 'import'),
    (
      select epoch_ms(max(announced_at))::double
      from landed_responses
      where announced_at <= epoch_ms($1::bigint) + interval 1 day
    ),
    (select epoch_ms(max(observed_at))::double from landed_polls where observed_at <= epoch_ms($1::bigint))`;

const longestGap = `
  select max(label_date - earlier_date)::double
  from (
    select label_date, lag(label_date) over (order by label_date) as earlier_date
    from (
      select distinct announced_at::date as label_date
      from landed_responses
      where announced_at >= epoch_ms($1::bigint) and announced_at <= epoch_ms($2::bigint)
    ) as dates
  ) as gaps`;

async function readNumbers(
  connection: DuckDBConnection,
  sql: string,
  values: number[],
): Promise<(number | null)[]> {
  const reader = await connection.runAndReadAll(sql, values);
  return (reader.getRows()[0] ?? []).map((value) => (typeof value === 'number' ? value : null));
}

const sayDay = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const sayDays = (ms: number, now: Date) => {
  const days = differenceInDays(now, new Date(ms));
  return `${days} ${days === 1 ? 'day' : 'days'}`;
};

/**
 * Whether labels and successful polls still come, against `warnAfterMs` or how long the gaps between labels were so far. Null where the
 * warehouse only imports: its source is whoever imports.
 */
export async function readFreshness(
  connection: DuckDBConnection,
  now: Date,
  warnAfterMs: number | null,
): Promise<Freshness | null> {
  const [registered, since, label, poll] = await readNumbers(connection, newest, [now.getTime()]);
  if (!registered || since == null) return null;
  const from = subDays(now, lookBackDays).getTime();
  const [gapDays] = await readNumbers(connection, longestGap, [from, now.getTime()]);
  const limit = warnAfterMs ?? Math.max(leastMs, 3 * (gapDays ?? 0) * dayMs);
  const isLate = (at: number | null | undefined) => now.getTime() - (at ?? since) > limit;
  const warnings: string[] = [];
  if (isLate(label)) {
    warnings.push(
      label == null
        ? `no label was ever seen, ${sayDays(since, now)} after the first registration: are the parcels registered under this account?`
        : `no new label since ${sayDay(label)} (${sayDays(label, now)}): does the export, the inbox or the registration of new parcels still run?`,
    );
  }
  if (isLate(poll)) {
    warnings.push(
      poll == null
        ? `no poll ever succeeded, ${sayDays(since, now)} after the first registration: \`parcelmetrics doctor\` looks at keys and network`
        : `no successful poll since ${sayDay(poll)} (${sayDays(poll, now)}): \`parcelmetrics doctor\` looks at keys and network`,
    );
  }
  const iso = (ms: number | null | undefined) => (ms == null ? null : new Date(ms).toISOString());
  return { newestLabelAt: iso(label), newestPollAt: iso(poll), warnAfterMs: limit, warnings };
}
