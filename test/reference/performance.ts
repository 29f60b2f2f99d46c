/** The performance columns of any group of parcels in any period. */
import {
  attemptMaturity,
  type Cohorts,
  cohortsOf,
  labelMaturity,
  type Period,
  scanMaturity,
} from './cohorts.js';
import {
  aalenJohansen,
  type Cell,
  type CurvePoint,
  percentile,
  type Sample,
  shareAt,
  shareAtEnd,
  standardise,
  wilson,
} from './estimators.js';
import type { Milestones } from './parcels.js';
import { firstScanSample, type HourSample, transitDaySample, transitSample } from './samples.js';
import { type Calendar, DAY_US } from './time.js';
import type { AdjustedColumns, AdjustedName, EstimateName, PerformanceColumns, RateName } from './types.js';

const EXCEPTION_GROUPS = ['sender', 'recipient', 'carrier', 'border', 'unattributed'] as const;

type Hit = (parcel: Milestones) => boolean;

type RateColumns<N extends RateName> = Record<N | `${N}_lo` | `${N}_hi`, number | null> &
  Record<`${N}_n`, number>;

function rate<N extends RateName>(name: N, counted: Milestones[], isHit: Hit): RateColumns<N> {
  const n = counted.length;
  const x = counted.filter(isHit).length;
  const interval = wilson(x, n);
  return {
    [name]: n === 0 ? null : x / n,
    [`${name}_lo`]: interval?.lo ?? null,
    [`${name}_hi`]: interval?.hi ?? null,
    [`${name}_n`]: n,
  } as RateColumns<N>;
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

const isSample = (sample: HourSample | Sample | null): sample is Sample =>
  sample !== null && typeof sample !== 'string';

/** Scanned long enough ago, and closed or watched that long. */
function matureScans(scan: Milestones[], days: number, clock: number): Milestones[] {
  return scan.filter((parcel) => scanMaturity(parcel, days, clock) === 'mature');
}

function isWithinDays(at: number | null, start: number | null, days: number): boolean {
  return at !== null && start !== null && at <= start + days * DAY_US;
}

function firstScanColumns({ label }: Cohorts, { clock }: Period) {
  const curve = aalenJohansen(label.map(firstScanSample).filter(isSample));
  const at24 = shareAt(curve, 24);
  const at48 = shareAt(curve, 48);
  const mature = label.filter(
    (parcel) => parcel.outcome !== 'forced' && labelMaturity(parcel, 7, clock) === 'mature',
  );
  return {
    ...percentileOf('first_scan_p50_hours', curve, 0.5),
    ...percentileOf('first_scan_p90_hours', curve, 0.9),
    ...estimate('first_scan_24h_share', at24.share, at24),
    ...estimate('first_scan_48h_share', at48.share, at48),
    ...rate('never_scanned_7d_rate', mature, (p) => !isWithinDays(p.firstScanAt, p.labelAt, 7)),
  };
}

function transitColumns({ scan }: Cohorts, { clock }: Period, calendar: Calendar) {
  const measured = scan.filter((p) => p.transitMeasurable === true && p.outcome !== 'forced');
  const curve = aalenJohansen(scan.map(transitSample).filter(isSample));
  const dayCurve = aalenJohansen(scan.map((parcel) => transitDaySample(parcel, calendar)).filter(isSample));
  const reached = shareAtEnd(curve);
  return {
    ...rate('acceptance_scan_rate', scan, (p) => p.firstScanCode === 'accepted'),
    ...rate('transit_measurable_rate', scan, (p) => p.transitMeasurable === true),
    ...rate(
      'transit_2_working_days_rate',
      measured.filter((p) => attemptMaturity(p, 7, clock) === 'mature'),
      (p) => p.transitWorkingDays !== null && p.transitWorkingDays <= 2,
    ),
    ...percentileOf('transit_p50_hours', curve, 0.5),
    ...percentileOf('transit_p90_hours', curve, 0.9),
    ...percentileOf('transit_p95_hours', curve, 0.95),
    ...estimate('transit_reached_share', reached.share, reached),
    ...percentileOf('transit_working_days_p50', dayCurve, 0.5),
    ...percentileOf('transit_working_days_p90', dayCurve, 0.9),
  };
}

function promiseColumns({ scan, due }: Cohorts) {
  const promised = scan.filter((parcel) => parcel.eddOriginal !== null);
  return {
    ...rate('on_time_rate', due.filter(isHandedOverInTime), isOnTime),
    ...rate('promise_kept_rate', due, isOnTime),
    ...rate('promise_kept_plus_1d_rate', due, (p) => isOnTime(p) || (p.daysLate !== null && p.daysLate <= 1)),
    ...rate('handed_over_late_rate', due, (p) => !isHandedOverInTime(p)),
    ...rate('edd_coverage_rate', scan, (p) => p.eddOriginal !== null),
    ...rate('promise_seen_late_rate', promised, (p) => p.promiseSeenLate),
  };
}

const isOnTime: Hit = (parcel) => parcel.onTime === true;
const isHandedOverInTime: Hit = (parcel) => parcel.handedOverInTime === true;
const hadCarrierException: Hit = (parcel) => parcel.earlyGroups.has('carrier');

function outcomeColumns({ scan }: Cohorts, { clock }: Period) {
  const after14d = matureScans(scan, 14, clock);
  const after30d = matureScans(scan, 30, clock);
  const attempted = scan.filter((parcel) => parcel.firstAttemptSuccess !== null);
  const endedAs = (outcome: string) => (p: Milestones) =>
    p.outcome === outcome && isWithinDays(p.outcomeAt, p.firstScanAt, 30);
  const groupRates = EXCEPTION_GROUPS.map((group) =>
    rate(`exception_rate_${group}`, after14d, (p) => p.earlyGroups.has(group)),
  );
  return {
    ...rate('exception_rate', after14d, (p) => p.earlyGroups.size > 0),
    ...(Object.assign(
      {},
      ...groupRates,
    ) as RateColumns<`exception_rate_${(typeof EXCEPTION_GROUPS)[number]}`>),
    ...rate('first_attempt_success_rate', attempted, (p) => p.firstAttemptSuccess === true),
    ...rate('diverted_to_pickup_rate', attempted, (p) => p.divertedToPickup === true),
    ...rate('returned_30d_rate', after30d, endedAs('returned')),
    ...rate('lost_30d_rate', after30d, endedAs('lost')),
    ...rate('forced_30d_rate', after30d, endedAs('forced')),
    ...rate(
      'unresolved_30d_rate',
      after30d,
      (p) =>
        !isWithinDays(p.firstAttemptAt, p.firstScanAt, 30) && !isWithinDays(p.outcomeAt, p.firstScanAt, 30),
    ),
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
    ...firstScanColumns(cohorts, period),
    ...transitColumns(cohorts, period, calendar),
    ...promiseColumns(cohorts),
    ...outcomeColumns(cohorts, period),
    ...openColumns(parcels, period, calendar),
  };
}

function cellsOf(counted: Milestones[], isHit: Hit): Cell[] {
  const cells = new Map<string, Cell>();
  for (const parcel of counted) {
    const { carrierCode: unit, fromCountry, toCountry, deliveryType, serviceLevel } = parcel;
    const stratum = JSON.stringify([fromCountry, toCountry, deliveryType, serviceLevel]);
    const key = JSON.stringify([unit, stratum]);
    const cell = cells.get(key) ?? { unit, stratum, x: 0, n: 0 };
    cell.n += 1;
    if (isHit(parcel)) cell.x += 1;
    cells.set(key, cell);
  }
  return [...cells.values()];
}

/** The mix-adjusted columns of one carrier, from the parcels of all; `adj_support` is that of the on-time rate. */
export function adjustedFor(parcels: Milestones[], period: Period) {
  const { due, scan } = cohortsOf(parcels, period);
  const onTimeCells = cellsOf(due.filter(isHandedOverInTime), isOnTime);
  const exceptionCells = cellsOf(matureScans(scan, 14, period.clock), hadCarrierException);
  return (carrierCode: string | null): AdjustedColumns => {
    const onTime = standardise(onTimeCells, carrierCode);
    const exception = standardise(exceptionCells, carrierCode);
    return {
      ...adjusted('on_time_rate', onTime),
      ...adjusted('exception_rate_carrier', exception),
      adj_support: onTime.support,
    };
  };
}

type AdjustedOf<N extends AdjustedName> = Record<
  `${N}_adj` | `${N}_adj_lo` | `${N}_adj_hi` | `${N}_expected`,
  number | null
>;

function adjusted<N extends AdjustedName>(name: N, result: Omit<ReturnType<typeof standardise>, 'support'>) {
  return {
    [`${name}_adj`]: result.adj,
    [`${name}_adj_lo`]: result.lo,
    [`${name}_adj_hi`]: result.hi,
    [`${name}_expected`]: result.expected,
  } as AdjustedOf<N>;
}

export const noAdjustment: AdjustedColumns = {
  on_time_rate_adj: null,
  on_time_rate_adj_lo: null,
  on_time_rate_adj_hi: null,
  on_time_rate_expected: null,
  exception_rate_carrier_adj: null,
  exception_rate_carrier_adj_lo: null,
  exception_rate_carrier_adj_hi: null,
  exception_rate_carrier_expected: null,
  adj_support: null,
};
