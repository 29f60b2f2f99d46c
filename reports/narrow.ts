import { type OpenSnapshotOptions, openPart, type Taker } from '../queries/db.js';
import { quoteName, quoteText } from '../queries/quoting.js';
import { readEvidence } from './parcel-evidence.js';
import { type Group, type OtherFigure, type Share, tellOthers } from './parts/others.js';
import type { EvidenceRow } from './parts/parcel-files.js';
import { laneFigures, otherFigures } from './parts/sheet-figures.js';
import { foreseenFrom, readSnapshot, type Snapshot } from './snapshot.js';

// A copy for a carrier is read from a database that holds nothing of any other. So no page can tell what it should not: it is not there.

/** What one carrier may see of a snapshot. */
export interface Narrowed {
  /** Rows of this carrier alone: no total over carriers, no comparison, no case. */
  snapshot: Snapshot;
  /** The other carriers together, as far as they can be told. */
  others: OtherFigure[];
  /** Its parcels to answer for. */
  parcels: EvidenceRow[];
  /** Its parcels that another carrier had a part in: their number may be the other's, so they are in no list. */
  shared: number;
}

/** The same for whoever reads: they tell of no carrier. */
const common = ['run_parameters', 'metrics', 'status_codes', 'thresholds'];

/** Rows that name one carrier, of which its own are taken. What stands in neither list is left behind. */
const owned = [
  'carriers',
  'carrier_performance',
  'lane_performance',
  'shipping_option_performance',
  'weekly_performance',
  'transit_curves',
  'period_changes',
  'weekly_control',
  'alerts',
  'alert_lanes',
  'candidates',
  'targets',
  'notes',
  'exception_codes',
  'exception_episode_summary',
  'pickup_point_dwell',
  'label_waiting',
  'hand_over_cut_offs',
  'delay_breakdown',
  'parcel_days',
  'promise_drift',
  'carrier_reports',
  'rate_answers',
  'parcels',
  'stalled_parcels',
  'overdue_parcels',
];

/** Columns and metrics that are reckoned from the others' parcels: with them the others' figures could be solved for. */
const fromOthers = /(_vs_others|_adj|_expected)(_|$)|^adj_support$/;

/** Beside the carrier: which of its rows. */
const conditions: Readonly<Record<string, string>> = {
  rate_answers: `period = 'current'`,
  // a title says an alert, and a verdict on what was agreed, only where it is sure; the other kinds are set against other carriers
  candidates: `kind in ('alert', 'target')`,
};

interface Column {
  table_name: string;
  column_name: string;
  data_type: string;
}

/** What tells a parcel from all others, as SQL: number and account; in an older snapshot the number. */
const keyIn = (columns: readonly Column[]) =>
  columns.some(({ table_name, column_name }) => table_name === 'parcels' && column_name === 'account')
    ? "concat(account, ' ', tracking_number)"
    : 'tracking_number';

/** Words of the analyst that name another carrier. */
function namesAnother(column: string, code: string): string {
  const bounded = (name: string) =>
    `regexp_matches(lower(${column}), '(^|[^a-z0-9])' || regexp_escape(lower(${name})) || '([^a-z0-9]|$)')`;
  return `exists (
    select 1 from whole.carriers as others
    where others.carrier_code <> ${quoteText(code)}
      and (${bounded('others.carrier_code')} or ${bounded('others.carrier_name')}))`;
}

/** The tables of one carrier, made out of the whole snapshot. */
async function takeTables({ run }: Taker, columns: readonly Column[], code: string): Promise<void> {
  const own = quoteText(code);
  const key = keyIn(columns);
  const inWhole = (table: string) => columns.filter(({ table_name }) => table_name === table);
  const has = (table: string, column: string) =>
    inWhole(table).some(({ column_name }) => column_name === column);
  for (const table of common)
    if (inWhole(table).length > 0) await run(`create table ${table} as select * from whole.${table}`);
  for (const table of owned) {
    const all = inWhole(table);
    if (all.length === 0) continue;
    const picked = all.map(({ column_name: name, data_type: type }) => {
      const column = quoteName(name);
      if (fromOthers.test(name)) return `cast(null as ${type}) as ${column}`;
      if (table === 'targets' && name === 'note')
        return `case when not ${namesAnother('note', code)} then note end as note`;
      return column;
    });
    const kept = [
      `carrier_code = ${own}`,
      ...(conditions[table] ? [conditions[table]] : []),
      ...(has(table, 'metric') && table !== 'targets'
        ? [`not regexp_matches(metric, ${quoteText(fromOthers.source)})`]
        : []),
      ...(table === 'notes' ? [`not ${namesAnother('text', code)}`] : []),
      ...(table !== 'parcels' && has(table, 'tracking_number') && has('parcels', 'multi_carrier')
        ? [`${key} not in (select ${key} from whole.parcels where multi_carrier)`]
        : []),
      ...(table === 'parcels' && has('parcels', 'multi_carrier') ? ['not multi_carrier'] : []),
      // only parcels of which a list tells; the rest would fill the memory
      ...(table === 'parcels' && has('rate_answers', 'period')
        ? [
            `(${key} in (select ${key} from whole.stalled_parcels where carrier_code = ${own})
              or ${key} in (
                select ${key} from whole.rate_answers
                where period = 'current' and carrier_code = ${own}
                  and (not on_time_rate or exception_rate_carrier or lost_30d_rate)))`,
          ]
        : []),
    ];
    await run(`create table ${table} as
      select ${picked.join(', ')} from whole.${table} where ${kept.join(' and ')}`);
  }
}

