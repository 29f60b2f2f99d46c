import type { Reader } from '../queries/read.js';
import type * as schema from '../queries/schema.js';

export type CarrierRow = schema.Carriers;
export type CarrierPerformanceRow = schema.CarrierPerformance;
export type LaneRow = schema.LanePerformance;
export type PeriodChangeRow = schema.PeriodChanges;
export type ExceptionCodeRow = schema.ExceptionCodes;
export type EpisodeSummaryRow = schema.ExceptionEpisodeSummary;
export type ControlRow = schema.WeeklyControl;
export type AlertRow = schema.Alerts;
export type StalledRow = schema.StalledParcels;
export type OverdueRow = schema.OverdueParcels;
/** What stalled and overdue parcels have in common. */
export type OpenParcelRow = Omit<StalledRow, 'silent_working_days'>;

/** Every published row that the report shows. */
export interface Snapshot {
  parameters: schema.RunParameters;
  carriers: CarrierRow[];
  /** Both periods. */
  carrierPerformance: CarrierPerformanceRow[];
  /** The current period. */
  lanes: LaneRow[];
  shippingOptions: schema.ShippingOptionPerformance[];
  transitCurves: schema.TransitCurves[];
  firstScanCurves: schema.FirstScanCurves[];
  changes: PeriodChangeRow[];
  exceptionCodes: ExceptionCodeRow[];
  episodes: EpisodeSummaryRow[];
  pickupDwell: schema.PickupPointDwell[];
  labelWaiting: schema.LabelWaiting[];
  delays: schema.DelayBreakdown[];
  drift: schema.PromiseDrift[];
  stalled: StalledRow[];
  overdue: OverdueRow[];
  control: ControlRow[];
  alerts: AlertRow[];
  quality: schema.DataQuality[];
  /** What each figure is, in the order of the methodology page. */
  metrics: schema.Metrics[];
  thresholds: schema.Thresholds[];
}

/**
 * Reads what the report shows, in a stated order, so that the same snapshot gives the same bytes. A table that an older snapshot
 * lacks counts as empty; `run_parameters` must be there.
 */
export async function readSnapshot(reader: Reader): Promise<Snapshot> {
  const names = await reader.all<{ table_name: string }>(
    "select table_name from information_schema.tables where table_schema = 'main'",
  );
  const existing = new Set(names.map((row) => row.table_name));
  const read = async <Row>(table: string, rest: string): Promise<Row[]> =>
    existing.has(table) ? reader.all<Row>(`select * from ${table} ${rest}`) : [];
  const [parameters] = await reader.all<schema.RunParameters>('select * from run_parameters');
  if (!parameters) throw new RangeError('the snapshot has no row in run_parameters');
  const current = "where period = 'current'";
  const lane = 'from_country, to_country, delivery_type, carrier_code';
  return {
    parameters,
    carriers: await read('carriers', 'order by colour_rank, carrier_code'),
    carrierPerformance: await read('carrier_performance', 'order by period, carrier_code'),
    lanes: await read('lane_performance', `${current} order by ${lane}`),
    shippingOptions: await read(
      'shipping_option_performance',
      `${current} order by carrier_code, shipping_option_code`,
    ),
    transitCurves: await read('transit_curves', 'order by carrier_code, hours'),
    firstScanCurves: await read('first_scan_curves', 'order by carrier_code, hours'),
    changes: await read('period_changes', 'order by carrier_code, metric'),
    exceptionCodes: await read(
      'exception_codes',
      'order by carrier_code, parcels desc, exception_group, status_code, sub_status_code',
    ),
    episodes: await read('exception_episode_summary', 'order by carrier_code, exception_group'),
    pickupDwell: await read('pickup_point_dwell', 'order by carrier_code'),
    labelWaiting: await read('label_waiting', 'order by carrier_code, label_weekday, label_hour'),
    delays: await read('delay_breakdown', 'order by carrier_code'),
    drift: await read('promise_drift', 'order by carrier_code, kind, days'),
    stalled: await read('stalled_parcels', 'order by silent_working_days desc, tracking_number'),
    overdue: await read('overdue_parcels', 'order by days_overdue desc, tracking_number'),
    control: await read('weekly_control', 'order by carrier_code, metric, week_start_date'),
    alerts: await read('alerts', 'order by week_start_date desc, carrier_code, metric'),
    quality: await read('data_quality', 'order by check_name'),
    metrics: await read('metrics', 'order by metric_order'),
    thresholds: await read('thresholds', 'order by name'),
  };
}
