import { describe, expect, it } from 'vitest';
import {
  carrierName,
  deliveryTypeWords,
  exceptionGroupWords,
  formatCount,
  formatDate,
  formatDateRange,
  formatDayMonth,
  formatDifference,
  formatHours,
  formatHoursInterval,
  formatInstant,
  formatInterval,
  formatList,
  formatMonth,
  formatNumber,
  formatOneIn,
  formatPercentile,
  formatRate,
  formatWeekday,
  statusWords,
} from '../../reports/words.js';

describe('rates', () => {
  it.each([
    [0.9123, '91.2 %'],
    [0, '0.0 %'],
    [1, '100.0 %'],
    [0.0004, 'under 0.1 %'],
    [0.0005, '0.1 %'],
    [0.99951, 'over 99.9 %'],
    [0.9994, '99.9 %'],
    [null, 'no figure'],
    [undefined, 'no figure'],
    [Number.NaN, 'no figure'],
  ])('%s reads %s', (rate, text) => {
    expect(formatRate(rate)).toBe(text);
  });

  it('stand with their interval', () => {
    expect(formatInterval(0.9123, 0.9012, 0.9217)).toBe('91.2 % (90.1 to 92.2)');
    expect(formatInterval(0.9123, null, null)).toBe('91.2 %');
    expect(formatInterval(null, null, null)).toBe('no figure');
  });

  it('follow the locale', () => {
    expect(formatInterval(0.9123, 0.9012, 0.9217, 'nl')).toBe('91,2 % (90,1 to 92,2)');
    expect(formatCount(1234567, 'de')).toBe('1.234.567');
    expect(formatCount(1234567)).toBe('1,234,567');
  });

  it.each([
    [1 / 12, '1 in 12 parcels'],
    [0.25, '1 in 4 parcels'],
    [0.9, '9 in 10 parcels'],
    [0.5, '1 in 2 parcels'],
    [0.4, '4 in 10 parcels'],
    [1 / 3, '1 in 3 parcels'],
    [0.97, '97 in 100 parcels'],
    [0.9999, '99 in 100 parcels'],
    [1, 'every parcel'],
    [0, 'no parcel'],
    [0.00001, 'fewer than 1 in 10,000 parcels'],
    [0.001, '1 in 1,000 parcels'],
    [null, 'no figure'],
  ])('%s in parcels is %s', (rate, text) => {
    expect(formatOneIn(rate)).toBe(text);
  });
});

describe('durations', () => {
  it.each([
    [0, '0 h'],
    [0.2, 'under 1 h'],
    [0.6, '1 h'],
    [43.4, '43 h'],
    [72, '72 h'],
    [72.4, '72 h'],
    [72.6, '3.0 days'],
    [81.6, '3.4 days'],
    [null, 'not reached'],
  ])('%s reads %s', (hours, text) => {
    expect(formatHours(hours)).toBe(text);
  });

  it('stand with their interval in the same unit', () => {
    expect(formatHoursInterval(43, 41.2, 46)).toBe('43 h (41 to 46)');
    expect(formatHoursInterval(81.6, 70, 96)).toBe('3.4 days (2.9 to 4.0)');
    expect(formatHoursInterval(43, 41.2, null)).toBe('43 h (41 or more)');
    expect(formatHoursInterval(43, null, null)).toBe('43 h');
    expect(formatHoursInterval(null, 40, null)).toBe('not reached');
  });

  it('say how far a percentile that is not reached came', () => {
    expect(formatPercentile(null, 0.931)).toBe('not reached (93.1 % ever attempted)');
    expect(formatPercentile(43, 0.931)).toBe('43 h');
    expect(formatPercentile(null, null)).toBe('not reached');
  });
});

describe('changes', () => {
  it('have a direction', () => {
    expect(formatDifference(0.014, 'rate')).toBe('up 1.4 points');
    expect(formatDifference(-0.014, 'rate')).toBe('down 1.4 points');
    expect(formatDifference(-3.2, 'hours')).toBe('down 3.2 h');
    expect(formatDifference(null, 'rate')).toBe('not comparable');
  });

  it('that round to nothing are none', () => {
    expect(formatDifference(0.0004, 'rate')).toBe('unchanged');
    expect(formatDifference(-0.0004, 'rate', 'nl')).toBe('unchanged');
    expect(formatDifference(0.04, 'hours')).toBe('unchanged');
    expect(formatDifference(24, 'hours')).toBe('up 24 h');
    expect(formatDifference(-96, 'hours')).toBe('down 4.0 days');
  });

  it('have a real minus where a number is negative, and none before zero', () => {
    expect(formatNumber(-1.25, 1)).toBe('\u22121.3');
    expect(formatNumber(-0.01, 1)).toBe('0.0');
  });
});

