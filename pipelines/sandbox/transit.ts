import { crossesBorder } from './carriers.js';
import type { Placement } from './placement.js';
import { happens, pick, pickWeighted } from './random.js';
import type { MomentDetails, Timeline } from './timeline.js';

/** The days of a way to the door: hand-over in the origin's calendar, the others in the destination's. */
export interface Leg {
  handoverDay: number;
  attemptDay: number;
  /** Working days from hand-over to first attempt, and how many the carrier promises. */
  workingDays: number;
  promiseDays: number;
}

interface Scan {
  at: number;
  code: string;
  /** Share of parcels for which the carrier fails to report it. */
  lost: number;
  details?: MomentDetails;
}

function planScans(timeline: Timeline, parcel: Placement, leg: Leg): Scan[] {
  const { calendar, random } = timeline;
  const { from, to } = parcel;
  const { handoverDay, attemptDay, workingDays } = leg;
  const scans: Scan[] = [
    { at: timeline.pickInstant(from, handoverDay, [17, 19.5]), code: 'accepted', lost: 0.06 },
    { at: timeline.pickInstant(from, handoverDay, [20, 23]), code: 'sorted', lost: 0.1 },
  ];
  const isAbroad = crossesBorder(from, to);
  const dayBefore = workingDays > 1 ? calendar.addOpenDays(to, handoverDay, workingDays - 1) : attemptDay;
  if (dayBefore === attemptDay) {
    scans.push({ at: timeline.pickInstant(to, attemptDay, [1.5, 3]), code: 'in_transit', lost: 0.3 });
    if (isAbroad)
      scans.push({ at: timeline.pickInstant(to, attemptDay, [3.2, 4.3]), code: 'customs', lost: 0.05 });
  } else {
    const lineHaulDay = calendar.nextOpen(from, handoverDay + 1);
    if (lineHaulDay <= dayBefore) {
      scans.push({ at: timeline.pickInstant(from, lineHaulDay, [2, 6]), code: 'in_transit', lost: 0.12 });
    }
    if (workingDays > 3) {
      const secondDay = calendar.addOpenDays(to, handoverDay, 2);
      if (secondDay > lineHaulDay) {
        scans.push({ at: timeline.pickInstant(to, secondDay, [6.5, 7.5]), code: 'in_transit', lost: 0.3 });
      }
    }
    if (isAbroad)
      scans.push({ at: timeline.pickInstant(to, dayBefore, [8, 14]), code: 'customs', lost: 0.05 });
    scans.push({ at: timeline.pickInstant(to, dayBefore, [16, 22]), code: 'sorted', lost: 0.15 });
  }
  const missorted = workingDays > leg.promiseDays && happens(random, 0.2);
  scans.push({
    at: timeline.pickInstant(to, attemptDay, [4.5, 6.4]),
    code: 'sorted',
    lost: 0.4,
    details: missorted ? { sub: 'missort' } : undefined,
  });
  if (parcel.deliveryType !== 'mailbox') {
    scans.push({ at: timeline.pickInstant(to, attemptDay, [7, 9]), code: 'in_delivery', lost: 0.04 });
  }
  return scans;
}

/**
 * Adds the carrier's scans up to the delivery vehicle. A parcel that stops on its way shows only the first of them.
 * Returns the instant of the last scan added, or of the hand-over where the carrier reported none.
 */
export function addScans(timeline: Timeline, parcel: Placement, leg: Leg, stops: boolean): number {
  const { random } = timeline;
  const isUnscanned = happens(random, parcel.carrier.unscannedShare) && !stops;
  const planned = planScans(timeline, parcel, leg);
  const reported = planned.filter((scan) => {
    const isMissed = happens(random, scan.lost);
    return isUnscanned ? scan.code === 'in_delivery' : !isMissed;
  });
  const onTheWay = reported.filter((scan) => scan.code !== 'in_delivery');
  const shown = stops ? onTheWay.slice(0, 1 + Math.floor(random() * onTheWay.length)) : reported;
  let last = timeline.calendar.toInstant(parcel.from, leg.handoverDay, 17 * 60);
  for (const scan of shown) last = timeline.add(scan.at, scan.code, scan.details);
  return last;
}

const delays: readonly (readonly [string, number])[] = [
  ['sorting_delay', 36],
  ['delivery_delay', 30],
  ['hold', 9],
  ['address_error', 9],
  ['off_radar', 6],
  ['non_conformity', 4],
  ['changed', 4],
  ['customer_support', 2],
];
const details: Record<string, readonly string[]> = {
  sorting_delay: ['late', 'missort', 'mechanical', 'high_volume'],
  delivery_delay: ['traffic', 'weather_conditions', 'high_volume', 'late'],
  hold: ['requested', 'payment', 'none'],
  address_error: ['incorrect_information', 'unknown_receiver'],
  customs_issue: ['documents', 'payment', 'content'],
  non_conformity: ['max_measure', 'max_weight', 'packaging'],
};

/** Adds an event that explains a delay (the way is drawn first: an explanation never makes a parcel slower) or stands for itself. */
export function addExceptions(timeline: Timeline, parcel: Placement, leg: Leg): void {
  const { calendar, random } = timeline;
  const { carrier, from, to } = parcel;
  if (leg.workingDays > leg.promiseDays) {
    const dueDay = calendar.addOpenDays(to, leg.handoverDay, leg.promiseDays);
    if (happens(random, carrier.delayReportShare)) {
      const code =
        crossesBorder(from, to) && happens(random, 0.55) ? 'customs_issue' : pickWeighted(random, delays);
      timeline.addLocal(to, dueDay, [18, 20], code, { sub: pick(random, details[code] ?? ['none']) });
    }
    if (happens(random, 0.45)) {
      timeline.addLocal(to, dueDay, [20.5, 22], 'delay_unknown', { type: 'calculated', sub: 'delay' });
    }
  }
  if (!happens(random, 0.013 * carrier.troubleFactor)) return;
  const code = pickWeighted(random, [
    ['hold', 30],
    ['changed', 28],
    ['non_conformity', 15],
    ['customer_support', 12],
    ['damaged', 15],
  ]);
  timeline.addLocal(to, leg.attemptDay, [6.5, 6.9], code, {
    sub: pick(random, details[code] ?? ['none']),
    status: code === 'customer_support' && happens(random, 0.3) ? 'success' : undefined,
  });
  if (code === 'damaged' && happens(random, 0.4)) {
    timeline.addLocal(to, leg.attemptDay + 3, [9, 16], 'claim', { type: 'claim', sub: 'damaged' });
  }
}
