import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { histories, randomHistories } from './histories.js';
import { AS_OF, compute, observe, parcelOf } from './stories.js';
import type { Observation, ParcelRow } from './types.js';

const SCANNED = ['carrier accepted 2026-05-04T18:00:00Z', 'carrier sorted 2026-05-05T02:00:00Z'];

describe('events', () => {
  test('are quarantined with the first reason that holds', () => {
    const { events, dataQuality } = compute([
      observe([
        'carrier sorted ',
        'carrier sorted 2026-06-15T03:00:01Z',
        'carrier sorted 2026-04-04T07:59:59Z',
        'internal created 2026-01-01T00:00:00Z',
        'carrier sorted 2026-04-04T08:00:00Z',
      ]),
    ]);
    expect(events.map((event) => event.quarantine_reason)).toEqual([
      'no_timestamp',
      'future',
      'before_label',
      null,
      null,
    ]);
    expect(dataQuality).toMatchObject({
      quarantined: { no_timestamp: 1, future: 1, before_label: 1 },
      unmapped_status_code: 1,
    });
  });

  test('are one row whatever the case of the code; the gravest status type stays', () => {
    const { events } = compute([
      observe(['carrier SORTED 2026-05-05T02:00:00Z warning'], { observed: '2026-05-06T00:00:00Z' }),
      observe(['carrier sorted 2026-05-05T04:00:00+02:00', 'carrier sorted 2026-05-05T02:00:00.0Z error']),
    ]);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      event_at: '2026-05-05T02:00:00.000000Z',
      status_type: 'error',
      first_seen_at: '2026-05-06T00:00:00.000000Z',
      last_seen_at: '2026-06-15T03:00:00.000000Z',
    });
  });
});

describe('parcels', () => {
  test('a date-only scan lends its code to a timed one of its day, never its time', () => {
    const row = parcelOf([
      'carrier accepted 2026-05-05T00:00:00Z',
      'carrier in_delivery 2026-05-05T09:00:00Z',
    ]);
    expect(row).toMatchObject({
      first_scan_at: '2026-05-05T09:00:00.000000Z',
      first_scan_code: 'accepted',
      transit_measurable: true,
    });
  });

  test('what follows a return moves no milestone', () => {
    const row = parcelOf([
      ...SCANNED,
      'carrier returned_sender 2026-05-10T09:00:00Z',
      'carrier delivered 2026-05-12T09:00:00Z',
    ]);
    expect(row).toMatchObject({ outcome: 'returned', delivered_at: null, first_attempt_at: null });
  });

  test('a scan after it revokes a loss; a claim without one is a loss', () => {
    const lost = [...SCANNED, 'carrier missing 2026-05-10T09:00:00Z'];
    expect(parcelOf(lost)).toMatchObject({ outcome: 'lost', outcome_at: '2026-05-10T09:00:00.000000Z' });
    const found = [...lost, 'carrier sorted 2026-05-11T09:00:00Z'];
    expect(parcelOf(found).outcome).toBe('open');
    const claimed = [...found, 'claim claim 2026-05-20T09:00:00Z'];
    expect(parcelOf(claimed)).toMatchObject({ outcome: 'lost', outcome_at: '2026-05-20T09:00:00.000000Z' });
  });

  test('cancelled only without a scan', () => {
    expect(parcelOf(['internal cancelled 2026-05-05T09:00:00Z']).outcome).toBe('cancelled');
    expect(parcelOf([...SCANNED, 'internal cancelled 2026-05-05T09:00:00Z']).outcome).toBe('open');
  });

  test('exceptions count up to the outcome and within 14 d, the last instant too', () => {
    const row = parcelOf([
      ...SCANNED,
      'carrier sorting_delay 2026-05-18T18:00:00Z',
      'carrier teleported 2026-05-19T18:00:00Z error',
      'carrier delivered 2026-05-20T09:00:00Z',
      'carrier damaged 2026-05-20T09:00:01Z',
    ]);
    expect(row).toMatchObject({
      exception_count: 2,
      first_exception_code: 'sorting_delay',
      exception_within_14d: true,
      quality_flags: 'event_after_delivery,exception_after_delivery,unmapped_status_code',
    });
  });

  test('working days leave out weekends and the holidays of the destination', () => {
    // Friday 22 May 23:30 in Amsterdam is 21:30 UTC; Monday 25 is the holiday; delivered Tuesday.
    const lines = ['carrier accepted 2026-05-22T21:30:00Z', 'carrier delivered 2026-05-26T09:00:00Z'];
    expect(parcelOf(lines)).toMatchObject({ transit_calendar_days: 4, transit_working_days: 1 });
    expect(parcelOf(lines, { to: 'DE' }).transit_working_days).toBe(2);
  });

  test('a promise is judged in local dates of the destination', () => {
    const lines = [...SCANNED, 'carrier delivered 2026-05-06T22:30:00Z'];
    expect(parcelOf(lines, { promise: '2026-05-06' })).toMatchObject({ on_time: false, days_late: 1 });
    expect(parcelOf(lines, { promise: '2026-05-07' })).toMatchObject({ on_time: true, days_late: 0 });
    expect(parcelOf(SCANNED, { promise: '2026-06-14' })).toMatchObject({ is_due: true, on_time: false });
    expect(parcelOf(SCANNED, { promise: '2026-06-15' })).toMatchObject({ is_due: false, on_time: null });
  });

  test('the older registration owns what the younger shows', () => {
    const { parcels, events } = compute([
      observe(SCANNED, { number: 'B', observed: '2026-05-05T09:00:00Z' }),
      observe(['carrier delivered 2026-05-07T09:00:00Z'], { numbers: ['A', 'B'] }),
    ]);
    expect([...parcels.keys()]).toEqual(['B']);
    expect(parcels.get('B')).toMatchObject({
      outcome: 'delivered',
      observed_at: '2026-06-15T03:00:00.000000Z',
    });
    expect(events.every((event) => event.tracking_number === 'B')).toBe(true);
  });
});

