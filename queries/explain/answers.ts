import { readFileSync } from 'node:fs';
import type { ReadRows } from '../db.js';
import { quoteText } from '../quoting.js';
import type { Cohort, CohortAnswers } from './figures.js';

const readSql = (path: string) => readFileSync(new URL(`../${path}.sql`, import.meta.url), 'utf8');

// The models themselves, over the parcel asked for: what it is to a rate is written in rate_answers.sql and nowhere else. The tables that they read
// stand as CTEs under the models' names; a single cell stands for all. $2: as if every horizon were over and had been watched.
const answersSql = (columns: string, account: string | null) => `
  with parcels_by_period as (
    select 'current' as period, ${columns} from parcels
    where coalesce(tracking_number = cast($1 as varchar), true)${account === null ? '' : ` and account = ${quoteText(account)}`}
  ),
  starts as (
    select tracking_number, 'label' as cohort, label_at as start_at, label_date as start_date from parcels_by_period where label_at is not null
    union all
    select tracking_number, 'scan', first_scan_at, first_scan_date from parcels_by_period where first_scan_at is not null
    union all
    select tracking_number, 'due', cast(edd_original as timestamp), edd_original from parcels_by_period where is_due
  ),
  mix_cells as (
    select 0 as cell_id, 'current' as period, date '1970-01-01' as week_start_date, 0 as label_weekday, -1 as label_hour,
      '' as carrier_code, '' as from_country, '' as to_country, '' as delivery_type, '' as service_level, '' as shipping_option_code, -1 as brand_id, '' as account
  ),
  cohort_members as (
    select mix_cells.*, 'current' as seen_from, run_parameters.as_of as clock_at, starts.*
    from starts cross join mix_cells cross join run_parameters
  ),
  as_they_are as (${readSql('marts/cohort_outcomes')}),
  cohort_outcomes as (
    select * replace (
      is_watched_7d or $2 as is_watched_7d,
      is_attempt_watched_7d or $2 as is_attempt_watched_7d,
      is_watched_14d or $2 as is_watched_14d,
      is_watched_30d or $2 as is_watched_30d,
      is_attempt_watched_30d or $2 as is_attempt_watched_30d
    )
    from as_they_are
  ),
  rate_answers as (${readSql('marts/rate_answers')})
  select * exclude (period, account, carrier_code, start_date, cell_id) from rate_answers`;

type Row = { tracking_number: string; cohort: Cohort } & Record<string, boolean | null>;

/**
 * What each rate says of a published parcel, or of all of one account (null), on the clock of the run, whatever period its starts lie in.
 * `account` tells apart parcels of one number; null where there is one.
 * @returns for each parcel its answers by cohort; none of one that started in none.
 */
export async function readAnswers(
  read: ReadRows,
  trackingNumber: string | null,
  account: string | null = null,
): Promise<Map<string, CohortAnswers[]>> {
  await read(readSql('prelude'));
  const named = await read(`select 1 as one from (describe parcels) where column_name = 'account'`);
  // an older snapshot names none
  const columns = named.length > 0 ? 'parcels.*' : `parcels.*, '' as account`;
  const ask = (isLater: boolean) => read<Row>(answersSql(columns, account), [trackingNumber, isLater]);
  const keyOf = (row: Row) => `${row.cohort} ${row.tracking_number}`;
  const rows = await ask(false);
  const later = new Map((await ask(true)).map((row) => [keyOf(row), row]));
  const found = new Map<string, CohortAnswers[]>();
  for (const row of rows) {
    const own = found.get(row.tracking_number) ?? [];
    own.push({ cohort: row.cohort, now: row, later: later.get(keyOf(row)) ?? row });
    found.set(row.tracking_number, own);
  }
  return found;
}
