import { expect, it } from 'vitest';
import { readTimeline } from '../../pipelines/sendcloud/timeline.js';
import { computeReference } from '../reference/metrics.js';
import { defaultSeeds } from '../reference/seeds.js';
import type { EventRow } from '../reference/types.js';
import { openScratch } from './harness.js';
import { readableHistories } from './nights.js';

const asOf = new Date('2026-06-30T09:41:00Z');

/** Always six digits, as the reference writes instants. */
function writeMicros(instant: string | null): string | null {
  if (instant === null) return null;
  const [whole = '', fraction = ''] = instant.replace('Z', '').split('.');
  return `${whole}.${fraction.padEnd(6, '0')}Z`;
}

/** An event as text; whether a missing stamp is a date the models call false and the reference null. */
function writeEvent(event: EventRow): string {
  return [
    event.tracking_number,
    writeMicros(event.event_at),
    event.event_type,
    event.status_code,
    event.sub_status_code,
    event.status_type,
    writeMicros(event.first_seen_at),
    writeMicros(event.last_seen_at),
    event.quarantine_reason,
    event.event_at !== null && event.is_date_only,
  ].join(' ');
}

it('every event, and every count of what is left out, is that of the reference', async () => {
  const scratch = await openScratch();
  // That two numbers are one parcel is known once it is landed; the reference learns it with the clock.
  const observations = readableHistories(51, 800, asOf).filter(({ response, observedAt }) => {
    const read = readTimeline(response, { keepSourceId: false });
    return observedAt <= asOf || (read.ok && read.timeline.trackingNumbers.length === 1);
  });
  await scratch.land(observations);
  await scratch.build({ asOf, days: 90 });
  const ours = await scratch.rows<EventRow>('select * from events');
  const counts = await scratch.rows<{ check_name: string; count: number }>('select * from data_quality');
  scratch.close();

  const reference = computeReference({
    observations,
    asOf,
    days: 90,
    seeds: defaultSeeds,
    holidays: () => false,
  });
  expect(ours.map(writeEvent).sort()).toEqual(reference.events.map(writeEvent).sort());

  const { quarantined, first_scan_excluded, transit_excluded } = reference.dataQuality;
  expect(Object.fromEntries(counts.map(({ check_name, count }) => [check_name, count]))).toMatchObject({
    event_no_timestamp: quarantined.no_timestamp,
    event_future: quarantined.future,
    event_before_label: quarantined.before_label,
    first_scan_date_only: first_scan_excluded.date_only_start + first_scan_excluded.date_only_end,
    first_scan_negative: first_scan_excluded.negative_duration,
    transit_date_only: transit_excluded.date_only_start + transit_excluded.date_only_end,
    transit_negative: transit_excluded.negative_duration,
  });
});
