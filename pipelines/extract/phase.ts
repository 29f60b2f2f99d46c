import type { Timeline, TimelineEvent } from '../sendcloud/timeline.js';

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
]);

interface Dated extends Pick<TimelineEvent, 'eventType'> {
  eventAt: bigint;
  code: string;
}

/** Usable events that had happened by then, by time. */
function listHappened({ events }: Timeline, observedAt: bigint): Dated[] {
  return events.flatMap((event) =>
    event.eventAt === null || event.eventAt > observedAt
      ? []
      : // the few fields that are looked at: copying whole events is a tenth of an import
        [
          {
            eventAt: event.eventAt,
            eventType: event.eventType,
            code: event.statusCode?.toLowerCase() ?? '',
          },
        ],
  );
}

const isCarrier = ({ eventType }: Dated) => eventType === 'carrier';
const isScan = (event: Dated) =>
  isCarrier(event) && (phaseByCode.has(event.code) || event.code === 'delivered');

/**
 * What ended the parcel's journey: the earliest of delivery, return, loss, cancellation and forced delivery, as the models have it. A
 * scan after a delivery changes nothing; one after a loss revokes it; a cancelled parcel that was scanned travels.
 */
function findEnd(happened: readonly Dated[]): { phase: Phase; since: bigint } | null {
  const returned = happened.find((event) => isCarrier(event) && event.code === 'returned_sender');
  const lastScanAt = happened.findLast(isScan)?.eventAt;
  const isLoss = (event: Dated) =>
    (event.eventType === 'claim' || (isCarrier(event) && event.code === 'missing')) &&
    (lastScanAt === undefined || lastScanAt <= event.eventAt);
  // In the order that decides between ends of one time.
  const ends: [Phase, Dated | undefined][] = [
    [
      'delivered',
      happened.find(
        (event) =>
          isCarrier(event) &&
          event.code === 'delivered' &&
          (returned === undefined || event.eventAt <= returned.eventAt),
      ),
    ],
    ['returned', returned],
    ['lost', happened.find(isLoss)],
    [
      'cancelled',
      lastScanAt === undefined
        ? happened.find(({ code }) => code === 'cancelled' || code === 'cancelled_upstream')
        : undefined,
    ],
    ['delivered', happened.find(({ code }) => code === 'delivery_forced')],
  ];
  let found: { phase: Phase; since: bigint } | null = null;
  for (const [phase, event] of ends) {
    if (event === undefined || (found !== null && found.since <= event.eventAt)) continue;
    found = { phase, since: event.eventAt };
  }
  return found;
}

/**
 * The phase after a response, and the instant (microseconds, UTC) from which its age counts: the event that began it, or for a
 * label without a scan the announcement (null where nothing is known); and the newest event that had happened.
 */
export function readPhase(
  timeline: Timeline,
  observedAt: bigint,
): { phase: Phase; since: bigint | null; lastEventAt: bigint | null } {
  const happened = listHappened(timeline, observedAt);
  const lastEventAt = happened.at(-1)?.eventAt ?? null;
  const end = findEnd(happened);
  if (end !== null) return { ...end, lastEventAt };
  let phase: Phase = 'label';
  let since = timeline.announcedAt;
  for (const { code, eventAt } of happened) {
    const next = phaseByCode.get(code);
    if (next === undefined || next === phase) continue;
    since = eventAt;
    phase = next;
  }
  return { phase, since, lastEventAt };
}
