import { describe, expect, it } from 'vitest';
import { estimateShare } from '../../../reports/drawing/wilson.js';
import {
  type AgreedFigure,
  type AgreedSheet,
  compareAgreed,
  parseAgreed,
  refuseAgreed,
} from '../../../reports/parts/agreed.js';

function rate(x: number, n: number, changes: Partial<AgreedFigure> = {}): AgreedFigure {
  return {
    ...{ metric: 'on_time_rate', title: 'On time', unit: 'share 0 to 1', better: 'higher', n },
    definition: { estimator: 'rate', cohort: 'due', horizon_days: null, counted: 'c', out_of: 'o' },
    ...estimateShare(x, n),
    withheld: null,
    ...changes,
  };
}

function sheet(from: string, to: string, ...figures: AgreedFigure[]): AgreedSheet {
  return {
    ...{ parcelmetrics_sheet: 1, carrier_code: 'dpd', carrier_name: 'DPD' },
    window: { from, to, days: 91 },
    ...{ as_of: '2026-11-03T04:00:00Z', data_as_of: null, all_other_carriers: [], targets: [] },
    figures,
  };
}

const second = (...figures: AgreedFigure[]) => sheet('2026-04-01', '2026-06-30', ...figures);
const third = (...figures: AgreedFigure[]) => sheet('2026-07-01', '2026-09-30', ...figures);

describe('an earlier sheet beside this one', () => {
  it('has the difference with the interval of Newcombe, method 10', () => {
    // Newcombe 1998, table II, (a): 56/70 less 48/80 is 0.2000, 0.0524 to 0.3339
    const [change] = compareAgreed(second(rate(48, 80)), third(rate(56, 70)));
    expect(change?.difference).toBeCloseTo(0.2, 10);
    expect(change?.difference_lo).toBeCloseTo(0.0524, 4);
    expect(change?.difference_hi).toBeCloseTo(0.3339, 4);
    expect(change).toMatchObject({ is_clear: true, is_worse: false });
  });

  it('is worse where less is, and where more is of what is to be low', () => {
    const fall = compareAgreed(second(rate(190, 200)), third(rate(150, 200)));
    expect(fall[0]).toMatchObject({ is_clear: true, is_worse: true });
    const low = { better: 'lower' };
    const rise = compareAgreed(second(rate(10, 200, low)), third(rate(50, 200, low)));
    expect(rise[0]).toMatchObject({ is_clear: true, is_worse: true });
    const calm = compareAgreed(second(rate(180, 200)), third(rate(178, 200)));
    expect(calm[0]).toMatchObject({ is_clear: false, is_worse: null });
  });

  it('judges hours by whether their intervals meet', () => {
    const hours = (value: number, lo: number, hi: number) =>
      rate(1, 100, {
        ...{ metric: 'transit_p50_hours', better: 'lower', value, lo, hi },
        definition: { estimator: 'duration', cohort: 'scan', horizon_days: null, counted: 'c', out_of: 'o' },
      });
    const apart = compareAgreed(second(hours(40, 38, 42)), third(hours(30, 28, 32)));
    expect(apart[0]).toMatchObject({ difference: -10, difference_lo: null, is_clear: true, is_worse: false });
    const meet = compareAgreed(second(hours(40, 38, 42)), third(hours(37, 35, 39)));
    expect(meet[0]).toMatchObject({ is_clear: false, is_worse: null });
  });

  it('is not judged where days stand in both windows, or a figure is not shown', () => {
    const overlap = compareAgreed(sheet('2026-04-01', '2026-07-01', rate(190, 200)), third(rate(150, 200)));
    expect(overlap[0]).toMatchObject({ is_clear: null, is_worse: null });
    const hidden = rate(5, 5, { value: null, lo: null, hi: null, withheld: 'too few' });
    expect(compareAgreed(second(hidden), third(rate(150, 200)))[0]).toMatchObject({
      difference: null,
      is_clear: null,
    });
    expect(compareAgreed(second(), third(rate(150, 200)))[0]).toMatchObject({
      earlier: null,
      difference: null,
    });
  });

  it('is refused for another carrier, or a figure that is counted otherwise', () => {
    const now = third(rate(150, 200));
    expect(refuseAgreed(second(rate(1, 20)), now)).toBeNull();
    expect(refuseAgreed({ ...second(), carrier_code: 'gls', carrier_name: 'GLS' }, now)).toBe(
      'it is about GLS (gls), this sheet about DPD (dpd)',
    );
    const other = rate(1, 20);
    const changed = { ...other, definition: { ...other.definition, horizon_days: 7 } };
    expect(refuseAgreed(second(changed), now)).toBe(
      'on_time_rate was counted otherwise: horizon_days was "7" and is "null"',
    );
  });

  it.each([
    ['{', 'it is no JSON'],
    ['[]', 'it is no sheet'],
    ['{"a": 1}', 'it is no sheet'],
    ['{"parcelmetrics_sheet": 2}', 'another version'],
    ['{"parcelmetrics_sheet": 1, "carrier_code": "dpd"}', 'cannot be read'],
    [JSON.stringify({ ...second(), figures: [{ metric: 'on_time_rate', n: 'many' }] }), 'cannot be read'],
  ])('of %s is no sheet', (text, why) => {
    expect(() => parseAgreed(text)).toThrow(RangeError);
    expect(() => parseAgreed(text)).toThrow(why);
  });

  it('comes back from its text as it was', () => {
    const now = third(rate(150, 200));
    expect(parseAgreed(JSON.stringify(now))).toEqual(now);
  });
});
