import type { Timeline } from '../sendcloud/timeline.js';

/**
 * Where a parcel is, as far as planning its next poll goes. A coarse reading of the newest response; what the numbers mean is
 * decided by the models, from the events.
 */
export type Phase =
  | 'label'
  | 'under_way'
  | 'out_for_delivery'
  | 'waiting'
  | 'delivered'
  | 'returned'
  | 'lost'
  | 'cancelled';

const phaseByCode: ReadonlyMap<string, Phase> = new Map([
  ['accepted', 'under_way'],
  ['sorted', 'under_way'],
  ['in_transit', 'under_way'],
  ['customs', 'waiting'],
  ['in_delivery', 'out_for_delivery'],
  ['attempted', 'under_way'],
  ['pup', 'waiting'],
  ['delivered', 'delivered'],
  ['delivery_forced', 'delivered'],
  ['returned_sender', 'returned'],
  ['missing', 'lost'],
  ['cancelled', 'cancelled'],
  ['cancelled_upstream', 'cancelled'],
]);

// An end outweighs whatever else carries the same stamp.
const ends: ReadonlySet<Phase> = new Set(['delivered', 'returned', 'lost', 'cancelled']);

/**
 * The phase after a response, and the instant (microseconds, UTC) from which its age counts: the event that began it, or for a
 * label without a scan the announcement (null where nothing is known).
 */
export function readPhase(timeline: Timeline, observedAt: bigint): { phase: Phase; since: bigint | null } {
  let phase: Phase = 'label';
  let since = timeline.announcedAt;
  let latestAt: bigint | null = null;
  for (const event of timeline.events) {
    const next = event.statusCode === null ? undefined : phaseByCode.get(event.statusCode.toLowerCase());
    if (next === undefined || event.eventAt === null || event.eventAt > observedAt) continue;
    const isLater =
      latestAt === null || event.eventAt > latestAt || (event.eventAt === latestAt && ends.has(next));
    if (!isLater) continue;
    if (next !== phase) since = event.eventAt;
    phase = next;
    latestAt = event.eventAt;
  }
  return { phase, since };
}
