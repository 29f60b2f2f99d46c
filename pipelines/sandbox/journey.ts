import { millisecondsInMinute } from 'date-fns/constants';
import type { Calendar } from './calendar.js';
import { findSpeed } from './carriers.js';
import { addDelivery } from './delivery.js';
import type { Person } from './people.js';
import type { Placement } from './placement.js';
import { between, createRandom, happens, pick, pickWeighted, type Random } from './random.js';
import { type Moment, Timeline } from './timeline.js';
import { addExceptions, addScans, type Leg } from './transit.js';

export interface Journey {
  moments: Moment[];
  /** Promised days, each in force from an instant on. */
  promises: { from: number; day: number }[];
  relabelledAt: number | null;
}

/** Labels made later than this leave with the next open day's collection. */
const cutOffMinute = 15 * 60;

function pickFate(random: Random, trouble: number) {
  return pickWeighted(random, [
    ['cancelled', 1.3],
    ['never_scanned', 2],
    ['stalled', 0.5 * trouble],
    ['forced', 0.4 * trouble],
    ['lost', 0.45 * trouble],
    ['found', 0.2 * trouble],
    ['delivered', 96.7 - 1.55 * trouble],
  ]);
}

function pickWorkingDays(random: Random, parcel: Placement, handoverDay: number, endDay: number): number {
  const { carrier, from, to } = parcel;
  const { slowdown } = carrier;
  const isSlow =
    slowdown !== undefined && slowdown.lane === `${from}-${to}` && handoverDay >= endDay - slowdown.lastDays;
  const weights = isSlow ? slowdown.days : findSpeed(carrier, from, to).days;
  return pickWeighted(
    random,
    weights.map((weight, index) => [index + 1, weight] as const),
  );
}

/** Moves a promise that was not kept, each time on its evening and to a day that is believed: so a promise looks better later. */
function planPromises(
  timeline: Timeline,
  parcel: Placement,
  first: { from: number; day: number },
  attemptDay: number | null,
): Journey['promises'] {
  const { calendar, random } = timeline;
  const promises = [first];
  if (attemptDay !== null && attemptDay < first.day) {
    if (happens(random, 0.35)) {
      promises.push({ from: calendar.toInstant(parcel.to, attemptDay, 7 * 60), day: attemptDay });
    }
    return promises;
  }
  let day = first.day;
  while (promises.length < 4 && (attemptDay === null || day < attemptDay)) {
    const from = timeline.pickInstant(parcel.to, day, [18, 20]);
    const nextDay = calendar.addOpenDays(parcel.to, day, 1);
    day = attemptDay !== null && happens(random, 0.7) ? attemptDay : nextDay;
    promises.push({ from, day });
  }
  return promises;
}

function addCancellation(timeline: Timeline, announcedAt: number): void {
  const { random } = timeline;
  const asked = timeline.add(announcedAt + between(random, 5, 300) * millisecondsInMinute, 'cancelling', {
    type: 'internal',
  });
  const code = happens(random, 0.85) ? 'cancelled' : 'cancelled_upstream';
  timeline.add(asked + between(random, 1, 90) * millisecondsInMinute, code, { type: 'internal' });
}

function addSilence(timeline: Timeline, parcel: Placement, plannedDay: number): void {
  const { calendar, random } = timeline;
  const word = random();
  if (word < 0.3) {
    timeline.addLocal(parcel.from, plannedDay + 14, [6, 8], 'dropoff_expiration', { sub: 'expired' });
  } else if (word < 0.5) {
    const day = calendar.addOpenDays(parcel.from, plannedDay, 3);
    timeline.addLocal(parcel.from, day, [8, 10], 'handover_delay', { type: 'calculated', sub: 'sender' });
  }
}

/** What becomes of a parcel that stops on its way. Returns the day on which it goes on, or null. */
function addStop(timeline: Timeline, parcel: Placement, fate: string, stopDay: number): number | null {
  const { calendar, random } = timeline;
  const { to } = parcel;
  if (fate === 'stalled' || fate === 'forced') {
    const day = calendar.addOpenDays(to, stopDay, 6);
    if (happens(random, 0.5))
      timeline.addLocal(to, day, [5, 7], 'off_radar', { type: 'calculated', sub: 'unknown' });
    if (fate === 'stalled') return null;
    const forcedDay = calendar.addOpenDays(to, stopDay, Math.round(between(random, 9, 15)));
    timeline.addLocal(to, forcedDay, [9, 17], 'delivery_forced', { type: 'internal' });
    return null;
  }
  const missingDay = calendar.addOpenDays(to, stopDay, Math.round(between(random, 5, 9)));
  timeline.addLocal(to, missingDay, [8, 16], 'missing', { sub: 'undeliverable' });
  if (fate === 'found') {
    const foundDay = calendar.addOpenDays(to, missingDay, Math.round(between(random, 1, 6)));
    timeline.addLocal(to, foundDay, [10, 20], 'sorted', { sub: 'parcel_found' });
    return calendar.nextOpen(to, foundDay + 1);
  }
  const claimDay = calendar.addOpenDays(to, missingDay, 2);
  timeline.addLocal(to, claimDay, [6, 8], 'claimable', { type: 'claim' });
  if (happens(random, 0.6))
    timeline.addLocal(to, claimDay + 1, [9, 17], 'claim', { type: 'claim', sub: 'sender' });
  return null;
}

