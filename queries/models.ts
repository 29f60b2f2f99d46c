/**
 * The models in build order, which is reading order.
 *
 * kind says what the build does with a model's select:
 * - `view`: a temporary view;
 * - `step`: a temporary table, gone after the build;
 * - `table`: a table made anew at each build;
 * - `incremental`: a table in which only the rows of changed parcels are made again;
 * - `weekly`: a table in which only the rows of weeks that are not kept (kept_weeks) are made again.
 * `isPublic` marks what publishing copies: the tables of docs/data-dictionary.md.
 *
 * half says how large a model gets, and so in what SQL it is written:
 * - `heavy`: reads rows of parcels or events, and grows with them; written in SQL that runs on a distributed engine too;
 * - `light`: starts from the counts and the finished curves, stays small whatever the parcels, and may use all that DuckDB has.
 *
 * passes says that a row of a heavy model is made of one parcel's rows, so that a build with buckets makes it bucket by bucket: `derive`
 * before cells are numbered, `count` after. Of both, the rows are made twice: cheaper than keeping them. A model that is `counted` has
 * counts of parcels: by these columns the buckets' counts are added up.
 */
export interface Model {
  name: string;
  folder: 'staging' | 'marts';
  kind: 'view' | 'step' | 'table' | 'incremental' | 'weekly';
  isPublic: boolean;
  half: 'heavy' | 'light';
  passes?: readonly Pass[];
  /** The columns that its counts are by; every other column is a count. Without a count there is one row by them. */
  counted?: readonly string[];
  /** A view that the build reads more of than readers get: the rows that are kept as the public table, and a column that is not. */
  keeps?: { rows: string; without: string };
  /** Of a weekly table: the Monday of a row's week, in SQL. */
  weekOf?: string;
  /** What a build that keeps nothing of the one before makes of the model, in place of its text. */
  keepsNothing?: string;
}

export type Pass = 'derive' | 'count';

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

function weekly(name: string, isPublic: boolean, weekOf: string): Model {
  return { name, folder: 'marts', kind: 'weekly', isPublic, half: 'heavy', weekOf };
}

function light(model: Model): Model {
  return { ...model, half: 'light' };
}

function ofParcels(model: Model, ...passes: Pass[]): Model {
  return { ...model, passes };
}

function counted(model: Model, pass: Pass, ...columns: string[]): Model {
  return { ...model, passes: [pass], counted: columns };
}

const mix = [
  'carrier_code',
  'from_country',
  'to_country',
  'delivery_type',
  'service_level',
  'shipping_option_code',
  'brand_id',
  'account',
] as const;

