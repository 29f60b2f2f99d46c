import { type DelayRow, drawDelayWaterfall } from '../../../reports/charts/delay-waterfall.js';
import { drawDeliveredWithin, drawDeliveredWithinOne } from '../../../reports/charts/delivered-within.js';
import { drawTopExceptionCodes, type ExceptionCodeRow } from '../../../reports/charts/exception-codes.js';
import { drawExceptionsByGroup, type ExceptionRow } from '../../../reports/charts/exceptions-by-group.js';
import { drawFirstScan, type FirstScanRow } from '../../../reports/charts/first-scan.js';
import { drawFunnel } from '../../../reports/charts/funnel.js';
import { type CutOffRow, drawLabelWaiting, type WaitingRow } from '../../../reports/charts/label-waiting.js';
import { drawLikeWithLike, drawOwnDifferences } from '../../../reports/charts/like-with-like.js';
import { drawOpenAges, type OpenAge } from '../../../reports/charts/open-age.js';
import { drawParcelDays, type ParcelDayRow } from '../../../reports/charts/parcel-days.js';
import { drawDaysLate, drawPromiseDrift, type PromiseRow } from '../../../reports/charts/promise.js';
import { drawTransitPercentiles, type TransitRow } from '../../../reports/charts/transit-percentiles.js';
import { type AlertRow, type ControlRow, drawWeeklyTrend } from '../../../reports/charts/weekly-trend.js';
import type { Chart, ChartContext, Thresholds } from '../../../reports/drawing/chart.js';
import type { CurveRow } from '../../../reports/drawing/curves.js';
import type { DifferenceRow } from '../../../reports/drawing/differences.js';
import { estimateShare } from '../../../reports/drawing/wilson.js';

export type CarrierFigures = ExceptionRow & FirstScanRow & TransitRow;

export interface Rows {
  curves: CurveRow[];
  carriers: CarrierFigures[];
  waiting: WaitingRow[];
  cutOffs: CutOffRow[];
  codes: ExceptionCodeRow[];
  differences: DifferenceRow[];
  control: ControlRow[];
  alerts: (AlertRow & { isSure: boolean })[];
  delay: DelayRow[];
  parcelDays: ParcelDayRow[];
  ages: OpenAge[];
  promise: PromiseRow[];
}

export interface Group {
  code: string;
  name: string;
  n: number;
  onTime: number;
  exceptions: number;
  medianHours: number;
}

export const groups: Group[] = [
  { code: 'postnl', name: 'PostNL', n: 4200, onTime: 0.955, exceptions: 0.03, medianHours: 22 },
  { code: 'gls', name: 'GLS', n: 900, onTime: 0.86, exceptions: 0.11, medianHours: 46 },
  { code: 'dpd', name: 'DPD', n: 640, onTime: 0.93, exceptions: 0.05, medianHours: 30 },
  { code: 'young', name: 'Young & Co', n: 14, onTime: 0.8, exceptions: 0.1, medianHours: 40 },
  { code: 'tiny', name: 'Tiny', n: 4, onTime: 1, exceptions: 0, medianHours: 20 },
];

/** The thresholds that the seed has. */
export const standardThresholds: Thresholds = {
  withheldBelow: 10,
  rankedFrom: 30,
  adjustedSupportFrom: 0.5,
  standardisedFrom: 5,
  stalledWorkingDays: 5,
  stalledWorkingDaysWaiting: 7,
  alertWeeks: 8,
};

export function contextFor(width: number, all: readonly Group[] = groups): ChartContext {
  return {
    carriers: all.map(({ code, name }, index) => ({ code, name, colourRank: index + 1 })),
    statusWords: new Map(),
    thresholds: standardThresholds,
    width,
    locale: 'en-GB',
  };
}