describe('dates', () => {
  it('are unambiguous, and in UTC', () => {
    expect(formatDate('2026-11-03')).toBe('3 Nov 2026');
    expect(formatDate('2026-09-03')).toBe('3 Sep 2026');
    expect(formatDate('2026-11-03T23:59:59Z')).toBe('3 Nov 2026');
    expect(formatDate('2026-11-03 23:59:59.123456')).toBe('3 Nov 2026');
    expect(formatDate(new Date(Date.UTC(2026, 0, 1)))).toBe('1 Jan 2026');
    expect(formatInstant('2026-11-03T04:12:00Z')).toBe('Tue 3 Nov 2026, 04:12 UTC');
    expect(formatInstant('2026-11-03 04:12:33')).toBe('Tue 3 Nov 2026, 04:12 UTC');
    expect(formatInstant('2026-11-03T04:12:00+02:00')).toBe('Tue 3 Nov 2026, 02:12 UTC');
    expect(formatDayMonth('2026-11-03')).toBe('3 Nov');
    expect(formatMonth('2026-09-01')).toBe('Sep');
    expect(formatMonth('2026-09-01', true)).toBe('Sep 2026');
    expect(formatWeekday(1)).toBe('Mon');
    expect(formatWeekday(7, 'long')).toBe('Sunday');
  });

  it('read as a range', () => {
    expect(formatDateRange('2026-08-04', '2026-11-02')).toBe('4 Aug to 2 Nov 2026');
    expect(formatDateRange('2025-12-04', '2026-02-02')).toBe('4 Dec 2025 to 2 Feb 2026');
  });

  it('follow the locale in their names alone', () => {
    expect(formatDate('2026-11-03', 'nl')).toBe('3 nov 2026');
    expect(formatDate('2026-11-03', 'en-US')).toBe('3 Nov 2026');
  });

  it('that are none say so', () => {
    for (const value of [
      null,
      undefined,
      '',
      'yesterday',
      '2026-13-45',
      '2026-11-03T99:99:99Z',
      new Date(Number.NaN),
    ]) {
      expect(formatDate(value)).toBe('no date');
      expect(formatInstant(value)).toBe('no date');
    }
  });

  it('are the same in any zone of the host', () => {
    const zone = process.env.TZ;
    try {
      for (const host of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
        process.env.TZ = host;
        expect(formatInstant('2026-11-03 04:12:33')).toBe('Tue 3 Nov 2026, 04:12 UTC');
      }
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });
});

describe('codes', () => {
  it('are said in words', () => {
    const words = new Map([['in_delivery', 'out for delivery']]);
    expect(statusWords(words, 'in_delivery')).toBe('out for delivery');
    expect(statusWords(words, 'brand_new_code')).toBe('brand new code');
    expect(statusWords(words, 'constructor')).toBe('constructor');
    expect(statusWords(words, null)).toBe('unknown');
    expect(exceptionGroupWords('carrier')).toBe('the carrier\u2019s');
    expect(deliveryTypeWords('service_point')).toBe('pick-up point');
  });

  it('name carriers', () => {
    const carriers = [
      { code: 'postnl', name: 'PostNL' },
      { code: 'blank', name: '' },
    ];
    expect(carrierName(carriers, 'postnl')).toBe('PostNL');
    expect(carrierName(carriers, 'blank')).toBe('blank');
    expect(carrierName(carriers, 'gls')).toBe('gls');
    expect(carrierName(carriers, '*')).toBe('All carriers');
    expect(carrierName(carriers, null)).toBe('unknown carrier');
  });

  it('are listed as one says them', () => {
    expect(formatList([])).toBe('');
    expect(formatList(['A'])).toBe('A');
    expect(formatList(['A', 'B'])).toBe('A and B');
    expect(formatList(['A', 'B', 'C'])).toBe('A, B and C');
  });
});
