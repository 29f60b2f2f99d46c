import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTimestamp, readDate } from '../../../pipelines/sendcloud/timestamps.js';

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
    ['2024-02-29', '2024-02-29T00:00:00Z', 0],
    ['2000-02-29', '2000-02-29T00:00:00Z', 0],
    ['1969-12-31T23:59:59.000001Z', '1969-12-31T23:59:59Z', 1],
  ])('reads %s', (text, iso, microseconds) => {
    expect(parseTimestamp(text)).toBe(BigInt(Date.parse(iso)) * 1000n + BigInt(microseconds));
  });

  it.each([
    ...['', 'yesterday', '2024-02-30T00:00:00Z', '2023-02-29', '1900-02-29', '2024-13-01', '2024-00-10'],
    ...['2024-01-00', '0024-01-01', '2024-01-01T24:00:00Z', '2024-01-01T00:60:00Z', '2024-01-01T00:00:61Z'],
    ...[
      '2024-01-01T00:00:00+25:00',
      '2024-01-01T',
      '1704067200',
      '2024-01-01T00:00:00Z<script>',
      '20240101T000000Z',
    ],
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

describe('readDate', () => {
  it.each(['2024-02-30', '2024-1-1', '2024-01-03T00:00:00Z', 'soon', '', null, undefined])(
    'has none of %j',
    (text) => {
      expect(readDate(text)).toBeNull();
    },
  );
});
