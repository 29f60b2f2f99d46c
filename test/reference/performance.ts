/** The performance columns of any group of parcels in any period. */
import { type Cohorts, cohortsOf, type Period } from './cohorts.js';
import {
  aalenJohansen,
  type CurvePoint,
  percentile,
  type Sample,
  shareAt,
  shareAtEnd,
  wilson,
} from './estimators.js';
import type { Milestones } from './parcels.js';
import { countRate, rates } from './rates.js';
import { firstScanSample, type HourSample, transitDaySample, transitSample } from './samples.js';
import type { Calendar } from './time.js';
import type { EstimateName, PerformanceColumns, RateName } from './types.js';

type RateColumns = Record<RateName | `${RateName}_lo` | `${RateName}_hi`, number | null> &
  Record<`${RateName}_n`, number>;

function rateColumns(cohorts: Cohorts, period: Period): RateColumns {
  const columns = rates.map((rate): [string, number | null][] => {
    const { x, n } = countRate(rate, cohorts[rate.cohort], period);
    const interval = wilson(x, n);
    return [
      [rate.name, n === 0 ? null : x / n],
      [`${rate.name}_lo`, interval?.lo ?? null],
      [`${rate.name}_hi`, interval?.hi ?? null],
      [`${rate.name}_n`, n],
    ];
  });
  return Object.fromEntries(columns.flat()) as RateColumns;
}

type EstimateColumns<N extends EstimateName> = Record<N | `${N}_lo` | `${N}_hi`, number | null>;

function estimate<N extends EstimateName>(
  name: N,
  value: number | null,
  limits: { lo: number | null; hi: number | null },
): EstimateColumns<N> {
  return { [name]: value, [`${name}_lo`]: limits.lo, [`${name}_hi`]: limits.hi } as EstimateColumns<N>;
}

function percentileOf<N extends EstimateName>(name: N, curve: CurvePoint[], q: number): EstimateColumns<N> {
  const { value, ...limits } = percentile(curve, q);
  return estimate(name, value, limits);
}

export const isSample = (sample: HourSample | Sample | null): sample is Sample =>
  sample !== null && typeof sample !== 'string';

function firstScanColumns({ label }: Cohorts) {
  const curve = aalenJohansen(label.map(firstScanSample).filter(isSample));
  const at24 = shareAt(curve, 24);
  const at48 = shareAt(curve, 48);
  return {
    ...percentileOf('first_scan_p50_hours', curve, 0.5),
    ...percentileOf('first_scan_p90_hours', curve, 0.9),
    ...estimate('first_scan_24h_share', at24.share, at24),
    ...estimate('first_scan_48h_share', at48.share, at48),
  };
}

function transitColumns({ scan }: Cohorts, calendar: Calendar) {
  const curve = aalenJohansen(scan.map(transitSample).filter(isSample));
  const dayCurve = aalenJohansen(scan.map((parcel) => transitDaySample(parcel, calendar)).filter(isSample));
  const reached = shareAtEnd(curve);
  return {
    ...percentileOf('transit_p50_hours', curve, 0.5),
    ...percentileOf('transit_p90_hours', curve, 0.9),
    ...percentileOf('transit_p95_hours', curve, 0.95),
    ...estimate('transit_reached_share', reached.share, reached),
    ...percentileOf('transit_working_days_p50', dayCurve, 0.5),
    ...percentileOf('transit_working_days_p90', dayCurve, 0.9),
  };
}

/** More than 5 working days without a carrier event at the last poll; 7 at customs or at a pick-up point. */
function isStalled(parcel: Milestones, calendar: Calendar): boolean {
  if (parcel.lastCarrierEventAt === null) return false;
  const { carrierCode, toCountry } = parcel;
  const lastDay = calendar.dayOfStamp(parcel.lastCarrierEventAt, toCountry);
  const pollDay = calendar.dayOfInstant(parcel.observedAt, toCountry);
  const patience = parcel.lastScanCode === 'customs' || parcel.lastScanCode === 'pup' ? 7 : 5;
  return calendar.workingDays(lastDay, pollDay, carrierCode, toCountry) > patience;
}

function openColumns(parcels: Milestones[], period: Period, calendar: Calendar) {
  if (period.name === 'previous') return { open_now: null, stalled_now: null };
  const open = parcels.filter(
    (parcel) => !parcel.isReturn && parcel.firstScanAt !== null && parcel.outcome === 'open',
  );
  return {
    open_now: open.length,
    stalled_now: open.filter((parcel) => isStalled(parcel, calendar)).length,
  };
}

/** Every column for a group of parcels, whose milestones stand at the period's clock. */
export function summarise(parcels: Milestones[], period: Period, calendar: Calendar): PerformanceColumns {
  const cohorts = cohortsOf(parcels, period);
  return {
    labelled: cohorts.label.length,
    scanned: cohorts.scan.length,
    ...firstScanColumns(cohorts),
    ...transitColumns(cohorts, calendar),
    ...rateColumns(cohorts, period),
    ...openColumns(parcels, period, calendar),
  };
}
