import { millisecondsInDay } from 'date-fns/constants';
import { attemptSuccess } from './carriers.js';
import type { Placement } from './placement.js';
import { happens, pickWeighted } from './random.js';
import type { MomentDetails, Timeline } from './timeline.js';

/** Whoever opens the door: carriers write the name into the description, where no one may keep it. */
interface Recipient {
  name: string;
  street: string;
}

function addDelivered(
  timeline: Timeline,
  parcel: Placement,
  day: number,
  at: number,
  details: MomentDetails,
): number {
  const isDateOnly = happens(timeline.random, parcel.carrier.dateOnlyShare);
  return timeline.add(at, 'delivered', {
    ...details,
    stamp: isDateOnly ? day * millisecondsInDay : undefined,
  });
}

/** Back to the sender: first the word, then the way, and now and then a "delivered" at the sender's own door. */
function addReturn(timeline: Timeline, parcel: Placement, day: number, sub: string): void {
  const { calendar, random } = timeline;
  const turnDay = calendar.nextOpen(parcel.to, day + 1);
  timeline.addLocal(parcel.to, turnDay, [9, 15], 'returned_sender', { sub });
  timeline.addLocal(parcel.to, turnDay, [19, 22], 'in_transit');
  const backDay = calendar.addOpenDays(parcel.from, turnDay, 2);
  timeline.addLocal(parcel.from, backDay, [4, 6], 'sorted');
  if (happens(random, 0.3)) timeline.addLocal(parcel.from, backDay, [10, 16], 'delivered', { sub: 'sender' });
}

/** Waits at a pick-up point: collected after some days, or sent back when the time is over. */
function addCollection(timeline: Timeline, parcel: Placement, day: number, recipient: Recipient): void {
  const { calendar, random } = timeline;
  if (happens(random, 0.06)) {
    const lastDay = calendar.addOpenDays(parcel.to, day, 7);
    timeline.addLocal(parcel.to, lastDay, [18, 19], 'pup_expiration', { sub: 'expired' });
    addReturn(timeline, parcel, lastDay, 'expired');
    return;
  }
  const wait = Math.min(6, Math.floor(-Math.log(1 - random()) * 1.6));
  const collectDay = calendar.addOpenDays(parcel.to, day, wait);
  const hours: readonly [number, number] = wait === 0 ? [18.2, 20] : [9, 19.5];
  const at = timeline.pickInstant(parcel.to, collectDay, hours);
  addDelivered(timeline, parcel, collectDay, at, { sub: 'pup', text: `Collected by ${recipient.name}.` });
}

function addSecondTry(timeline: Timeline, parcel: Placement, day: number, recipient: Recipient): void {
  const { calendar, random } = timeline;
  const { to } = parcel;
  const nextDay = calendar.nextOpen(to, day + 1);
  const next = pickWeighted(random, [
    ['again', 50],
    ['pick_up', 42],
    ['address', 8],
  ]);
  if (next === 'pick_up') {
    timeline.addLocal(to, nextDay, [9, 10], 'pup', { sub: happens(random, 0.4) ? 'locker' : 'shop' });
    addCollection(timeline, parcel, nextDay, recipient);
    return;
  }
  if (next === 'address') {
    timeline.addLocal(to, nextDay, [9, 12], 'address_error', { sub: 'unknown_receiver' });
    const laterDay = calendar.addOpenDays(to, nextDay, 2);
    if (happens(random, 0.45)) addReturn(timeline, parcel, laterDay, 'undeliverable');
    else addDelivered(timeline, parcel, laterDay, timeline.pickInstant(to, laterDay, [9.5, 18]), {});
    return;
  }
  timeline.addLocal(to, nextDay, [7, 9], 'in_delivery');
  const at = timeline.pickInstant(to, nextDay, [9.5, 18]);
  if (happens(random, 0.84)) {
    addDelivered(timeline, parcel, nextDay, at, { text: `Delivered. Signed for by ${recipient.name}.` });
    return;
  }
  timeline.add(at, 'attempted', { sub: 'two', text: `Nobody at home at ${recipient.street}.` });
  const pickupDay = calendar.nextOpen(to, nextDay + 1);
  timeline.addLocal(to, pickupDay, [9, 10], 'pup', { sub: 'shop' });
  addCollection(timeline, parcel, pickupDay, recipient);
}

/** Adds the first attempt on its day and all that follows: handed over, tried again, collected, refused or sent back. */
export function addDelivery(timeline: Timeline, parcel: Placement, day: number, recipient: Recipient): void {
  const { random } = timeline;
  const { to, deliveryType } = parcel;
  // Drawn first and alike for every carrier and kind, so that the hour of the day tells no carrier from another.
  const at = timeline.pickInstant(to, day, [9.5, 18]);
  if (deliveryType === 'mailbox') {
    addDelivered(timeline, parcel, day, at, { sub: 'mailbox' });
    return;
  }
  if (deliveryType === 'service_point') {
    timeline.add(at, 'pup', { sub: happens(random, 0.5) ? 'locker' : 'shop' });
    addCollection(timeline, parcel, day, recipient);
    return;
  }
  if (happens(random, 0.007)) {
    timeline.add(at, 'attempted', { sub: 'rejected' });
    timeline.add(at + 60_000, happens(random, 0.7) ? 'refused' : 'customer_rejected', {
      sub: 'rejected',
      text: `Refused by ${recipient.name}.`,
    });
    addReturn(timeline, parcel, day, 'rejected');
    return;
  }
  if (!happens(random, attemptSuccess[to])) {
    timeline.add(at, 'attempted', { sub: 'not_home', text: `Nobody at home at ${recipient.street}.` });
    addSecondTry(timeline, parcel, day, recipient);
    return;
  }
  const sub = pickWeighted(random, [
    ['none', 68],
    ['signature', 16],
    ['neighbour', 11],
    ['safeplace', 5],
  ]);
  const delivered = addDelivered(timeline, parcel, day, at, {
    sub,
    text: `Delivered. Signed for by ${recipient.name}.`,
  });
  if (happens(random, 0.004)) timeline.add(delivered + 50 * 60_000, 'in_delivery');
  if (happens(random, 0.001)) addReturn(timeline, parcel, day + 4, 'receiver');
}
