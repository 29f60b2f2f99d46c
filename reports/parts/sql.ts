import { quoteText } from '../../queries/quoting.js';
import type { Snapshot } from '../../queries/schema.js';
import type { Metric } from './figures.js';

function figure(metric: Metric, isRate = true): string {
  const columns = [metric, `${metric}_lo`, `${metric}_hi`];
  return (isRate ? [...columns, `${metric}_n`] : columns).join(', ');
}

function performance(
  columns: readonly string[],
  code: string | null,
  table: keyof Snapshot = 'carrier_performance',
  rest = 'order by scanned desc',
): string {
  const where = ["period = 'current'", ...(code === null ? [] : [`carrier_code = ${quoteText(code)}`])].join(
    ' and ',
  );
  return `select\n    ${['carrier_code', ...columns].join(',\n    ')}\nfrom ${table}\nwhere ${where}\n${rest};`;
}

function table(name: keyof Snapshot, code: string | null, order: string): string {
  const where = code === null ? '' : `\nwhere carrier_code = ${quoteText(code)}`;
  return `select *\nfrom ${name}${where}\norder by ${order};`;
}

/**
 * The queries behind the sections: each runs as it stands against the published snapshot. `code` narrows one to a carrier, null is
 * all of them.
 */
export const sql = {
  tiles: (code: string) =>
    `select period, labelled, first_scan_n, transit_n, open_now, stalled_now,\n    ${[figure('first_scan_p50_hours', false), figure('transit_p50_hours', false), figure('transit_p90_hours', false), figure('on_time_rate'), figure('exception_rate'), figure('first_attempt_success_rate')].join(',\n    ')}\nfrom carrier_performance\nwhere carrier_code = ${quoteText(code)}\norder by period;`,
  cases: (code: string | null) => table('cases', code, 'case_number'),
  carriers: () =>
    performance(
      [
        'scanned',
        'transit_n',
        figure('transit_p90_hours', false),
        figure('on_time_rate'),
        figure('on_time_rate_vs_others'),
        figure('exception_rate_carrier'),
        figure('exception_rate_carrier_vs_others'),
        figure('first_attempt_success_rate'),
        figure('first_attempt_success_rate_vs_others'),
      ],
      null,
    ),
  percentiles: (code: string | null) =>
    performance(
      [
        'transit_n',
        figure('transit_p50_hours', false),
        figure('transit_p90_hours', false),
        figure('transit_p95_hours', false),
        'transit_reached_share',
      ],
      code,
    ),
  comparisons: (scope: 'carrier' | 'lane', metrics: readonly string[]) =>
    `select *\nfrom comparisons\nwhere period = 'current'\n    and scope = ${quoteText(scope)}\n    and other_carrier_code = '*'\n    and metric in (${metrics.map(quoteText).join(', ')})\norder by metric, n desc, carrier_code;`,
  ownComparisons: (code: string) =>
    `select *\nfrom comparisons\nwhere period = 'current'\n    and scope = 'carrier'\n    and carrier_code = ${quoteText(code)}\norder by metric;`,
  targets: (code: string | null) => table('targets', code, 'target_number'),
  reports: (code: string) => table('carrier_reports', code, 'kind'),
  promise: (code: string | null) =>
    performance(
      [
        figure('on_time_rate'),
        figure('promise_kept_rate'),
        figure('promise_kept_plus_1d_rate'),
        figure('handed_over_late_rate'),
        figure('edd_coverage_rate'),
      ],
      code,
    ),
  firstScan: (code: string | null) =>
    performance(
      [
        'first_scan_n',
        figure('first_scan_24h_share', false),
        figure('first_scan_48h_share', false),
        figure('first_scan_p50_hours', false),
        figure('first_scan_p90_hours', false),
      ],
      code,
    ),
  scanning: (code: string | null) =>
    performance(
      [figure('never_scanned_7d_rate'), figure('acceptance_scan_rate'), figure('transit_measurable_rate')],
      code,
    ),
  exceptionGroups: (code: string | null) =>
    performance(
      (['carrier', 'sender', 'recipient', 'border', 'unattributed'] as const).map((group) =>
        figure(`exception_rate_${group}`),
      ),
      code,
    ),
  outcomes: (code: string | null) =>
    performance(
      [
        figure('returned_30d_rate'),
        figure('lost_30d_rate'),
        figure('forced_30d_rate'),
        figure('unresolved_30d_rate'),
      ],
      code,
    ),
  lanes: (code: string | null) =>
    performance(
      [
        'from_country, to_country, delivery_type',
        'scanned',
        figure('on_time_rate'),
        figure('transit_2_working_days_rate'),
        'transit_n',
        figure('transit_p50_hours', false),
      ],
      code,
      'lane_performance',
      'order by scanned desc, from_country, to_country, delivery_type, carrier_code',
    ),
  options: (code: string | null) =>
    performance(
      [
        'shipping_option_code',
        'scanned',
        figure('on_time_rate'),
        'transit_n',
        figure('transit_p50_hours', false),
        figure('exception_rate'),
      ],
      code,
      'shipping_option_performance',
    ),
  transitCurves: (code: string | null) => table('transit_curves', code, 'carrier_code, hours'),
  codes: (code: string | null) =>
    table('exception_codes', code, 'parcels desc, carrier_code, status_code, sub_status_code'),
  episodes: (code: string | null) =>
    table('exception_episode_summary', code, 'carrier_code, exception_group'),
  dwell: (code: string | null) => table('pickup_point_dwell', code, 'carrier_code'),
  waiting: (code: string | null) => table('label_waiting', code, 'carrier_code, label_weekday, label_hour'),
  cutOffs: (code: string | null) => table('hand_over_cut_offs', code, 'carrier_code, period'),
  delays: (code: string | null) => table('delay_breakdown', code, 'carrier_code'),
  parcelDays: (code: string | null) => table('parcel_days', code, 'carrier_code, hours'),
  drift: (code: string | null) => table('promise_drift', code, 'carrier_code, kind, days'),
  weeks: (code: string | null) => table('weekly_control', code, 'carrier_code, metric, week_start_date'),
  changes: (code: string | null) => table('period_changes', code, 'carrier_code, metric'),
  stalled: () => table('stalled_parcels', null, 'silent_working_days desc, tracking_number'),
  overdue: () => table('overdue_parcels', null, 'days_overdue desc, tracking_number'),
  evidence: (isOfSeveral: boolean) =>
    `select
  parcels.carrier_code,${isOfSeveral ? '\n  parcels.account,' : ''}
  parcels.tracking_number,
  bool_and(answers.on_time_rate) = false as is_late,
  bool_or(answers.exception_rate) as has_exception,
  bool_or(answers.lost_30d_rate) as is_lost
from rate_answers as answers
inner join parcels using (${isOfSeveral ? 'account, ' : ''}tracking_number)
where answers.period = 'current'
group by all
having is_late or has_exception or is_lost
order by parcels.carrier_code, parcels.tracking_number${isOfSeveral ? ', parcels.account' : ''}`,
  accounts: () => table('accounts', null, 'account'),
  quality: () => table('data_quality', null, 'check_name'),
  thresholds: () => table('thresholds', null, 'name'),
};
