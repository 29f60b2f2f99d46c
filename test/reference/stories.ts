/** Short ways to tell what polls showed, for worked examples. */
import { computeReference } from './metrics.js';
import { defaultSeeds } from './seeds.js';
import type { Target } from './targets.js';
import type { Observation, ParcelRow } from './types.js';

export const AS_OF = new Date('2026-06-15T04:00:00Z');

/** With Whit Monday as the Netherlands' only holiday. */
export function compute(observations: Observation[], asOf = AS_OF, targets: Target[] = []) {
  const holidays = (country: string, day: string) => country === 'NL' && day === '2026-05-25';
  return computeReference({ observations, asOf, days: 90, seeds: defaultSeeds, holidays, targets });
}

/** 'carrier accepted 2026-05-04T10:00:00Z', events of one body. */
function writeEvents(lines: string[]) {
  return lines.map((line) => {
    const [event_type, status_code, event_at, status_type = 'success'] = line.split(' ');
    return { event_type, status_code, event_at, status_type, sub_status_code: 'none' };
  });
}

export interface Story {
  number?: string;
  numbers?: string[];
  announced?: string | null;
  promise?: string;
  observed?: string;
  from?: string;
  to?: string;
  carrier?: string | null;
  option?: string;
  details?: object;
}

export function observe(lines: string[], story: Story = {}): Observation {
  const numbers = story.numbers ?? [story.number ?? 'P1'];
  return {
    observedAt: new Date(story.observed ?? '2026-06-15T03:00:00Z'),
    response: {
      announced_at: story.announced === undefined ? '2026-05-04T08:00:00Z' : story.announced,
      details: { expected_delivery_date: story.promise, ...story.details },
      from_address: { country_code: story.from ?? 'NL', postal_code: '1012AB' },
      to_address: { country_code: story.to ?? 'NL', postal_code: '2000' },
      ship_with: { properties: { shipping_option_code: story.option } },
      events: writeEvents(lines),
      tracking_numbers: numbers.map((tracking_number) => ({
        carrier_code: story.carrier === undefined ? 'gls' : story.carrier,
        tracking_number,
      })),
    },
  };
}

/** The one parcel of a story. */
export function parcelOf(lines: string[], story: Story = {}): ParcelRow {
  const row = compute([observe(lines, story)]).parcels.get(story.number ?? 'P1');
  if (!row) throw new Error('no such parcel');
  return row;
}
