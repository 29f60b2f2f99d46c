import { describe, expect, test } from 'vitest';
import { AS_OF, compute, observe, parcelOf } from './stories.js';
import { formatInstant, parseStamp, readWrittenDay } from './time.js';

const SCANNED = ['carrier accepted 2026-05-04T18:00:00Z', 'carrier sorted 2026-05-05T02:00:00Z'];

describe('a stamp is a date where no time is written, or midnight as written', () => {
  test.each([
    ['2026-05-05', '2026-05-05T00:00:00.000000Z', true],
    ['2026-05-05T00:00', '2026-05-05T00:00:00.000000Z', true],
    ['2026-05-05T00:00:00.000Z', '2026-05-05T00:00:00.000000Z', true],
    ['2026-05-05T00:00:00+02:00', '2026-05-05T00:00:00.000000Z', true],
    ['2026-05-05T00:00:00-11:00', '2026-05-05T00:00:00.000000Z', true],
    // Midnight in UTC, but 19:00 as written.
    ['2026-05-04T19:00:00-05:00', '2026-05-05T00:00:00.000000Z', false],
    ['2026-05-05T00:00:00.5Z', '2026-05-05T00:00:00.500000Z', false],
    ['2026-05-05 02:00:01+02:00', '2026-05-05T00:00:01.000000Z', false],
  ])('%s', (text, at, isDateOnly) => {
    const stamp = parseStamp(text);
    expect(formatInstant(stamp?.at ?? 0)).toBe(at);
    expect(stamp?.isDateOnly).toBe(isDateOnly);
  });

  test('a promise is the date as written, of a date-time too', () => {
    expect(readWrittenDay('2026-05-04T23:30:00-08:00')).toBe(readWrittenDay('2026-05-04'));
    expect(readWrittenDay('tomorrow')).toBeNull();
  });

  test('a delivery at 19:00 in New York, midnight in UTC, is a time of the day before', () => {
    const lines = [
      'carrier accepted 2026-05-03T10:00:00-04:00',
      'carrier delivered 2026-05-04T20:00:00-04:00',
    ];
    const row = parcelOf(lines, {
      from: 'US',
      to: 'US',
      promise: '2026-05-04',
      announced: '2026-05-03T08:00:00Z',
    });
    expect(row).toMatchObject({ on_time: true, days_late: 0, transit_hours: 34 });
  });

  test('a date-only delivery keeps its date whatever its offset, and has no hours', () => {
    const lines = [...SCANNED, 'carrier delivered 2026-05-06T00:00:00+10:00'];
    expect(parcelOf(lines, { promise: '2026-05-06' })).toMatchObject({
      first_attempt_at: '2026-05-06T00:00:00.000000Z',
      on_time: true,
      days_late: 0,
      transit_hours: null,
      transit_calendar_days: 2,
    });
  });

  test('a label that is a date has no hours either', () => {
    const row = parcelOf(SCANNED, { announced: '2026-05-04T00:00:00+02:00' });
    expect(row).toMatchObject({ label_at: '2026-05-04T00:00:00.000000Z', first_scan_delay_hours: null });
    expect(parcelOf(SCANNED, { announced: '2026-05-04T02:00:00+02:00' }).first_scan_delay_hours).toBe(18);
  });
});

describe('quarantine', () => {
  test('before 2000 is implausible, after the poll the future', () => {
    const { events, dataQuality } = compute([
      observe([
        'carrier sorted 1999-12-31T23:59:59Z',
        'carrier sorted 1970-01-01T00:00:00+01:00',
        'carrier sorted 2000-01-01T00:00:00Z',
        'carrier sorted 2026-06-15T03:00:01Z',
      ]),
    ]);
    expect(events.map((event) => event.quarantine_reason)).toEqual([
      'implausible',
      'implausible',
      'before_label',
      'future',
    ]);
    expect(dataQuality.quarantined).toEqual({ no_timestamp: 0, implausible: 2, future: 1, before_label: 1 });
  });

  test('a date is the future where its zone has not reached it', () => {
    // Polled on 14 June at 20:00 UTC: in Sydney it is the 15th already, in Amsterdam not.
    const at = { observed: '2026-06-14T20:00:00Z' };
    const reasonOf = (stamp: string) =>
      compute([observe([`carrier sorted ${stamp}`], at)]).events[0]?.quarantine_reason;
    expect(reasonOf('2026-06-15T00:00:00+10:00')).toBeNull();
    expect(reasonOf('2026-06-15T00:00:00+02:00')).toBe('future');
    expect(reasonOf('2026-06-15')).toBe('future');
    expect(reasonOf('2026-06-14T00:00:00-08:00')).toBeNull();
  });

  test('an implausible label gives way to the first announced event', () => {
    const lines = ['internal announced 2026-05-04T09:00:00Z', ...SCANNED];
    for (const announced of ['1970-01-01T00:00:00+01:00', '2026-06-16T03:00:00.000001Z']) {
      const row = parcelOf(lines, { announced });
      expect(row.label_at).toBe('2026-05-04T09:00:00.000000Z');
      expect(row.quality_flags).toBe('implausible_label');
    }
    // A day of grace after the poll, to the microsecond.
    expect(parcelOf(lines, { announced: '2026-06-16T03:00:00Z' }).quality_flags).toContain(
      'reused_tracking_number',
    );
    const { dataQuality } = compute([observe(SCANNED, { announced: '1999-01-01T10:00:00Z' })]);
    expect(dataQuality).toMatchObject({ implausible_label: 1, no_label: 1 });
  });
});

