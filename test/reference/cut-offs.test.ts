import { describe, expect, test } from 'vitest';
import { cutOffHistories } from './cut-off-histories.js';
import { findCutOff, type HourMedian } from './cut-offs.js';
import { compute } from './stories.js';

const asOf = new Date('2026-06-30T09:41:00Z');

describe('the hand-over cut-off', () => {
  const hours = (medians: (number | null)[], half = 0.5): HourMedian[] =>
    medians.map((median, index) => ({
      hour: 10 + index,
      labels: 10,
      median,
      lo: median === null ? null : median - half,
      hi: median === null ? null : median + half,
    }));

  test('is the first hour after the largest step, of equal ones the earliest', () => {
    expect(findCutOff(hours([5, 4, 27, 26, 10, 33]))).toMatchObject({ hour: 12, step: 23 });
    expect(findCutOff(hours([5, 12, 20, 27]))).toMatchObject({ hour: 12, step: 8 });
    expect(findCutOff(hours([5, 12, 5, 12]))).toMatchObject({ hour: 11, step: 7 });
  });

  test('is none where a step is small, unsure, unknown, not between neighbours, or of too few', () => {
    expect(findCutOff(hours([5, 10.9, 16.8, 22]))).toBeNull();
    expect(findCutOff(hours([5, 4, 27, 26], 12))).toBeNull();
    expect(findCutOff(hours([5, 4, null, 26]))).toBeNull();
    expect(findCutOff(hours([5, 4, 27]))).toBeNull();
    const thin = hours([6, 5, 4, 3, 27, 26]);
    expect(findCutOff(thin.map((hour) => (hour.hour === 14 ? { ...hour, labels: 9 } : hour)))).toBeNull();
  });

  test('moves where the van does', () => {
    const { cutOffs } = compute(cutOffHistories(asOf), asOf);
    const latest = cutOffs.filter(({ period }) => period === 'latest');
    const found = Object.fromEntries(latest.map((row) => [row.carrier_code, row]));
    expect(found.earlier).toMatchObject({ moved_by_hours: -2, cut_off_hour: 14 });
    expect(found.later).toMatchObject({ moved_by_hours: 2, cut_off_hour: 18 });
    expect(found.steady).toMatchObject({ moved_by_hours: null, cut_off_hour: 16 });
    expect(found.earlier?.moved_p).toBeLessThan(1e-4);
    expect(found.later?.moved_p).toBeLessThan(1e-4);
  });
});
