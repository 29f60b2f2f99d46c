import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { readMetrics } from '../../../queries/metrics.js';

/** Rows of a published snapshot, by table. */
export type Tables = Record<string, Record<string, unknown>[]>;

const rates = [
  'never_scanned_7d_rate acceptance_scan_rate transit_measurable_rate transit_2_working_days_rate on_time_rate promise_kept_rate',
  'promise_kept_plus_1d_rate handed_over_late_rate edd_coverage_rate promise_seen_late_rate exception_rate',
  'exception_rate_sender exception_rate_recipient exception_rate_carrier exception_rate_border',
  'exception_rate_unattributed inferred_exception_rate first_attempt_success_rate diverted_to_pickup_rate',
  'returned_30d_rate lost_30d_rate forced_30d_rate unresolved_30d_rate',
].flatMap((line) => line.split(' '));
const spans = [
  'first_scan_p50_hours first_scan_p90_hours transit_p50_hours transit_p90_hours transit_p95_hours',
  'first_scan_24h_share first_scan_48h_share transit_reached_share transit_working_days_p50',
  'transit_working_days_p90',
].flatMap((line) => line.split(' '));

const figureColumns = [
  'labelled scanned due first_scan_n transit_n transit_working_days_n',
  ...rates.map((name) => `${name} ${name}_lo ${name}_hi ${name}_n`),
  ...spans.map((name) => `${name} ${name}_lo ${name}_hi`),
].join(' ');
const parcelColumns =
  'tracking_number carrier_code from_country to_country delivery_type shipping_option_code first_scan_at current_status current_status_at last_carrier_event_at edd_original observed_at';
const interval = (name: string) => `${name} ${name}_lo ${name}_hi`;

/** Every public table that the report reads, with its columns. */
export const publicColumns: Record<string, string> = {
  run_parameters:
    'as_of as_of_date window_days window_start_date window_end_date previous_as_of previous_window_start_date previous_window_end_date data_as_of',
  carriers: 'carrier_code carrier_name colour_rank first_landed_date parcels',
  carrier_performance: `period carrier_code ${figureColumns} open_now stalled_now ${interval('on_time_rate_adj')} on_time_rate_expected on_time_rate_adj_support ${interval('exception_rate_carrier_adj')} exception_rate_carrier_expected exception_rate_carrier_adj_support adj_support`,
  lane_performance: `period carrier_code from_country to_country delivery_type ${figureColumns}`,
  shipping_option_performance: `period carrier_code shipping_option_code ${figureColumns}`,
  weekly_performance: `carrier_code week_start_date ${figureColumns}`,
  transit_curves: 'carrier_code hours share share_lo share_hi at_risk',
  first_scan_curves: 'carrier_code hours share share_lo share_hi at_risk',
  period_changes:
    'carrier_code metric current_value previous_value difference difference_lo difference_hi current_n previous_n is_clear direction',
  exception_codes: `carrier_code exception_group status_code sub_status_code parcels events ${interval('share')} n`,
  exception_episode_summary: `carrier_code exception_group episodes ${interval('resolved_p50_hours')} resolved_p90_hours`,
  pickup_point_dwell: `carrier_code parcels ${interval('dwell_p50_hours')} ${interval('dwell_p90_hours')} ${interval('collected_share')}`,
  label_waiting: `carrier_code label_weekday label_hour labels ${interval('median_hours')}`,
  delay_breakdown: 'carrier_code part owner mean_hours share parcels',
  promise_drift: 'carrier_code kind days parcels share n',
  stalled_parcels: `${parcelColumns} silent_working_days`,
  overdue_parcels: `${parcelColumns} days_overdue`,
  weekly_control: 'carrier_code metric week_start_date value n is_mature centre limit_lo limit_hi rule',
  alerts: 'carrier_code metric week_start_date rule value n centre limit_lo limit_hi is_better',
  data_quality: 'check_name count share worst_carrier_code worst_carrier_share meaning is_warning',
  thresholds: 'name value meaning',
  metrics:
    'metric_order name title unit better cohort horizon_days alert_horizon meaning counted out_of cannot_tell topic estimator',
};