describe('codes', () => {
  test('of carriers and options are slugs, counted where that changed one', () => {
    const { parcels, dataQuality } = compute([
      observe(SCANNED, { number: 'A', carrier: ' Air Charter ' }),
      observe(SCANNED, { number: 'B', carrier: 'DPD', option: 'dpd:home/Signature=1' }),
      observe(SCANNED, { number: 'C', carrier: null }),
      observe(SCANNED, { number: 'D', carrier: 'gls', option: 'gls:economy' }),
    ]);
    expect([...parcels.values()].map((row) => row.carrier_code)).toEqual([
      'air_charter',
      'dpd',
      'unknown',
      'gls',
    ]);
    expect(parcels.get('B')?.shipping_option_code).toBe('dpd:home/signature=1');
    expect(parcels.get('C')).toMatchObject({ shipping_option_code: 'unknown', service_level: 'unknown' });
    expect(dataQuality.unusual_code).toBe(2);
  });
});

describe('promises', () => {
  const delivered = [...SCANNED, 'carrier delivered 2026-05-06T12:00:00Z'];
  const seen = (lines: string[], observed: string, promise = '2026-05-06') =>
    parcelOf(lines, { promise, observed });

  test('are foreseen up to the attempt, and read with hindsight after it', () => {
    const polled = (observed: string) => {
      const first = observe(SCANNED, { promise: '2026-05-06', observed });
      return compute([first, observe(delivered, { promise: '2026-05-07' })]).parcels.get('P1');
    };
    expect(polled('2026-05-06T12:00:00Z')).toMatchObject({
      promise_foreseen: true,
      edd_original: '2026-05-06',
    });
    expect(polled('2026-05-06T12:00:01Z')).toMatchObject({
      promise_foreseen: false,
      quality_flags: 'promise_seen_late',
    });
    expect(parcelOf(delivered).promise_foreseen).toBeNull();
  });

  test('against a date-only attempt, on an earlier date of the destination', () => {
    const lines = [...SCANNED, 'carrier delivered 2026-05-06T00:00:00+02:00'];
    // 21:59 UTC is the last minute of 5 May in Amsterdam; the event comes with a later poll.
    const polled = (observed: string) =>
      compute([observe(SCANNED, { promise: '2026-05-06', observed }), observe(lines)]).parcels.get('P1');
    expect(polled('2026-05-05T21:59:00Z')?.promise_foreseen).toBe(true);
    expect(polled('2026-05-05T22:00:00Z')).toMatchObject({
      promise_foreseen: false,
      quality_flags: 'promise_seen_late',
    });
  });

  test('without an attempt, seen on or before the day itself', () => {
    expect(seen(SCANNED, '2026-05-06T21:59:00Z').promise_foreseen).toBe(true);
    expect(seen(SCANNED, '2026-05-06T22:00:00Z').promise_foreseen).toBe(false);
  });

  test('are judged once: an attempt after the previous clock counts', () => {
    // The previous clock is 17 March 04:00. Promise first seen on 21 March, after the attempt on the 20th.
    const lines = ['carrier accepted 2026-03-12T10:00:00Z', 'carrier delivered 2026-03-20T09:00:00Z'];
    const story = {
      announced: '2026-03-12T08:00:00Z',
      promise: '2026-03-14',
      observed: '2026-03-21T09:00:00Z',
    };
    const row = compute([observe(lines, story)]).carrierPerformance.find(
      (candidate) => candidate.period === 'previous' && candidate.carrier_code === 'gls',
    );
    expect(row).toMatchObject({
      on_time_rate: 0,
      on_time_rate_n: 1,
      promise_foreseen_rate: 0,
      on_time_foreseen_rate: null,
      promise_seen_late_rate: 0,
    });
  });
});

describe('two working days', () => {
  const rateOf = (lines: string[], observed: string, asOf = AS_OF) => {
    const { carrierPerformance } = compute([observe(lines, { observed })], asOf);
    const row = carrierPerformance.find(
      ({ carrier_code, period }) => carrier_code === 'gls' && period === 'current',
    );
    return [row?.transit_2_working_days_rate, row?.transit_2_working_days_rate_n];
  };

  test('count Friday to Tuesday, less a holiday', () => {
    const from = (day: string) => [
      'carrier accepted 2026-05-22T12:00:00Z',
      `carrier attempted 2026-05-${day}T12:00:00Z`,
    ];
    // Monday 25 May is the holiday: Wednesday is the second working day.
    expect(rateOf(from('27'), '2026-05-27T13:00:00Z')).toEqual([1, 1]);
    expect(rateOf(from('28'), '2026-05-28T13:00:00Z')).toEqual([0, 1]);
  });

  test('ask who was attempted, is closed or was watched for 7 d, and not who was forced', () => {
    expect(rateOf(SCANNED, '2026-05-11T18:00:00Z')).toEqual([0, 1]);
    expect(rateOf(SCANNED, '2026-05-11T17:59:59Z')).toEqual([null, 0]);
    expect(
      rateOf([...SCANNED, 'internal delivery_forced 2026-05-06T09:00:00Z'], '2026-05-20T00:00:00Z'),
    ).toEqual([null, 0]);
    // Young at the clock, though attempted.
    const attempted = [...SCANNED, 'carrier attempted 2026-05-05T12:00:00Z'];
    expect(rateOf(attempted, '2026-05-06T00:00:00Z', new Date('2026-05-11T17:59:59Z'))).toEqual([null, 0]);
  });

  test('an attempt is enough for unresolved, a poll after it is not needed', () => {
    const attempted = [...SCANNED, 'carrier attempted 2026-05-05T12:00:00Z'];
    const { carrierPerformance } = compute([observe(attempted, { observed: '2026-05-06T00:00:00Z' })]);
    expect(carrierPerformance[0]).toMatchObject({
      unresolved_30d_rate: 0,
      unresolved_30d_rate_n: 1,
      returned_30d_rate_n: 0,
    });
  });
});
