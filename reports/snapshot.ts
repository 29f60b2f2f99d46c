import { listTables, type openSnapshot } from '../queries/db.js';
import type * as schema from '../queries/schema.js';
import { type CaseEvidence, readCaseEvidence } from './case-rows.js';
import type { Thresholds } from './drawing/chart.js';

export type { CaseEvidence, CaseParcel, CaseService, CaseWeek } from './case-rows.js';

export type CarrierRow = schema.Carriers;
export type CarrierPerformanceRow = schema.CarrierPerformance;
export type CaseRow = schema.Cases;
export type LaneRow = schema.LanePerformance;
export type PeriodChangeRow = schema.PeriodChanges;
export type ExceptionCodeRow = schema.ExceptionCodes;
export type EpisodeSummaryRow = schema.ExceptionEpisodeSummary;
export type ControlRow = schema.WeeklyControl;
export type AlertRow = schema.Alerts;
export type AlertLaneRow = schema.AlertLanes;
export type ComparisonRow = schema.Comparisons;
export type TargetRow = schema.Targets;
export type CutOffRow = schema.HandOverCutOffs;
export type NoteRow = schema.Notes;
export type StalledRow = schema.StalledParcels;
export type OverdueRow = schema.OverdueParcels;
/** What stalled and overdue parcels have in common. */
export type OpenParcelRow = Omit<StalledRow, 'silent_working_days'>;

/** Every published row that the report shows. */
export interface Snapshot {
  parameters: schema.RunParameters;
  /** Whose parcels these are; none in a snapshot that is older than accounts, or made for a carrier. */
  accounts: schema.Accounts[];
  carriers: CarrierRow[];
  /** Both periods. */
  carrierPerformance: CarrierPerformanceRow[];
  /** The current period. */
  lanes: LaneRow[];
  shippingOptions: schema.ShippingOptionPerformance[];
  transitCurves: schema.TransitCurves[];
  changes: PeriodChangeRow[];
  exceptionCodes: ExceptionCodeRow[];
  episodes: EpisodeSummaryRow[];
  pickupDwell: schema.PickupPointDwell[];
  labelWaiting: schema.LabelWaiting[];
  /** From which hour labels wait for the next collection. */
  cutOffs: schema.HandOverCutOffs[];
  delays: schema.DelayBreakdown[];
  /** The curves whose areas the delays are. */
  parcelDays: schema.ParcelDays[];
  drift: schema.PromiseDrift[];
  stalled: StalledRow[];
  overdue: OverdueRow[];
  control: ControlRow[];
  alerts: AlertRow[];
  /** Where the alerts come from. */
  alertLanes: AlertLaneRow[];
  /** The current period: differences like with like, those of carriers, lanes and pairs. */
  comparisons: ComparisonRow[];
  /** What was agreed, and what came of it. */
  targets: TargetRow[];
  /** Weeks in which most promises were read too late for on time to be judged. */
  unjudgedWeeks: Pick<schema.WeeklyPerformance, 'carrier_code' | 'week_start_date'>[];
  /** What happened on a day. */
  notes: NoteRow[];
  /** At most three, the first first. */
  cases: CaseRow[];
  /** What stands behind each of them. */
  caseEvidence: CaseEvidence[];
  /** What was looked at. */
  candidates: schema.Candidates[];
  /** What each carrier reports at all. */
  carrierReports: schema.CarrierReports[];
  quality: schema.DataQuality[];
  /** What each figure is, in the order of the methodology page. */
  metrics: schema.Metrics[];
  statusCodes: schema.StatusCodes[];
  thresholds: schema.Thresholds[];
}

/** Whether there is more than one account to tell apart: pages say nothing of one alone. */
export const isOfSeveral = ({ accounts }: Pick<Snapshot, 'accounts'>) => accounts.length > 1;

/** What tells a parcel from all others: its number, and its account where the snapshot that it is compared with knows accounts. */
export function keyOfParcel(
  row: { tracking_number: string; account: string },
  comparedWith: Pick<Snapshot, 'accounts'> | null,
): string {
  return comparedWith?.accounts.length === 0 ? row.tracking_number : `${row.account} ${row.tracking_number}`;
}

type Database = Awaited<ReturnType<typeof openSnapshot>>;
type Column<Table extends keyof schema.Snapshot> = keyof schema.Snapshot[Table] & string;
/** A column to sort by, the smallest first unless it says otherwise. */
type Order<Table extends keyof schema.Snapshot> = Column<Table> | `${Column<Table>} desc`;

/** On time is judged from so large a share of promises that were read in time; foreseen_from() of the models. */
export const foreseenFrom = 0.9;

function readUnjudged(db: Database): Promise<Snapshot['unjudgedWeeks']> {
  return db
    .selectFrom('weekly_performance')
    .select(['carrier_code', 'week_start_date'])
    .where('promise_foreseen_rate', '<', foreseenFrom)
    .orderBy('carrier_code')
    .orderBy('week_start_date')
    .execute();
}

/**
 * Reads what the report shows, in a stated order, so that the same snapshot gives the same bytes. A table that an older snapshot
 * lacks counts as empty; `run_parameters` must be there. Of a snapshot that only the last night is compared with, nothing behind the cases is read.
 */
