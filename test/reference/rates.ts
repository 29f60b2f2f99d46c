/** The rates: which cohort asks, whom it asks, and what counts. One line a rate. */
import {
  attemptMaturity,
  type CohortName,
  labelMaturity,
  type Maturity,
  type Period,
  scanMaturity,
} from './cohorts.js';
import type { Milestones } from './parcels.js';
import { DAY_US, type Stamp } from './time.js';
import type { ExceptionGroup, RateName } from './types.js';

export interface Rate {
  name: RateName;
  cohort: CohortName;
  /** True counts, false does not, null is not asked. The parcel's milestones stand at the clock. */
  ask(parcel: Milestones, clock: number): boolean | null;
}

const GROUPS: ExceptionGroup[] = ['sender', 'recipient', 'carrier', 'border', 'unattributed'];

function isWithinDays(stamp: Stamp | null, start: Stamp | null, days: number): boolean {
  return stamp !== null && start !== null && stamp.at <= start.at + days * DAY_US;
}

const when = (isAsked: boolean, isCounted: boolean) => (isAsked ? isCounted : null);
const isMature = (maturity: Maturity) => maturity === 'mature';
const isHandedOver = (parcel: Milestones) => parcel.handedOverInTime === true;
const isOnTime = (parcel: Milestones) => parcel.onTime === true;
const isForeseen = (parcel: Milestones) => parcel.promiseForeseen === true;

function scanRate(name: RateName, ask: Rate['ask']): Rate {
  return { name, cohort: 'scan', ask };
}

function dueRate(name: RateName, ask: Rate['ask']): Rate {
  return { name, cohort: 'due', ask };
}

function endRate(name: RateName, outcome: string): Rate {
  return scanRate(name, (p, clock) =>
    when(
      isMature(scanMaturity(p, 30, clock)),
      p.outcome === outcome && isWithinDays(p.outcomeAt, p.firstScanAt, 30),
    ),
  );
}

export const rates: Rate[] = [
  {
    name: 'never_scanned_7d_rate',
    cohort: 'label',
    ask: (p, clock) =>
      when(
        p.outcome !== 'forced' && isMature(labelMaturity(p, 7, clock)),
        !isWithinDays(p.firstScanAt, p.labelAt, 7),
      ),
  },
  scanRate('acceptance_scan_rate', (p) => p.firstScanCode === 'accepted'),
  scanRate('transit_measurable_rate', (p) => p.transitMeasurable === true),
  scanRate('transit_2_working_days_rate', (p, clock) =>
    when(
      p.transitMeasurable === true && p.outcome !== 'forced' && isMature(attemptMaturity(p, 7, clock)),
      p.transitWorkingDays !== null && p.transitWorkingDays <= 2,
    ),
  ),
  dueRate('on_time_rate', (p) => when(isHandedOver(p), isOnTime(p))),
  dueRate('on_time_foreseen_rate', (p) => when(isHandedOver(p) && isForeseen(p), isOnTime(p))),
  dueRate('promise_foreseen_rate', (p) => when(isHandedOver(p), isForeseen(p))),
  dueRate('promise_kept_rate', isOnTime),
  dueRate('promise_kept_plus_1d_rate', (p) => isOnTime(p) || (p.daysLate !== null && p.daysLate <= 1)),
  dueRate('handed_over_late_rate', (p) => !isHandedOver(p)),
  scanRate('edd_coverage_rate', (p) => p.eddOriginal !== null),
  scanRate('promise_seen_late_rate', (p) => when(p.eddOriginal !== null, p.promiseSeenLate)),
  scanRate('exception_rate', (p, clock) =>
    when(isMature(scanMaturity(p, 14, clock)), p.earlyGroups.size > 0),
  ),
  ...GROUPS.map((group) =>
    scanRate(`exception_rate_${group}`, (p, clock) =>
      when(isMature(scanMaturity(p, 14, clock)), p.earlyGroups.has(group)),
    ),
  ),
  scanRate('first_attempt_success_rate', (p) => p.firstAttemptSuccess),
  scanRate('diverted_to_pickup_rate', (p) => p.divertedToPickup),
  endRate('returned_30d_rate', 'returned'),
  endRate('lost_30d_rate', 'lost'),
  endRate('forced_30d_rate', 'forced'),
  scanRate('unresolved_30d_rate', (p, clock) =>
    when(
      isMature(attemptMaturity(p, 30, clock)),
      !isWithinDays(p.firstAttemptAt, p.firstScanAt, 30) && !isWithinDays(p.outcomeAt, p.firstScanAt, 30),
    ),
  ),
];

const byName = new Map(rates.map((rate) => [rate.name, rate]));

export function rateOf(name: RateName): Rate {
  const rate = byName.get(name);
  if (!rate) throw new Error(`no such rate: ${name}`);
  return rate;
}

/** How many of a cohort were asked, and how many counted. */
export function countRate(rate: Rate, cohort: Milestones[], { clock }: Period): { x: number; n: number } {
  const answers = cohort.map((parcel) => rate.ask(parcel, clock)).filter((answer) => answer !== null);
  return { x: answers.filter(Boolean).length, n: answers.length };
}
