import { listTables, type openSnapshot } from '../queries/db.js';
import { type EvidenceRow, parcelColumns } from './parts/parcel-files.js';

type Database = Awaited<ReturnType<typeof openSnapshot>>;

/** Whether rows of parcels say their account: those of an older snapshot do not. */
async function knowsAccounts(db: Database): Promise<boolean> {
  const { sql } = await import('kysely');
  const { rows } = await sql<{ name: string }>`
    select column_name as name from duckdb_columns()
    where database_name = current_database() and table_name = 'parcels' and column_name = 'account'`.execute(
    db,
  );
  return rows.length > 0;
}

/**
 * The parcels that a carrier can be asked about, by carrier, lane, promised day and number: those that count against it in a rate of
 * the current period, by the same answers that the rates are counted from, and those that are silent now. None in a snapshot that is
 * too old to have the answers.
 */
export async function readEvidence(db: Database): Promise<EvidenceRow[]> {
  const existing = await listTables(db);
  if (!['rate_answers', 'parcels', 'stalled_parcels'].every((table) => existing.has(table as 'parcels')))
    return [];
  const hasAccounts = await knowsAccounts(db);
  const key: readonly ('tracking_number' | 'account')[] = hasAccounts
    ? ['tracking_number', 'account']
    : ['tracking_number'];
  const counted = db
    .selectFrom('rate_answers')
    .where('period', '=', 'current')
    .where((eb) =>
      eb.or([
        eb('on_time_rate', '=', false),
        eb('exception_rate', '=', true),
        eb('lost_30d_rate', '=', true),
      ]),
    )
    .groupBy(key)
    .select((eb) => [
      ...key,
      // one row a cohort, of which one asks about the promise
      eb.fn.agg<boolean | null>('bool_and', ['on_time_rate']).as('on_time'),
      eb.fn.agg<boolean | null>('bool_or', ['exception_rate']).as('exception'),
      eb.fn.agg<boolean | null>('bool_or', ['lost_30d_rate']).as('lost'),
    ]);
  const rows = await db
    .selectFrom('parcels')
    .leftJoin(counted.as('counted'), (join) =>
      key.reduce((on, column) => on.onRef(`counted.${column}`, '=', `parcels.${column}`), join),
    )
    .leftJoin('stalled_parcels', (join) =>
      key.reduce((on, column) => on.onRef(`stalled_parcels.${column}`, '=', `parcels.${column}`), join),
    )
    .where((eb) =>
      eb.or([
        eb('counted.tracking_number', 'is not', null),
        eb('stalled_parcels.tracking_number', 'is not', null),
      ]),
    )
    .select(parcelColumns.map((column) => `parcels.${column}` as const))
    .$if(hasAccounts, (query) => query.select('parcels.account'))
    .select([
      'counted.on_time',
      'counted.exception',
      'counted.lost',
      'stalled_parcels.tracking_number as stalled_number',
    ])
    .orderBy('parcels.carrier_code')
    .orderBy('parcels.from_country')
    .orderBy('parcels.to_country')
    .orderBy('parcels.edd_original')
    .orderBy('parcels.tracking_number')
    .$if(hasAccounts, (query) => query.orderBy('parcels.account'))
    .execute();
  return rows.map(({ on_time, exception, lost, stalled_number, ...parcel }) => ({
    ...parcel,
    account: parcel.account ?? '',
    carrier_code: parcel.carrier_code ?? '',
    is_late: on_time === false,
    has_exception: exception === true,
    is_stalled: stalled_number !== null,
    is_lost: lost === true,
  }));
}