export async function readSnapshot(db: Database, { withEvidence = true } = {}): Promise<Snapshot> {
  const existing = await listTables(db);
  const read = async <Table extends keyof schema.Snapshot>(
    table: Table,
    order: readonly Order<Table>[],
    { onlyCurrent = false } = {},
  ): Promise<schema.Snapshot[Table][]> => {
    if (!existing.has(table)) return [];
    // any table is read as this one is; what is handed in and out is typed by its own
    let query = db.selectFrom(table as 'lane_performance').selectAll();
    if (onlyCurrent) query = query.where('period', '=', 'current');
    for (const each of order) {
      const [column = '', direction] = each.split(' ');
      query = query.orderBy(column as 'period', direction === 'desc' ? 'desc' : 'asc');
    }
    return (await query.execute()) as unknown as schema.Snapshot[Table][];
  };
  const [parameters] = await db.selectFrom('run_parameters').selectAll().execute();
  if (!parameters) throw new RangeError('the snapshot has no row in run_parameters');
  const snapshot: Omit<Snapshot, 'caseEvidence'> = {
    parameters,
    accounts: await read('accounts', ['account']),
    carriers: await read('carriers', ['colour_rank', 'carrier_code']),
    carrierPerformance: await read('carrier_performance', ['period', 'carrier_code']),
    lanes: await read('lane_performance', ['from_country', 'to_country', 'delivery_type', 'carrier_code'], {
      onlyCurrent: true,
    }),
    shippingOptions: await read('shipping_option_performance', ['carrier_code', 'shipping_option_code'], {
      onlyCurrent: true,
    }),
    transitCurves: await read('transit_curves', ['carrier_code', 'hours']),
    changes: await read('period_changes', ['carrier_code', 'metric']),
    exceptionCodes: await read('exception_codes', [
      'carrier_code',
      'parcels desc',
      'exception_group',
      'status_code',
      'sub_status_code',
    ]),
    episodes: await read('exception_episode_summary', ['carrier_code', 'exception_group']),
    pickupDwell: await read('pickup_point_dwell', ['carrier_code']),
    labelWaiting: await read('label_waiting', ['carrier_code', 'label_weekday', 'label_hour']),
    cutOffs: await read('hand_over_cut_offs', ['carrier_code', 'period']),
    delays: await read('delay_breakdown', ['carrier_code']),
    parcelDays: await read('parcel_days', ['carrier_code', 'hours']),
    drift: await read('promise_drift', ['carrier_code', 'kind', 'days']),
    stalled: await read('stalled_parcels', ['silent_working_days desc', 'tracking_number']),
    overdue: await read('overdue_parcels', ['days_overdue desc', 'tracking_number']),
    control: await read('weekly_control', ['carrier_code', 'metric', 'week_start_date']),
    alerts: await read('alerts', ['last_week desc', 'carrier_code', 'metric', 'side']),
    alertLanes: await read('alert_lanes', [
      'carrier_code',
      'metric',
      'side',
      'first_week',
      'from_country',
      'to_country',
      'delivery_type',
    ]),
    comparisons: await read(
      'comparisons',
      [
        'scope',
        'metric',
        'carrier_code',
        'other_carrier_code',
        'from_country',
        'to_country',
        'delivery_type',
      ],
      { onlyCurrent: true },
    ),
    // in the order of the analyst's file, which is the order they are written in
    targets: await read('targets', []),
    unjudgedWeeks: existing.has('weekly_performance') ? await readUnjudged(db) : [],
    notes: await read('notes', ['date', 'carrier_code', 'text']),
    cases: await read('cases', ['case_number']),
    candidates: await read('candidates', ['p']),
    carrierReports: await read('carrier_reports', ['carrier_code', 'kind']),
    quality: await read('data_quality', ['check_name']),
    metrics: await read('metrics', ['metric_order']),
    statusCodes: await read('status_codes', ['status_code']),
    thresholds: await read('thresholds', ['name']),
  };
  return { ...snapshot, caseEvidence: withEvidence ? await readCaseEvidence(db, snapshot) : [] };
}

const thresholdNames: Record<keyof Thresholds, string> = {
  withheldBelow: 'withheld_below',
  rankedFrom: 'ranked_from',
  adjustedSupportFrom: 'adjusted_support_from',
  standardisedFrom: 'standardised_from',
  stalledWorkingDays: 'stalled_working_days',
  stalledWorkingDaysWaiting: 'stalled_working_days_waiting',
  alertWeeks: 'alert_weeks',
};

/** The thresholds that the snapshot was made with. @throws RangeError naming one that it lacks. */
export function readThresholds(rows: readonly schema.Thresholds[]): Thresholds {
  const values = new Map(rows.map(({ name, value }) => [name, value]));
  const read = ([key, name]: [string, string]) => {
    const value = values.get(name);
    if (value === undefined) throw new RangeError(`the snapshot has no threshold ${name}`);
    return [key, value];
  };
  return Object.fromEntries(Object.entries(thresholdNames).map(read)) as Record<keyof Thresholds, number>;
}
