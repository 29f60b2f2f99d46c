import { readBuiltInSeed } from './seeds.js';

/** A row of seeds/metrics.csv: what a figure is, in words and in what the models know of it. */
export interface Metric {
  name: string;
  title: string;
  unit: 'share 0 to 1' | 'hours' | 'days' | 'count';
  better: 'higher' | 'lower' | null;
  cohort: 'label' | 'scan' | 'due' | null;
  horizon_days: number | null;
  alert_horizon: number | null;
  meaning: string;
  counted: string;
  out_of: string;
  cannot_tell: string;
  /** Compared with the other carriers like with like: columns `_vs_others`. */
  is_compared: boolean;
  topic: string;
  /** count; duration (Aalen-Johansen, with limits); rate (x of n, Wilson); adjusted (standardised for mix); difference (like with like). */
  estimator: 'count' | 'duration' | 'rate' | 'adjusted' | 'difference';
  /** The kind in carrier_reports without which it says nothing. */
  rests_on: 'acceptance' | 'attempt' | 'pickup_point' | 'exception' | 'promise' | null;
}

/** The metrics as they come with the package, in their order. */
export function readMetrics(): Metric[] {
  return readBuiltInSeed<Metric>('metrics');
}

/** The metrics that are counted parcel by parcel: a line of marts/rate_answers.sql each. */
export function listRates(metrics: readonly Metric[]): string[] {
  return metrics.filter(({ estimator }) => estimator === 'rate').map(({ name }) => name);
}

/** Whether every performance table has it; the others are carrier_performance's own. */
export function isShared({ estimator, cohort }: Metric): boolean {
  return estimator !== 'adjusted' && estimator !== 'difference' && cohort !== null;
}

/** The columns of a metric: itself, and the limits and the count that come with it. */
export function columnsOf({ name, estimator }: Metric): string[] {
  if (estimator === 'difference') return differenceColumns(name, ['_lo', '_hi', '_n', '_share']);
  const hasLimits = estimator === 'rate' || estimator === 'duration' || name.endsWith('_adj');
  return [
    name,
    ...(hasLimits ? [`${name}_lo`, `${name}_hi`] : []),
    ...(estimator === 'rate' ? [`${name}_n`] : []),
  ];
}

function differenceColumns(name: string, endings: readonly string[]): string[] {
  return [name, ...endings.map((ending) => `${name}${ending}`)];
}

/** The metrics that are a difference to the others, and the compared rates: the columns of each in carrier and lane performance. */
export function listComparisons(metrics: readonly Metric[]): { metric: Metric; columns: string[] }[] {
  return metrics.flatMap((metric) => {
    if (metric.estimator === 'difference') return [{ metric, columns: columnsOf(metric) }];
    if (!metric.is_compared) return [];
    return [
      {
        metric,
        columns: differenceColumns(`${metric.name}_vs_others`, ['_lo', '_hi', '_n', '_share', '_extra']),
      },
    ];
  });
}