export const models: readonly Model[] = [
  view('stg_registry', 'staging'),
  view('stg_polls', 'staging'),
  view('stg_responses', 'staging'),
  view('stg_events', 'staging'),
  view('stg_refusals', 'staging'),
  view('stg_shipments', 'staging'),
  step('periods'),
  light(table('metrics')),
  table('accounts'),
  step('event_kinds'),
  ofParcels(incremental('parcel_headers', false), 'derive'),
  ofParcels(step('event_numbers'), 'derive'),
  ofParcels(incremental('events', true), 'derive'),
  {
    ...ofParcels(step('settled_parcels'), 'derive'),
    keepsNothing: 'select cast(null as varchar) as tracking_number, clock_at from periods where 1 = 0',
  },
  ofParcels(step('parcel_clocks'), 'derive'),
  ofParcels(step('parcel_milestones'), 'derive'),
  ofParcels(step('parcel_outcomes'), 'derive'),
  ofParcels(step('parcel_exceptions'), 'derive'),
  ofParcels(step('operating_weeks'), 'derive'),
  ofParcels(step('zone_shifts'), 'derive'),
  ofParcels(step('parcel_working_days'), 'derive'),
  ofParcels(view('derived_parcels', 'marts'), 'derive'),
  ofParcels(incremental('parcels', true), 'derive'),
  {
    ...ofParcels(step('kept_weeks'), 'derive', 'count'),
    keepsNothing: 'select cast(null as date) as week_start_date where 1 = 0',
  },
  ofParcels(step('previous_parcels'), 'derive'),
  ofParcels(view('parcels_by_period', 'marts'), 'derive', 'count'),
  ofParcels(step('cohort_members'), 'derive', 'count'),
  counted(step('mixes'), 'derive', 'period', 'week_start_date', 'label_weekday', 'label_hour', ...mix),
  step('mix_cells'),
  ofParcels(step('cohort_outcomes'), 'count'),
  counted(step('cohort_counts'), 'count', 'cell_id'),
  {
    ...ofParcels(view('rate_answers', 'marts'), 'count'),
    isPublic: true,
    keeps: { rows: "period in ('current', 'previous')", without: 'cell_id' },
  },
  counted(step('rate_tallies'), 'count', 'cell_id'),
  counted(weekly('cells', true, 'monday_of(start_date)'), 'count', 'cohort', 'start_date', ...mix),
  weekly('week_members', false, 'week_start_date'),
  step('cell_groups'),
  step('groups'),
  light(step('week_counts')),
  light(step('rate_counts')),
  light(step('rates')),
  light(step('rate_figures')),
  ofParcels(table('exception_episodes'), 'count'),
  ofParcels(step('follow_ups'), 'count'),
  counted(step('follow_up_counts'), 'count', 'cell_id', 'measure', 'duration', 'ending', 'left_out'),
  counted(
    weekly('cell_hours', true, 'monday_of(start_date)'),
    'count',
    'cohort',
    'start_date',
    ...mix,
    'hour',
  ),
  step('measures'),
  step('stratum_groups'),
  step('survival_steps'),
  step('survival_cuts'),
  view('survival_curves', 'marts'),
  step('group_durations'),
  weekly('week_durations', false, 'week_start_date'),
  step('durations'),
  light(step('stratum_rates')),
  light(step('stratum_curves')),
  light(step('comparison_terms')),
  light(step('compared')),
  light(step('comparison_figures')),
  light(step('adjusted_rates')),
  ofParcels(step('open_parcels'), 'count'),
  counted(step('open_counts'), 'count', 'carrier_code'),
  light(step('figures')),
  light(table('carrier_performance')),
  light(table('lane_performance')),
  light(table('shipping_option_performance')),
  light(table('brand_performance')),
  light(table('account_performance')),
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
  light(step('lane_changes')),
  light(table('targets')),
  counted(
    step('hand_over_waits'),
    'count',
    'period',
    'carrier_code',
    'label_date',
    'label_hour',
    'hours_waited',
  ),
  light(step('cut_offs')),
  light(step('cut_off_moves')),
  light(step('gate_candidates')),
  light(table('candidates')),
  light(table('comparisons')),
  light(step('case_facts')),
  light(table('cases')),
  counted(
    step('exception_code_counts'),
    'count',
    'carrier_code',
    'exception_group',
    'status_code',
    'sub_status_code',
  ),
  table('exception_codes'),
  light(table('exception_episode_summary')),
  light(table('pickup_point_dwell')),
  light(table('label_waiting')),
  light(table('hand_over_cut_offs')),
  table('delay_breakdown'),
  light(table('parcel_days')),
  counted(step('promise_gaps'), 'count', 'carrier_code', 'kind', 'days'),
  table('promise_drift'),
  counted(step('carrier_report_counts'), 'count', 'carrier_code'),
  table('carrier_reports'),
  ofParcels(table('stalled_parcels'), 'count'),
  ofParcels(table('overdue_parcels'), 'count'),
  light(table('notes')),
  table('dead_letters'),
  table('carriers'),
  light(table('status_codes')),
  light(table('thresholds')),
  counted(step('data_quality_counts'), 'count', 'check_name', 'meaning', 'is_serious', 'carrier_code'),
  table('data_quality'),
];

/** The model after which the public holidays of the destinations seen so far are written as seed rows. */
export const holidaysAfter = 'events';

/** The tables that readers get. */
export const publicTables: readonly string[] = [
  'run_parameters',
  ...models.filter(({ isPublic }) => isPublic).map(({ name }) => name),
];