/** What stands beside the weeks: notes, one of them another carrier's, a target, and two weeks that are not judged. */
const agreed = {
  notes: [
    { date: '2026-08-03', carrier_code: null, text: 'Summer <b>timetable</b>' },
    { date: '2026-09-21', carrier_code: 'gls', text: 'New depot' },
    { date: '2026-09-22', carrier_code: 'nobody', text: 'Elsewhere' },
  ],
  targets: ['gls', 'postnl'].map((code, index) => ({
    ...{ carrier_code: code, metric: 'on_time_rate', target: 0.9 - index / 10 },
    ...{ from_country: null, to_country: null, delivery_type: null, service_level: null },
    ...{ from_date: '2026-07-13', to_date: null },
  })),
  unjudged: new Set(['2026-07-27', '2026-08-10']),
};

/** Every chart of the report from one set of rows. */
export function drawAll(rows: Rows, context: ChartContext, code = 'gls'): Record<string, Chart> {
  return {
    'delivered-within': drawDeliveredWithin(rows.curves, context),
    'delivered-within-one': drawDeliveredWithinOne(rows.curves, context, code),
    'transit-percentiles': drawTransitPercentiles(rows.carriers, context),
    'like-with-like': drawLikeWithLike(
      rows.differences,
      context,
      'on_time_rate',
      new Map([['silent', 'not reported']]),
    ),
    'first-scan': drawFirstScan(rows.carriers, context),
    'label-waiting': drawLabelWaiting(rows.waiting, rows.cutOffs, context),
    'exceptions-by-group': drawExceptionsByGroup(rows.carriers, context),
    'exception-codes': drawTopExceptionCodes(rows.codes, context),
    'own-differences': drawOwnDifferences(
      rows.differences,
      context,
      code,
      new Map([['first_attempt_success_rate', 'not reported']]),
    ),
    funnel: drawFunnel(rows.differences, context, 'on_time_rate'),
    'trend-rate': drawWeeklyTrend(rows.control, context, {
      carrierCode: code,
      metric: 'on_time_rate',
      alerts: rows.alerts,
      ...agreed,
    }),
    'trend-hours': drawWeeklyTrend(rows.control, context, {
      carrierCode: '*',
      metric: 'transit_p50_hours',
      alerts: rows.alerts,
    }),
    'open-age': drawOpenAges(rows.ages, context),
    'delay-waterfall': drawDelayWaterfall(rows.delay, context),
    'parcel-days': drawParcelDays(rows.parcelDays, rows.delay, context, code),
    'promise-drift': drawPromiseDrift(rows.promise, context),
    'days-late': drawDaysLate(rows.promise, context),
  };
}

/** Rows of every table that a chart reads, from a few numbers a carrier: the same on every machine. */
export function makeRows(all: readonly Group[] = groups): Rows {
  const n = all.reduce((sum, group) => sum + group.n, 0);
  const mean = (of: (group: Group) => number) => all.reduce((sum, group) => sum + of(group) * group.n, 0) / n;
  const whole: Group = {
    code: '*',
    name: 'All carriers',
    n,
    onTime: mean(({ onTime }) => onTime),
    exceptions: mean(({ exceptions }) => exceptions),
    medianHours: mean(({ medianHours }) => medianHours),
  };
  const each = [whole, ...all];
  return {
    curves: each.flatMap(makeCurve),
    carriers: each.map(makeFigures),
    waiting: makeWaiting(),
    cutOffs: [
      {
        ...{ carrier_code: '*', period: 'current', labelled: 4000, labelled_after: 1600 },
        ...{ cut_off_hour: 15, hours_before: 7, hours_after: 30 },
      },
    ],
    codes: makeCodes(n),
    differences: all.map((group) =>
      makeDifference(
        group,
        mean(({ onTime }) => onTime),
      ),
    ),
    control: each.filter((group) => group.n > 100).flatMap(makeControl),
    alerts: each.filter((group) => group.n > 100).flatMap(makeAlerts),
    delay: each.map(makeDelay),
    parcelDays: each.flatMap(makeParcelDays),
    ages: [6, 6, 7, 12, 31, 33, 39, 82].flatMap((days, index): OpenAge[] =>
      days <= 15 ? [{ days, heap: 'act' }] : [{ days, heap: index % 2 === 0 ? 'claim' : 'over' }],
    ),
    promise: each.flatMap(makePromise),
  };
}

