import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTimestamp, readDate, readStamp } from '../../../pipelines/sendcloud/timestamps.js';

describe('parseTimestamp', () => {
  it.each([
    ['2024-01-02T03:04:05Z', '2024-01-02T03:04:05Z', 0],
    ['2024-01-02t03:04:05z', '2024-01-02T03:04:05Z', 0],
    ['2024-01-02 03:04:05', '2024-01-02T03:04:05Z', 0],
    ['2024-01-02T03:04:05+02:00', '2024-01-02T01:04:05Z', 0],
    ['2024-01-02T03:04:05-0530', '2024-01-02T08:34:05Z', 0],
    ['2024-01-02T03:04:05+02', '2024-01-02T01:04:05Z', 0],
    ['2024-01-02T03:04Z', '2024-01-02T03:04:00Z', 0],
    ['2024-01-02T03:04:05.1234567899Z', '2024-01-02T03:04:05Z', 123_456],
    ['2024-01-02T03:04:05,5Z', '2024-01-02T03:04:05Z', 500_000],
    ['20240102T030405Z', '2024-01-02T03:04:05Z', 0],
    ['20240102T0304+0200', '2024-01-02T01:04:00Z', 0],
    ['2024-01-01T24:00:00Z', '2024-01-02T00:00:00Z', 0],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z', 0],
    ['2024-07-02T03:04:05+02:00[Europe/Paris]', '2024-07-02T01:04:05Z', 0],
    ['2024-01-02T03:04:05 CET', '2024-01-02T02:04:05Z', 0],
    ['Tue, 02 Jan 2024 03:04:05 GMT', '2024-01-02T03:04:05Z', 0],
    ['2 Jan 2024 03:04:05 +0100', '2024-01-02T02:04:05Z', 0],
    ['2.1.2024 03:04', '2024-01-02T03:04:00Z', 0],
    ['02.01.2024, 03:04:05', '2024-01-02T03:04:05Z', 0],
    ['2024/01/02 03:04:05', '2024-01-02T03:04:05Z', 0],
    ['23-01-2024 03:04', '2024-01-23T03:04:00Z', 0],
    ['01/23/2024 03:04', '2024-01-23T03:04:00Z', 0],
    ['02/02/2024', '2024-02-02T00:00:00Z', 0],
    ['2024-W01-2T03:04:05Z', '2024-01-02T03:04:05Z', 0],
    ['2020-W53-7', '2021-01-03T00:00:00Z', 0],
    ['/Date(1704164645000)/', '2024-01-02T03:04:05Z', 0],
    ['2024-02-29', '2024-02-29T00:00:00Z', 0],
    ['2000-02-29', '2000-02-29T00:00:00Z', 0],
    ['1969-12-31T23:59:59.000001Z', '1969-12-31T23:59:59Z', 1],
  ])('reads %s', (text, iso, microseconds) => {
    expect(parseTimestamp(text)).toBe(BigInt(Date.parse(iso)) * 1000n + BigInt(microseconds));
  });

  it.each([
    ...['', 'yesterday', '2024-02-30T00:00:00Z', '2023-02-29', '1900-02-29', '2024-13-01', '2024-00-10'],
    ...['2024-01-00', '0024-01-01', '2024-01-01T24:00:01Z', '2024-01-01T00:60:00Z', '2024-01-01T00:00:61Z'],
    // Day or month first, an offset that nobody can name, a count of something since something: nobody can be certain.
    ...['02/01/2024', '2-1-2024 03:04', '13/13/2024', '31.02.2024', '02.13.2024', '2024-01-02T03:04:05 CST'],
    ...[
      '2024-W54-1',
      '2021-W53-1',
      '2024-01-01T00:00:60Z',
      '2024010203',
      '2024-1-2',
      'Tue, 02 Foo 2024 03:04:05 GMT',
    ],
    ...['2024-01-01T00:00:00+25:00', '2024-01-01T', '1704067200', '2024-01-01T00:00:00Z<script>'],
  ])('finds no timestamp in %j', (text) => {
    expect(parseTimestamp(text)).toBeNull();
  });

  it('agrees with Date on every date that Date can write', () => {
    const range = { min: new Date('0100-01-01T00:00:00Z'), max: new Date('9999-12-31'), noInvalidDate: true };
    fc.assert(
      fc.property(fc.date(range), (date) => {
        expect(parseTimestamp(date.toISOString())).toBe(BigInt(date.getTime()) * 1000n);
        expect(readDate(date.toISOString().slice(0, 10))).toBe(date.toISOString().slice(0, 10));
      }),
    );
  });

  it('reads the usual form as it reads the same instant written otherwise, impossible ones too', () => {
    const field = (width: number, max: number) =>
      fc.integer({ min: 0, max }).map((value) => String(value).padStart(width, '0'));
    const fields = fc.tuple(
      field(4, 9999),
      field(2, 13),
      field(2, 32),
      field(2, 25),
      field(2, 61),
      field(2, 61),
    );
    fc.assert(
      fc.property(fields, ([year, month, day, hour, minute, second]) => {
        const text = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
        expect(parseTimestamp(`${text}Z`)).toBe(parseTimestamp(`${text}+00:00`));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('readStamp', () => {
  const day = BigInt(Date.parse('2024-01-02T00:00:00Z')) * 1000n;

  it.each([
    ['2024-01-02', 0],
    ['2024-01-02T00:00:00Z', 0],
    ['2024-01-02T00:00Z', 0],
    ['2024-01-02 00:00:00.000', 0],
    ['2024-01-02T00:00:00+02:00', 120],
    ['2024-01-02T00:00:00-05:00', -300],
    ['2024-01-02T00:00:00+13:00', 780],
    ['20240102', 0],
    ['2.1.2024', 0],
  ])('takes %s for a date, at midnight UTC of the date as written', (text, offsetMinutes) => {
    expect(readStamp(text)).toEqual({ at: day, isDateOnly: true, offsetMinutes });
  });

  it.each(['2024-01-01T19:00:00-05:00', '2024-01-02T02:00:00+02:00', '2024-01-01T24:00:00Z'])(
    'takes %s for a time, though it is midnight in UTC',
    (text) => {
      expect(readStamp(text)).toMatchObject({ at: day, isDateOnly: false });
    },
  );

  it('takes a millisecond past midnight for a time', () => {
    expect(readStamp('2024-01-02T00:00:00.001Z')).toMatchObject({ at: day + 1000n, isDateOnly: false });
  });

  it('finds every time a time, whatever its offset, and every midnight a date', () => {
    const offset = fc.integer({ min: -14 * 60, max: 14 * 60 });
    const second = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 86_399 }));
    fc.assert(
      fc.property(offset, second, (minutes, ofDay) => {
        const two = (part: number) => String(Math.trunc(part)).padStart(2, '0');
        const clock = `${two(ofDay / 3600)}:${two((ofDay / 60) % 60)}:${two(ofDay % 60)}`;
        const zone = `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
        const stamp = readStamp(`2024-01-02T${clock}${zone}`);
        expect(stamp?.isDateOnly).toBe(ofDay === 0);
        const utc = day + BigInt(ofDay - minutes * 60) * 1_000_000n;
        expect(stamp?.at).toBe(ofDay === 0 ? day : utc);
      }),
    );
  });
});

describe('readDate', () => {
  it.each([
    ['2024-01-03T00:00:00Z', '2024-01-03'],
    ['2024-01-03 22:00:00', '2024-01-03'],
    // the date as written, whatever it is in UTC
    ['2024-01-03T22:00:00-05:00', '2024-01-03'],
    ['2024-01-03T01:00:00+02:00', '2024-01-03'],
    ['20240103', '2024-01-03'],
    ['3.1.2024', '2024-01-03'],
    ['25-12-2024', '2024-12-25'],
  ])('has %s of the date as written', (text, date) => {
    expect(readDate(text)).toBe(date);
  });

  it.each(['2024-02-30', '2024-1-1', '03-01-2024', '05/09/2026', 'soon', '', null, undefined])(
    'has none of %j',
    (text) => {
      expect(readDate(text)).toBeNull();
    },
  );
});