/** The oddities of real feeds: repeated events, codes that nobody has listed, cancellations that came too late. */
function addOddities(timeline: Timeline, acceptedAt: number): void {
  const { moments, random } = timeline;
  if (happens(random, 0.002)) timeline.add(acceptedAt + 30 * millisecondsInMinute, 'cancellation_failed');
  if (happens(random, 0.004)) {
    const code = pick(random, ['locker_assigned', 'depot_check', 'route_planned']);
    const status = pick(random, ['success', 'warning'] as const);
    timeline.add(acceptedAt + between(random, 40, 200) * millisecondsInMinute, code, { status });
  }
  const scans = moments.filter((moment) => moment.eventType === 'carrier');
  if (scans.length === 0 || !happens(random, 0.018)) return;
  const twice = pick(random, scans);
  moments.push(happens(random, 0.8) ? { ...twice } : { ...twice, statusType: 'warning' });
}

/** Plans everything that will ever happen to a parcel; who looks at it earlier must leave out what comes later. */
export function planJourney(
  parcel: Placement,
  recipient: Person,
  world: { seed: number; stream: number; endDay: number; calendar: Calendar },
): Journey {
  const { calendar } = world;
  const random = createRandom(world.seed, parcel.index, world.stream);
  const timeline = new Timeline(calendar, random);
  const { announcedAt, carrier, from, to, labelDay } = parcel;
  const { moments } = timeline;

  const fate = pickFate(random, carrier.troubleFactor);
  timeline.add(announcedAt, 'announced', { type: 'internal', stamp: announcedAt });
  if (happens(random, 0.5)) timeline.add(announcedAt + 4 * millisecondsInMinute, 'labelled');
  if (happens(random, 0.002)) timeline.add(announcedAt + 60 * millisecondsInMinute, 'announcement_failed');
  if (fate === 'cancelled') {
    addCancellation(timeline, announcedAt);
    return { moments, promises: [], relabelledAt: null };
  }

  const isInTime = calendar.isOpen(from, labelDay) && parcel.labelMinute < cutOffMinute;
  const plannedDay = isInTime ? labelDay : calendar.nextOpen(from, labelDay + 1);
  const slip = pickWeighted(random, [
    [0, 96],
    [1, 3],
    [2, 0.7],
    [4, 0.3],
  ]);
  const handoverDay = calendar.addOpenDays(from, plannedDay, slip);
  const { promiseDays } = findSpeed(carrier, from, to);
  const workingDays = pickWorkingDays(random, parcel, handoverDay, world.endDay);
  const leg: Leg = {
    handoverDay,
    promiseDays,
    workingDays,
    attemptDay: calendar.addOpenDays(to, handoverDay, workingDays),
  };
  const isPromised = happens(random, carrier.promiseShare);
  const isPromisedAtLabel = happens(random, 0.85);
  const promise = {
    from: isPromisedAtLabel ? announcedAt : calendar.toInstant(from, handoverDay, 20 * 60),
    day: calendar.addOpenDays(to, isPromisedAtLabel ? plannedDay : handoverDay, promiseDays),
  };

  if (fate === 'never_scanned') {
    addSilence(timeline, parcel, plannedDay);
    const promises = isPromised && isPromisedAtLabel ? planPromises(timeline, parcel, promise, null) : [];
    return { moments, promises, relabelledAt: null };
  }

  const isStopped = fate !== 'delivered';
  const acceptedAt = calendar.toInstant(from, handoverDay, 19.6 * 60);
  if (happens(random, 0.1)) timeline.addLocal(from, handoverDay, [15.2, 16.8], 'dropped');
  addScans(timeline, parcel, leg, isStopped);
  if (slip > 0 && happens(random, 0.5))
    timeline.add(acceptedAt + 5 * millisecondsInMinute, 'handover_delay', { sub: 'sender' });
  let relabelledAt: number | null = null;
  if (workingDays > 1 && happens(random, 0.012)) {
    relabelledAt = timeline.addLocal(from, handoverDay, [23, 23.7], 'relabelled', { sub: 'damaged' });
  }
  addOddities(timeline, acceptedAt);

  const attemptDay = isStopped ? addStop(timeline, parcel, fate, leg.attemptDay) : leg.attemptDay;
  if (!isStopped) addExceptions(timeline, parcel, leg);
  if (attemptDay !== null) addDelivery(timeline, parcel, attemptDay, recipient);
  const promises = isPromised ? planPromises(timeline, parcel, promise, attemptDay) : [];
  return { moments, promises, relabelledAt };
}