function rate(share: number, n: number) {
  const { value, lo, hi } = estimateShare(Math.round(share * n), n);
  return { value: round(value), lo: round(lo), hi: round(hi) };
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function makeCurve({ code, n, medianHours }: Group): CurveRow[] {
  return Array.from({ length: 57 }, (_, step) => {
    const hours = step * 6;
    const share = 0.985 * Math.min(1, hours / (medianHours * 2));
    return {
      carrier_code: code,
      hours,
      ...limits('share', rate(share, n)),
      at_risk: Math.round(n * (1 - share)),
    };
  });
}

function makeFigures({ code, n, onTime, exceptions, medianHours }: Group): CarrierFigures {
  const hours = (factor: number) => {
    const half = (medianHours * factor * 2) / Math.sqrt(n);
    const value = medianHours * factor;
    return { value, lo: round(value - half), hi: round(value + half) };
  };
  const groupShares = { carrier: 0.5, recipient: 0.3, sender: 0.1, border: 0.02, unattributed: 0.08 };
  const byGroup = Object.entries(groupShares).map(([name, part]) =>
    spread(`exception_rate_${name}`, rate(exceptions * part, n), n),
  );
  const isReached = code !== 'gls';
  return Object.assign(
    {
      carrier_code: code,
      transit_n: n,
      first_scan_n: n,
    },
    spread('transit_p50_hours', hours(1), n),
    spread('transit_p90_hours', hours(1.8), n),
    spread('transit_p95_hours', isReached ? hours(1.95) : nothing, n),
    spread('transit_reached_share', rate(0.94, n), n),
    spread('first_scan_24h_share', rate(0.7, n), n),
    spread('first_scan_48h_share', rate(0.9, n), n),
    spread('on_time_rate', rate(onTime, n), n),
    spread('exception_rate', rate(exceptions, n), n),
    ...byGroup,
  ) as CarrierFigures;
}

type Limits = Record<'value' | 'lo' | 'hi', number | null>;

const nothing: Limits = { value: null, lo: null, hi: null };

/** A figure's three columns. */
function limits<Name extends string, Value extends number | null>(
  name: Name,
  { value, lo, hi }: { value: Value; lo: Value; hi: Value },
) {
  return { [name]: value, [`${name}_lo`]: lo, [`${name}_hi`]: hi } as Record<
    Name | `${Name}_lo` | `${Name}_hi`,
    Value
  >;
}

function spread(name: string, figure: Limits, n: number) {
  return { ...limits(name, figure), [`${name}_n`]: n };
}

function makeWaiting(): WaitingRow[] {
  return [1, 2, 3, 4, 5, 6, 7].flatMap((weekday) =>
    [9, 11, 13, 15, 17].map((hour) => {
      const median = (hour < 15 ? 20 - hour : 30) + (weekday === 5 && hour >= 15 ? 45 : 0);
      return {
        carrier_code: '*',
        label_weekday: weekday,
        label_hour: hour,
        labels: weekday < 6 ? 200 : hour + 2,
        median_hours: weekday === 7 && hour === 17 ? null : median,
        median_hours_lo: median * 0.9,
        median_hours_hi: median * 1.1,
      };
    }),
  );
}

function makeCodes(n: number): ExceptionCodeRow[] {
  const codes: [string, string, string, number][] = [
    ['carrier', 'delivery_delay', 'high_volume', 240],
    ['recipient', 'address_error', 'none', 90],
    ['unattributed', 'a_code_that_nobody_has_seen_before', '', 80],
    ['border', 'customs_issue', '', 3],
  ];
  return codes.map(([group, status, sub, parcels]) => {
    const row = { carrier_code: '*', exception_group: group, status_code: status, sub_status_code: sub };
    return { ...row, parcels, ...limits('share', rate(parcels / n, n)), n };
  });
}

/** Against the mean of all, as if that were the others; GLS passes the gate, and DPD has few others beside it. */
function makeDifference({ code, n, onTime }: Group, usual: number): DifferenceRow {
  const half = 1.96 * Math.sqrt((onTime * (1 - onTime) + 0.02) / n);
  const difference = round(onTime - usual);
  return {
    scope: 'carrier',
    carrier_code: code,
    other_carrier_code: '*',
    metric: 'on_time_rate',
    difference,
    difference_lo: round(Math.max(-1, difference - half)),
    difference_hi: round(Math.min(1, difference + half)),
    n,
    share: code === 'dpd' ? 0.3 : 0.9,
    extra: round(difference * n),
    is_comparable: n >= 30 && code !== 'dpd',
    is_sure: code === 'gls',
  };
}

function makeControl({ code, onTime, medianHours }: Group): ControlRow[] {
  return Array.from({ length: 20 }, (_, week) => {
    const date = new Date(Date.UTC(2026, 5, 15 + week * 7)).toISOString().slice(0, 10);
    const wobble = ((week * 7) % 5) / 100 - 0.02;
    const isAlert = week === 16 || week === 17;
    const hasLimits = week >= 8;
    const row = (metric: string, side: string, value: number, centre: number, half: number): ControlRow => ({
      carrier_code: code,
      metric,
      week_start_date: date,
      value: round(value),
      n: 90 + week,
      is_mature: week < 19,
      centre: hasLimits ? round(centre) : null,
      limit_lo: hasLimits ? round(centre - half) : null,
      limit_hi: hasLimits ? round(Math.min(metric === 'on_time_rate' ? 1 : 1e9, centre + half)) : null,
      outside: isAlert ? side : null,
      marked: isAlert ? side : null,
    });
    return [
      row('on_time_rate', 'below', onTime + wobble - (isAlert ? 0.15 : 0), onTime, 0.08),
      row('transit_p50_hours', 'above', medianHours + wobble * 100 + (isAlert ? 20 : 0), medianHours, 8),
    ];
  }).flat();
}

/** The two weeks that makeControl has marked, one alert a metric. */
function makeAlerts({ code }: Group): (AlertRow & { isSure: boolean })[] {
  return [
    ['on_time_rate', 'below'],
    ['transit_p50_hours', 'above'],
  ].map(([metric = '', side = '']) => ({
    carrier_code: code,
    metric,
    side,
    is_worse: true,
    first_week: '2026-10-05',
    last_week: '2026-10-12',
    weeks: 2,
    kind: 'outside',
    is_open: true,
    isSure: true,
  }));
}

function makeDelay({ code, n, medianHours }: Group): DelayRow {
  return {
    carrier_code: code,
    hours_to_scan: 15,
    hours_to_attempt: round(medianHours * 1.2),
    hours_to_delivery: 8.5,
    parcels: n,
  };
}

function makeParcelDays({ code, medianHours }: Group): ParcelDayRow[] {
  const reached = (hours: number, half: number, most: number) => round((most * hours) / (hours + half));
  return Array.from({ length: 337 }, (_, hours) => ({
    carrier_code: code,
    hours,
    scanned_share: reached(hours, 15, 1),
    attempted_share: reached(hours, 15 + medianHours, 0.98),
    delivered_share: reached(hours, 15 + medianHours * 1.3, 0.96),
  }));
}

function makePromise({ code, n }: Group): PromiseRow[] {
  const days: [number, number][] = [
    [-2, 0.05],
    [-1, 0.15],
    [0, 0.65],
    [1, 0.1],
    [3, 0.05],
  ];
  return ['drift', 'days_late'].flatMap((kind) =>
    days.flatMap(([day, share]) => {
      const parcels = Math.round(share * n);
      return parcels === 0
        ? []
        : [{ carrier_code: code, kind, days: day, parcels, share: round(parcels / n), n }];
    }),
  );
}
