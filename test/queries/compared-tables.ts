/** The published tables that the reference computes too: what of them is compared, by what keys, how closely. */
import type { Candidate } from '../reference/cases.js';
import type { Comparison, Row } from '../reference/compare.js';
import type { Reference } from '../reference/metrics.js';
import { readTargets } from './agreed/seeds.js';

export interface Compared extends Comparison {
  name: string;
  /** What of the table is compared, where it is not all. */
  read?: string;
  theirs(reference: Reference, ours: Row[]): Row[];
}

/** All carriers together are a row at some grains: what a brand or an option has of them is the models' choice. */
function withoutAll(theirs: readonly { carrier_code: string }[], ours: Row[]): Row[] {
  const hasAll = ours.some((row) => row.carrier_code === '*');
  return rowsOf(theirs.filter((row) => hasAll || row.carrier_code !== '*'));
}

const rowsOf = (table: readonly object[]) => table as Row[];
const opens = ['open_now', 'stalled_now'];
const lane = ['from_country', 'to_country', 'delivery_type'];
const grain = { tolerance: 1e-6, isEmptyMissing: true } as const;
const cellKeys = [
  'cohort',
  'start_date',
  'carrier_code',
  ...lane,
  'service_level',
  'shipping_option_code',
  'brand_id',
];

/** Of an agreed figure the place is that of its row. */
function toCandidateRow({ kind, carrier_code, lane: place, metric, target_number, is_worse, p }: Candidate) {
  if (kind === 'alert') return [];
  const none = { from_country: null, to_country: null, delivery_type: null };
  const { from_country, to_country, delivery_type } =
    (target_number === undefined ? place : readTargets()[target_number - 1]) ?? none;
  return [
    {
      said_of: kind,
      carrier_code: carrier_code ?? '*',
      from_country,
      to_country,
      delivery_type,
      metric: metric.replace(/^transit_(?=\dd$)/, 'transit_vs_others_'),
      target_number: target_number ?? null,
      is_worse,
      p,
    },
  ];
}

function curveOf(kind: 'first_scan' | 'transit'): Compared {
  return {
    name: `${kind}_curves`,
    keys: ['carrier_code', 'hours'],
    tolerance: 1e-6,
    theirs: (reference, ours) =>
      rowsOf(reference.curves(kind, ours as { carrier_code: string; hours: number }[])),
  };
}

/** Every published table that the reference computes, with its grain. */
export const tables: Compared[] = [
  {
    name: 'parcels',
    keys: ['tracking_number'],
    tolerance: 1e-6,
    theirs: ({ parcels }) => rowsOf([...parcels.values()]),
  },
  {
    name: 'carrier_performance',
    keys: ['period', 'carrier_code'],
    ...grain,
    theirs: ({ carrierPerformance }) => rowsOf(carrierPerformance),
  },
  {
    name: 'lane_performance',
    keys: ['period', 'carrier_code', ...lane],
    ...grain,
    leaveOut: opens,
    theirs: ({ lanePerformance }) => rowsOf(lanePerformance),
  },
  {
    name: 'shipping_option_performance',
    keys: ['period', 'carrier_code', 'shipping_option_code'],
    ...grain,
    leaveOut: opens,
    theirs: ({ optionPerformance }, ours) => withoutAll(optionPerformance, ours),
  },
  {
    name: 'brand_performance',
    keys: ['period', 'carrier_code', 'brand_id'],
    ...grain,
    leaveOut: opens,
    theirs: ({ brandPerformance }, ours) => withoutAll(brandPerformance, ours),
  },
  {
    name: 'weekly_performance',
    keys: ['carrier_code', 'week_start_date'],
    ...grain,
    leaveOut: opens,
    theirs: ({ weeklyPerformance }) => rowsOf(weeklyPerformance),
  },
  {
    name: 'rate_answers',
    keys: ['tracking_number', 'cohort', 'period'],
    tolerance: 1e-9,
    theirs: ({ rateAnswers }) => rowsOf(rateAnswers),
  },
  {
    name: 'cells',
    keys: cellKeys,
    tolerance: 1e-9,
    isNullZero: true,
    theirs: ({ cells }) => rowsOf(cells),
  },
  {
    name: 'cell_hours',
    keys: [...cellKeys, 'hour'],
    tolerance: 1e-9,
    isNullZero: true,
    theirs: ({ cellHours }) => rowsOf(cellHours),
  },
  curveOf('first_scan'),
  curveOf('transit'),
  {
    name: 'alerts',
    keys: ['carrier_code', 'metric', 'side', 'first_week'],
    tolerance: 1e-9,
    theirs: ({ alerts }) => rowsOf(alerts),
  },
  {
    name: 'alert_lanes',
    keys: ['carrier_code', 'metric', 'side', 'first_week', ...lane],
    tolerance: 1e-9,
    theirs: ({ alertLanes }) => rowsOf(alertLanes),
  },
  {
    name: 'delay_breakdown',
    keys: ['carrier_code'],
    ...grain,
    theirs: ({ delayBreakdown }) => rowsOf(delayBreakdown),
  },
  {
    name: 'parcel_days',
    keys: ['carrier_code', 'hours'],
    ...grain,
    theirs: ({ parcelDays }) => rowsOf(parcelDays),
  },
  {
    name: 'carrier_reports',
    keys: ['carrier_code', 'kind'],
    tolerance: 1e-9,
    theirs: ({ carrierReports }) => rowsOf(carrierReports),
  },
  {
    name: 'hand_over_cut_offs',
    keys: ['carrier_code', 'period'],
    tolerance: 1e-6,
    theirs: ({ cutOffs }) => rowsOf(cutOffs),
  },
  {
    name: 'targets',
    keys: [...lane, 'carrier_code', 'service_level', 'metric', 'from_date'],
    tolerance: 1e-6,
    theirs: ({ targets }) => rowsOf(targets),
  },
  {
    name: 'candidates',
    read: "select *, case kind when 'comparison' then scope else kind end as said_of from candidates where kind <> 'alert'",
    keys: ['said_of', 'carrier_code', ...lane, 'metric', 'target_number'],
    tolerance: 1e-6,
    theirs: ({ candidates }) => rowsOf(candidates.flatMap(toCandidateRow)),
  },
  {
    name: 'period_changes',
    read: "select carrier_code, bool_and(direction <> 'not_covered') as is_covered from period_changes group by carrier_code",
    keys: ['carrier_code'],
    tolerance: 1e-9,
    theirs: ({ coverage }, ours) => {
      const compared = new Set(ours.map((row) => row.carrier_code));
      return rowsOf(coverage.filter((row) => compared.has(row.carrier_code)));
    },
  },
];
