/** Histories with weeks full enough to be charted. */
import type { Observation } from './types.js';

const MINUTE_MS = 60_000;

/**
 * A year of two carriers on two lanes, thirty-odd parcels a week and lane, so that weeks can be charted. `steady` keeps
 * nine promises of ten; so does `slowpost`, but for its last weeks to Germany, where it keeps half.
 */
export function busyHistories(asOf: Date, weeks = 40): Observation[] {
  const observations: Observation[] = [];
  const stamp = (ms: number) => new Date(ms).toISOString();
  for (let week = 0; week < weeks; week += 1) {
    for (let index = 0; index < 36; index += 1) {
      for (const carrier of ['steady', 'slowpost']) {
        for (const to of ['NL', 'DE']) {
          const labelMs =
            asOf.getTime() - (weeks - week) * 7 * 86_400_000 - (index % 4) * 86_400_000 - index * MINUTE_MS;
          const isFallen = carrier === 'slowpost' && to === 'DE' && week >= weeks - 5;
          // Some noise without a generator: the pattern of weeks and parcels is uneven enough.
          const isLate = isFallen ? index % 2 === 0 : (index * 7 + week * 5 + to.length) % 10 === 0;
          const deliveredMs = labelMs + (isLate ? 96 : 47) * 3_600_000 + (index % 5) * 3_600_000;
          const promised = stamp(labelMs + 3 * 86_400_000).slice(0, 10);
          const tracking_number = `BH-${carrier}-${to}-${week}-${index}`;
          const body = (events: object[]) => ({
            announced_at: stamp(labelMs),
            details: { expected_delivery_date: promised },
            from_address: { country_code: 'NL' },
            to_address: { country_code: to },
            events,
            tracking_numbers: [{ carrier_code: carrier, tracking_number }],
          });
          const event = (status_code: string, ms: number) => ({
            event_at: stamp(ms),
            event_type: 'carrier',
            status_code,
            status_type: 'success',
          });
          const accepted = event('accepted', labelMs + 7 * 3_600_000);
          observations.push({ observedAt: new Date(labelMs + 8 * 3_600_000), response: body([accepted]) });
          observations.push({
            observedAt: new Date(deliveredMs + 3_600_000),
            response: body([accepted, event('delivered', deliveredMs)]),
          });
        }
      }
    }
  }
  return observations;
}
