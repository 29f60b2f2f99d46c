import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareTables } from './compare.js';
import { histories, randomHistories } from './histories.js';
import { AS_OF, compute } from './stories.js';

describe('the histories', () => {
  const reference = compute(randomHistories(5, 1500, AS_OF));
  const parcels = [...reference.parcels.values()];

  test.each<[string, () => boolean]>([
    ['date-only with an offset', () => reference.events.some((event) => event.is_date_only === true)],
    [
      'midnight in UTC that is a time as written',
      () =>
        reference.events.some(
          (event) => event.is_date_only === false && event.event_at?.endsWith('T00:00:00.000000Z') === true,
        ),
    ],
    ['implausible stamps', () => reference.dataQuality.quarantined.implausible > 0],
    ['implausible labels', () => reference.dataQuality.implausible_label > 0],
    ['codes that need a slug', () => reference.dataQuality.unusual_code > 0],
    ['parcels without a label', () => reference.dataQuality.no_label > 0],
    ['several brands', () => new Set(reference.brandPerformance.map((row) => row.brand_id)).size > 2],
    ['promises seen late', () => parcels.some((row) => row.quality_flags.includes('promise_seen_late'))],
    ['promises seen in time', () => parcels.some((row) => row.promise_foreseen === true)],
    ['returns', () => parcels.some((row) => row.outcome === 'returned')],
    ['losses', () => parcels.filter((row) => row.outcome === 'lost').length > 5],
    [
      'losses that a scan revoked',
      () => {
        const missing = new Set(
          reference.events
            .filter((event) => event.event_type === 'carrier' && event.status_code === 'missing')
            .map((event) => event.tracking_number),
        );
        return parcels.some((row) => missing.has(row.tracking_number) && row.outcome === 'delivered');
      },
    ],
    ['several carriers', () => parcels.some((row) => row.multi_carrier)],
    ['unknown codes', () => reference.dataQuality.unmapped_status_code > 0],
    ['negative durations', () => parcels.some((row) => row.quality_flags.includes('scan_before_label'))],
    [
      'things that a carrier never reports',
      () =>
        ['acceptance', 'attempt'].every((kind) =>
          reference.carrierReports.some((row) => row.kind === kind && row.is_reported === false),
        ),
    ],
  ])('hold %s', (_, isHeld) => expect(isHeld()).toBe(true));

  test('two orders of polls give the same tables', () => {
    fc.assert(
      fc.property(histories(AS_OF, 6), (observations) => {
        const forth = compute(observations);
        const back = compute([...observations].reverse());
        const keys = ['cohort', 'period', 'tracking_number'];
        expect(compareTables(back.rateAnswers, forth.rateAnswers, { keys, tolerance: 1e-9 })).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});