describe('performance', () => {
  function carrier(observations: Observation[], period = 'current', asOf = AS_OF) {
    const rows = compute(observations, asOf).carrierPerformance;
    const row = rows.find((candidate) => candidate.carrier_code === '*' && candidate.period === period);
    if (!row) throw new Error('no such row');
    return row;
  }

  test('a fixed horizon takes parcels that are closed or were watched to it', () => {
    const watched = observe(SCANNED, { number: 'A', observed: '2026-06-03T18:00:00Z' });
    const dropped = observe(SCANNED, { number: 'B', observed: '2026-06-03T17:59:59Z' });
    const closed = observe([...SCANNED, 'carrier delivered 2026-05-06T09:00:00Z'], {
      number: 'C',
      observed: '2026-05-07T00:00:00Z',
    });
    const row = carrier([watched, dropped, closed]);
    expect(row).toMatchObject({ scanned: 3, unresolved_30d_rate_n: 2, unresolved_30d_rate: 0.5 });
    expect(row.exception_rate_n).toBe(3);
    // Thirty days after 4 May 18:00, to the second.
    expect(
      carrier([watched, closed], 'current', new Date('2026-06-03T18:00:00Z')).unresolved_30d_rate_n,
    ).toBe(2);
    expect(carrier([closed], 'current', new Date('2026-06-03T17:59:59Z')).unresolved_30d_rate_n).toBe(0);
  });

  test('the previous period does not know what came after its clock', () => {
    // The previous clock is 17 March 04:00; the attempt on 20 March has not happened by then.
    const lines = ['carrier accepted 2026-03-12T10:00:00Z', 'carrier delivered 2026-03-20T09:00:00Z'];
    const row = carrier(
      [observe(lines, { announced: '2026-03-12T08:00:00Z', promise: '2026-03-14' })],
      'previous',
    );
    expect(row).toMatchObject({
      scanned: 1,
      transit_p50_hours: null,
      transit_reached_share: 0,
      promise_kept_rate: 0,
      promise_kept_rate_n: 1,
      open_now: null,
    });
  });

  test('an open parcel is stalled after more than five working days of silence, seven at a pick-up point', () => {
    const silentSince = (code: string, day: string) =>
      carrier([observe([...SCANNED, `carrier ${code} 2026-06-${day}T09:00:00Z`])]).stalled_now;
    // Observed on Monday 15 June.
    expect(silentSince('in_transit', '08')).toBe(0);
    expect(silentSince('in_transit', '05')).toBe(1);
    expect(silentSince('customs', '04')).toBe(0);
    expect(silentSince('customs', '03')).toBe(1);
  });
});

describe('whatever the history', () => {
  test('the order of observations changes nothing', () => {
    fc.assert(
      fc.property(histories(AS_OF, 6), (observations) => {
        const byNumber = (rows: Map<string, ParcelRow>) =>
          [...rows.values()].sort((a, b) => (a.tracking_number < b.tracking_number ? -1 : 1));
        const forth = compute(observations);
        const back = compute([...observations].reverse());
        expect(byNumber(back.parcels)).toEqual(byNumber(forth.parcels));
        expect(back.dataQuality).toEqual(forth.dataQuality);
      }),
      { numRuns: 60 },
    );
  });

  test('milestones keep their order and closed parcels their reason', () => {
    fc.assert(
      fc.property(histories(AS_OF, 6), (observations) => {
        for (const parcel of compute(observations).parcels.values()) {
          if (parcel.first_attempt_at !== null) expect(parcel.first_scan_at).not.toBeNull();
          if (parcel.delivered_at !== null) expect(parcel.first_attempt_at).not.toBeNull();
          expect(parcel.outcome === 'open').toBe(parcel.outcome_at === null);
          expect(parcel.transit_hours ?? 0).toBeGreaterThanOrEqual(0);
          expect(parcel.on_time === null).toBe(!parcel.is_due);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('carriers, lanes and all add up, and every rate lies within its limits', () => {
    const { carrierPerformance, lanePerformance, parcels } = compute(randomHistories(7, 400, AS_OF));
    expect(parcels.size).toBeGreaterThan(300);
    const current = carrierPerformance.filter((row) => row.period === 'current');
    const all = current.find((row) => row.carrier_code === '*');
    const lanes = lanePerformance.filter((row) => row.period === 'current' && row.carrier_code !== '*');
    for (const column of [
      'labelled',
      'scanned',
      'promise_kept_rate_n',
      'exception_rate_n',
      'open_now',
    ] as const) {
      const total = (rows: { [key in typeof column]: number | null }[]) =>
        rows.reduce((sum, row) => sum + (row[column] ?? 0), 0);
      expect(total(current.filter((row) => row !== all))).toBe(all?.[column]);
      expect(total(lanes)).toBe(all?.[column]);
      expect(all?.[column]).toBeGreaterThan(0);
    }
    for (const { on_time_rate: rate, on_time_rate_lo: lo, on_time_rate_hi: hi } of carrierPerformance) {
      if (rate === null) continue;
      expect(lo).toBeLessThanOrEqual(rate);
      expect(hi).toBeGreaterThanOrEqual(rate);
    }
  });

  test('the same seed tells the same histories', () => {
    expect(randomHistories(3, 20, AS_OF)).toEqual(randomHistories(3, 20, AS_OF));
    expect(randomHistories(3, 20, AS_OF)).not.toEqual(randomHistories(4, 20, AS_OF));
  });
});
