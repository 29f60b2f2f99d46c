/** Histories whose labels wait for a van. */
import type { Observation } from './types.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * Five months of three carriers, a label an hour from 09:20 to 17:20 UTC, each day. The van loads what was labelled before a minute of the
 * day: 14:00 for all, but in the last weeks 12:00 for `earlier` and 16:00 for `later`. Some are scanned the day after, some never.
 */
export function cutOffHistories(asOf: Date): Observation[] {
  const observations: Observation[] = [];
  const stamp = (ms: number) => new Date(ms).toISOString();
  const midnight = Math.floor(asOf.getTime() / DAY_MS) * DAY_MS;
  const usual = { earlier: 12 * 60, later: 16 * 60, steady: 14 * 60 };
  for (let day = 150; day >= 1; day -= 1) {
    for (const [carrier, moved] of Object.entries(usual)) {
      for (let hour = 9; hour <= 17; hour += 1) {
        const minute = hour * 60 + 20 + ((day * 7 + hour * 11) % 25);
        const labelMs = midnight - day * DAY_MS + minute * MINUTE_MS;
        const isInTime = minute < (day <= 26 ? moved : 14 * 60) !== ((day + hour) % 13 === 0);
        const vanMs = midnight - (isInTime ? day : day - 1) * DAY_MS + 17 * HOUR_MS + 50 * MINUTE_MS;
        const scanMs = vanMs + ((day * 5 + hour) % 40) * MINUTE_MS;
        const isScanned = scanMs < asOf.getTime() && (day * 3 + hour) % 29 !== 0;
        observations.push({
          observedAt: new Date(Math.min(asOf.getTime(), labelMs + 40 * HOUR_MS)),
          response: {
            announced_at: stamp(labelMs),
            details: {},
            from_address: { country_code: 'NL' },
            to_address: { country_code: 'NL' },
            events: isScanned
              ? [
                  {
                    event_at: stamp(scanMs),
                    event_type: 'carrier',
                    status_code: 'accepted',
                    status_type: 'success',
                  },
                ]
              : [],
            tracking_numbers: [{ carrier_code: carrier, tracking_number: `CH-${carrier}-${day}-${hour}` }],
          },
        });
      }
    }
  }
  return observations;
}