/** How many parcels of the lists are left out because another carrier had a part in them. */
async function countShared({ read }: Taker, columns: readonly Column[], code: string): Promise<number> {
  const has = (table: string, column: string) =>
    columns.some(({ table_name, column_name }) => table_name === table && column_name === column);
  if (!has('parcels', 'multi_carrier') || !has('rate_answers', 'period')) return 0;
  const key = keyIn(columns);
  const [counted] = await read<{ parcels: number }>(
    `select count(*) as parcels from whole.parcels
     where multi_carrier and carrier_code = $1
       and (${key} in (select ${key} from whole.stalled_parcels)
         or ${key} in (
           select ${key} from whole.rate_answers
           where period = 'current' and (not on_time_rate or exception_rate_carrier or lost_30d_rate)))`,
    [code],
  );
  return counted?.parcels ?? 0;
}

interface SharesRow {
  carrier_code: string;
  place: string;
  n: number | null;
  rate: number | null;
}

/** Names a lane as `placeOf` of sheet-figures.ts does. */
const placeInSql = `concat_ws('|', coalesce(from_country, ''), coalesce(to_country, ''), delivery_type)`;

/** The others' figures: read carrier by carrier here, and told only together. */
async function readOthers(taker: Taker, columns: readonly Column[], code: string): Promise<OtherFigure[]> {
  const has = (table: string, column: string) =>
    columns.some(({ table_name, column_name }) => table_name === table && column_name === column);
  const [threshold] = await taker.read<{ value: number }>(
    `select value from whole.thresholds where name = 'withheld_below'`,
  );
  const told: OtherFigure[] = [];
  for (const metric of otherFigures) {
    if (!has('carrier_performance', `${metric}_n`) || !has('lane_performance', `${metric}_n`)) continue;
    // a carrier that never reports what the rate rests on, or whose promises were read with hindsight, stands behind no figure
    const isSound = `carrier_code not in (
        select reports.carrier_code from whole.carrier_reports as reports
        inner join whole.metrics as metrics on metrics.rests_on = reports.kind
        where metrics.name = '${metric}' and reports.is_reported = false)${
          metric === 'on_time_rate' && has('carrier_performance', 'promise_foreseen_rate')
            ? ` and carrier_code not in (
        select carrier_code from whole.carrier_performance
        where period = 'current' and promise_foreseen_rate < ${foreseenFrom})`
            : ''
        }`;
    const readGroups = async (table: string, place: string): Promise<Map<string, Share[]>> => {
      const rows = await taker.read<SharesRow>(
        `select carrier_code, ${place} as place, ${metric}_n as n, ${metric} as rate
         from whole.${table}
         where period = 'current' and carrier_code <> '*' and carrier_code <> $1 and ${isSound}
         order by carrier_code, place`,
        [code],
      );
      const groups = new Map<string, Share[]>();
      for (const row of rows) {
        const n = row.n ?? 0;
        const group = groups.get(row.place) ?? [];
        group.push({ carrier: row.carrier_code, n, x: Math.round((row.rate ?? 0) * n) });
        groups.set(row.place, group);
      }
      return groups;
    };
    const all: Group = {
      place: '',
      shares: (await readGroups('carrier_performance', `''`)).get('') ?? [],
    };
    const own = await taker.read<{ place: string }>(
      `select ${placeInSql} as place from whole.lane_performance
       where period = 'current' and carrier_code = $1 and ${metric}_n > 0`,
      [code],
    );
    const places = new Set(own.map(({ place }) => place));
    const lanes = laneFigures.includes(metric) ? await readGroups('lane_performance', placeInSql) : new Map();
    const groups = [...lanes]
      .filter(([place]) => places.has(place))
      .map(([place, shares]): Group => ({ place, shares }));
    told.push(...tellOthers(metric, all, groups, threshold?.value ?? 0));
  }
  return told;
}

/** The parcels that count in exception_rate_carrier. */
async function readBlamed(
  db: Awaited<ReturnType<typeof openPart>>,
): Promise<{ tracking_number: string; account?: string }[]> {
  return db.selectFrom('rate_answers').selectAll().where('exception_rate_carrier', '=', true).execute();
}

/**
 * What one carrier may see of a snapshot, and nothing else: the one place where a copy's data come from.
 * @throws SnapshotError when there is no snapshot; RangeError for one without run parameters.
 */
export async function narrowSnapshot(
  path: string,
  carrier: string,
  limits: OpenSnapshotOptions = {},
): Promise<Narrowed> {
  let others: OtherFigure[] = [];
  let shared = 0;
  const db = await openPart(
    path,
    async (taker) => {
      const columns = await taker.read<Column>(
        `select table_name, column_name, data_type from duckdb_columns()
       where database_name = 'whole' order by table_name, column_index`,
      );
      await takeTables(taker, columns, carrier);
      others = await readOthers(taker, columns, carrier);
      shared = await countShared(taker, columns, carrier);
    },
    limits,
  );
  try {
    const parcels = await readEvidence(db);
    const keyOf = ({ account = '', tracking_number }: { account?: string; tracking_number: string }) =>
      `${account} ${tracking_number}`;
    const blamed = new Set(parcels.length === 0 ? [] : (await readBlamed(db)).map(keyOf));
    return {
      snapshot: await readSnapshot(db, { withEvidence: false }),
      others,
      // what the recipient or the shipper caused is not the carrier's to answer for
      parcels: parcels
        .map((row) => ({ ...row, has_exception: blamed.has(keyOf(row)) }))
        .filter((row) => row.is_late || row.has_exception || row.is_stalled || row.is_lost),
      shared,
    };
  } finally {
    await db.destroy();
  }
}
