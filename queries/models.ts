/**
 * The models in build order, which is reading order.
 *
 * kind says what the build does with a model's select:
 * - `view`: a temporary view;
 * - `step`: a temporary table, gone after the build;
 * - `table`: a table made anew at each build;
 * - `incremental`: a table in which only the rows of changed parcels are made again.
 * `isPublic` marks what publishing copies: the tables of docs/data-dictionary.md.
 *
 * half says how large a model gets, and so in what SQL it is written:
 * - `heavy`: reads rows of parcels or events, and grows with them; written in SQL that runs on a distributed engine too;
 * - `light`: starts from the counts and the finished curves, stays small whatever the parcels, and may use all that DuckDB has.
 */
export interface Model {
  name: string;
  folder: 'staging' | 'marts';
  kind: 'view' | 'step' | 'table' | 'incremental';
  isPublic: boolean;
  half: 'heavy' | 'light';
  /** A view that the build reads more of than readers get: the rows that are kept as the public table, and a column that is not. */
  keeps?: { rows: string; without: string };
}

function view(name: string, folder: Model['folder']): Model {
  return { name, folder, kind: 'view', isPublic: false, half: 'heavy' };
}

function step(name: string): Model {
  return { name, folder: 'marts', kind: 'step', isPublic: false, half: 'heavy' };
}

function table(name: string): Model {
  return { name, folder: 'marts', kind: 'table', isPublic: true, half: 'heavy' };
}

function incremental(name: string, isPublic: boolean): Model {
  return { name, folder: 'marts', kind: 'incremental', isPublic, half: 'heavy' };
}

function light(model: Model): Model {
  return { ...model, half: 'light' };
}

export const models: readonly Model[] = [
  view('stg_registry', 'staging'),
  view('stg_polls', 'staging'),
  view('stg_responses', 'staging'),
  view('stg_events', 'staging'),
  view('stg_refusals', 'staging'),
  view('stg_shipments', 'staging'),
  step('periods'),
  light(table('metrics')),
  step('event_kinds'),
  incremental('parcel_headers', false),
  step('event_numbers'),
  incremental('events', true),
  step('parcel_clocks'),
  step('parcel_milestones'),
  step('parcel_outcomes'),
  step('parcel_exceptions'),
  step('operating_weeks'),
  step('zone_shifts'),
  step('parcel_working_days'),
  view('derived_parcels', 'marts'),
  incremental('parcels', true),
  step('previous_parcels'),
  view('parcels_by_period', 'marts'),
  step('cohort_members'),
  step('mixes'),
  step('mix_cells'),
  step('cell_groups'),
  step('groups'),
  step('cohort_outcomes'),
  step('cohort_counts'),
  {
    ...view('rate_answers', 'marts'),
    isPublic: true,
    keeps: { rows: "period in ('current', 'previous')", without: 'cell_id' },
  },
  step('rate_tallies'),
  table('cells'),
  light(step('rate_counts')),
  light(step('rates')),
  light(step('rate_figures')),
  table('exception_episodes'),
  step('follow_ups'),
  step('follow_up_counts'),
  table('cell_hours'),
  step('measures'),
  step('stratum_groups'),
  view('curve_groups', 'marts'),
  step('survival_steps'),
  step('durations'),
  light(step('stratum_rates')),
  light(step('stratum_curves')),
  light(step('comparison_terms')),
  light(step('compared')),
  light(step('comparison_figures')),
  light(step('adjusted_rates')),
  step('open_parcels'),
  step('open_counts'),
  light(step('figures')),
  light(table('carrier_performance')),
  light(table('lane_performance')),
  light(table('shipping_option_performance')),
  light(table('brand_performance')),
  light(table('weekly_performance')),
  step('curve_points'),
  light(table('transit_curves')),
  light(table('first_scan_curves')),
  step('carrier_starts'),
  light(table('period_changes')),
  light(step('weekly_points')),
  light(step('watched_weeks')),
  light(step('alert_baselines')),
  light(table('weekly_control')),
  light(table('alerts')),
  light(step('lane_weeks')),
  light(table('alert_lanes')),
  light(step('gate_candidates')),
  light(table('candidates')),
  light(table('comparisons')),
  light(step('case_facts')),
  light(table('cases')),
  step('exception_code_counts'),
  table('exception_codes'),
  light(table('exception_episode_summary')),
  light(table('pickup_point_dwell')),
  light(table('label_waiting')),
  table('delay_breakdown'),
  light(table('parcel_days')),
  step('promise_gaps'),
  table('promise_drift'),
  step('carrier_report_counts'),
  table('carrier_reports'),
  table('stalled_parcels'),
  table('overdue_parcels'),
  light(table('targets')),
  light(table('notes')),
  table('dead_letters'),
  table('carriers'),
  light(table('status_codes')),
  light(table('thresholds')),
  step('data_quality_counts'),
  table('data_quality'),
];

/** The model after which the public holidays of the destinations seen so far are written as seed rows. */
export const holidaysAfter = 'events';

/** The tables that readers get. */
export const publicTables: readonly string[] = [
  'run_parameters',
  ...models.filter(({ isPublic }) => isPublic).map(({ name }) => name),
];