const texts =
  /^(period|metric|title|unit|better|cohort|counted|out_of|cannot_tell|topic|estimator|direction|rule|part|owner|kind|meaning|name|check_name|tracking_number|delivery_type|current_status|exception_group|.*_(code|name|country))$/;
const counts =
  /^(metric_order|horizon_days|alert_horizon|.*_n|n|labelled|scanned|due|open_now|stalled_now|parcels|events|episodes|labels|at_risk|hours|days|count|colour_rank|window_days|label_weekday|label_hour|silent_working_days|days_overdue)$/;

function typeOf(column: string): string {
  if (/^(as_of|data_as_of|previous_as_of|.*_at)$/.test(column)) return 'timestamp';
  if (/(_date|^edd_original)$/.test(column)) return 'date';
  if (/^is_/.test(column)) return 'boolean';
  if (texts.test(column)) return 'varchar';
  return counts.test(column) ? 'bigint' : 'double';
}

/** The metrics as they come with the package. */
function makeMetrics(): Record<string, unknown>[] {
  return readMetrics().map((metric, index) => ({ metric_order: index + 1, ...metric }));
}

/** Writes a snapshot with every public table; metrics not given are those of the package, other tables not given are empty. */
export async function writeSnapshot(path: string, tables: Tables): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-fixture-'));
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  try {
    for (const [table, names] of Object.entries(publicColumns)) {
      const columns = names.split(' ');
      await connection.run(
        `create table ${table} (${columns.map((column) => `"${column}" ${typeOf(column)}`).join(', ')})`,
      );
      const rows = tables[table] ?? (table === 'metrics' ? makeMetrics() : []);
      if (rows.length === 0) continue;
      const file = join(folder, `${table}.ndjson`);
      writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
      const types = columns.map((column) => `"${column}": '${typeOf(column)}'`).join(', ');
      await connection.run(
        `insert into ${table} select * from read_json('${file}', format = 'newline_delimited', columns = {${types}})`,
      );
    }
    await connection.run('checkpoint');
  } finally {
    connection.closeSync();
    instance.closeSync();
    rmSync(folder, { recursive: true });
  }
}

/** The row of run_parameters for a 90-day window before 3 November 2026. */
export function makeParameters(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    as_of: '2026-11-03 04:30:00',
    as_of_date: '2026-11-03',
    window_days: 90,
    window_start_date: '2026-08-05',
    window_end_date: '2026-11-02',
    previous_as_of: '2026-08-05 04:30:00',
    previous_window_start_date: '2026-05-07',
    previous_window_end_date: '2026-08-04',
    data_as_of: '2026-11-03 04:12:00',
    ...changes,
  };
}

/** Wilson 1927. */
export function wilson(x: number, n: number): { value: number; lo: number; hi: number } {
  const z = 1.959964;
  const centre = (x + (z * z) / 2) / (n + z * z);
  const half = (z / (n + z * z)) * Math.sqrt((x * (n - x)) / n + (z * z) / 4);
  return { value: x / n, lo: Math.max(0, centre - half), hi: Math.min(1, centre + half) };
}

/** The four columns of a rate. */
export function rateColumns(name: string, value: number, n: number): Record<string, unknown> {
  if (n === 0) return { [name]: null, [`${name}_lo`]: null, [`${name}_hi`]: null, [`${name}_n`]: 0 };
  const limits = wilson(Math.round(value * n), n);
  return { [name]: limits.value, [`${name}_lo`]: limits.lo, [`${name}_hi`]: limits.hi, [`${name}_n`]: n };
}

/** The three columns of a percentile; width is relative. */
export function spanColumns(name: string, value: number | null, width: number): Record<string, unknown> {
  return {
    [name]: value,
    [`${name}_lo`]: value === null ? null : value * (1 - width),
    [`${name}_hi`]: value === null ? null : value * (1 + width),
  };
}
