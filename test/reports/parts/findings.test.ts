import { describe, expect, it } from 'vitest';
import type { Chart } from '../../../reports/drawing/chart.js';
import { contextFor, drawAll, type Group, groups, makeRows } from '../charts/fixtures.js';

const width = 1072;
const [postnl, gls] = groups as [Group, Group];

function draw(all: readonly Group[]): Record<string, Chart> {
  return drawAll(makeRows(all), contextFor(width, all));
}

function titlesOf(drawn: Record<string, Chart>, names: readonly string[]): string[] {
  return names.map((name) => drawn[name]?.title ?? '');
}

const comparing = [
  'delivered-within',
  'transit-percentiles',
  'transit-adjusted',
  'exceptions-by-group',
  'funnel-on-time',
  'funnel-exceptions',
  'lanes',
] as const;
const subjects = [
  'Share of parcels with a first delivery attempt, by days since the first scan',
  'Transit time, from the first scan to the first delivery attempt',
  'On time, raw and adjusted for the mix of lanes and services',
  'Parcels with an exception within 14 days of the first scan, by whose it is',
  'On time, by carrier and volume',
  'Exceptions within 14 days, by carrier and volume',
  'On time by lane and carrier, against the lane as a whole',
];

describe('a title', () => {
  it('says who differs where the intervals are apart', () => {
    expect(titlesOf(draw(groups), comparing)).toEqual([
      'PostNL attempts to deliver 9 in 10 parcels within 1.8 days, GLS needs 3.8 days',
      'PostNL attempts to deliver half its parcels within 22 h, GLS within 46 h',
      'GLS is on time for 86.0 %; on the same mix the others are for 90.0 %',
      'GLS has an exception of its own making in 5.6 % of parcels, PostNL in 1.5 %',
      'GLS is on time less often than chance explains',
      'GLS has exceptions more often than chance explains',
      'GLS is 7.7 points below the lane on NL \u2192 NL, home',
    ]);
  });

  it('names the subject where carriers are alike', () => {
    const alike = groups.map((group) => ({ ...group, onTime: 0.93, exceptions: 0.05, medianHours: 30 }));
    expect(titlesOf(draw(alike), comparing)).toEqual(subjects);
  });

  it('draws no finding from fewer parcels than are compared', () => {
    const few = [postnl, { ...gls, n: 29, onTime: 0.2, exceptions: 0.9, medianHours: 100 }];
    const titles = titlesOf(draw(few), comparing);
    expect(titles.filter((title) => title.includes('GLS'))).toEqual([]);
  });

  it('holds of many alike carriers none up as the worst', () => {
    // 40 draws around one rate, as far apart as chance alone brings them
    const many = Array.from({ length: 40 }, (_, index) => {
      const wobble = (((index * 17) % 40) / 39 - 0.5) * 4.4;
      return {
        code: `c${index}`,
        name: `Carrier ${index}`,
        n: 400,
        onTime: 0.9 + wobble * Math.sqrt((0.9 * 0.1) / 400),
        exceptions: 0.1 + wobble * Math.sqrt((0.1 * 0.9) / 400),
        medianHours: 30,
      };
    });
    expect(titlesOf(draw(many), comparing)).toEqual(subjects);
  });

  it('of first scans compares no carriers', () => {
    expect(draw(groups)['first-scan']?.title).toBe(
      '70.0 % of labels have a first scan within 24 hours, 90.0 % within 48',
    );
  });

  it('of a trend tells an alert while it is news', () => {
    const context = contextFor(width);
    const rows = makeRows();
    expect(drawAll(rows, context)['trend-rate']?.title).toBe(
      'GLS: on-time rate below its limits from the week of 5 Oct 2026 to that of 12 Oct 2026',
    );
    const closed = rows.alerts.map((alert) => ({ ...alert, is_open: false }));
    expect(drawAll({ ...rows, alerts: closed }, context)['trend-rate']?.title).toBe(
      'GLS: on-time rate, week by week',
    );
  });
});

describe('a chart', () => {
  it('says the finding in its alt text, with n and units beside', () => {
    for (const [name, chart] of Object.entries(draw(groups))) {
      expect(chart.alt.startsWith(chart.title), name).toBe(true);
      expect(`${chart.alt} ${chart.units}`, name).toMatch(/\bn \d|parcels|lanes/);
      expect(chart.units, name).not.toBe('');
      expect(chart.howToRead, name).toMatch(/\.$/);
    }
  });

  it('withholds and names groups of fewer than ten', () => {
    const drawn = draw(groups);
    for (const name of [
      'delivered-within',
      'transit-percentiles',
      'first-scan',
      'exceptions-by-group',
      'funnel-on-time',
      'delay-waterfall',
      'lanes',
    ]) {
      expect(drawn[name]?.withheld, name).toEqual(['Tiny']);
      expect(JSON.stringify(drawn[name]?.spec), name).not.toContain('Tiny');
    }
  });

  it('names what did not fit', () => {
    const many = Array.from({ length: 80 }, (_, index) => ({
      ...gls,
      code: `c${index}`,
      name: `Carrier ${index}`,
      n: 1000 - index,
    }));
    const drawn = draw(many);
    for (const name of [
      'delivered-within',
      'transit-percentiles',
      'exceptions-by-group',
      'delay-waterfall',
    ]) {
      expect(drawn[name]?.leftOut.length, name).toBe(68);
      expect(drawn[name]?.leftOut[0], name).toBe('Carrier 12');
    }
    expect(drawn['funnel-on-time']?.leftOut).toEqual([]);
  });

  it('without rows says what would fill it', () => {
    const nothing = {
      curves: [],
      carriers: [],
      waiting: [],
      codes: [],
      lanes: [],
      control: [],
      alerts: [],
      delay: [],
      promise: [],
    };
    for (const [name, chart] of Object.entries(drawAll(nothing, contextFor(width, [])))) {
      expect(chart.spec, name).toBeNull();
      expect(chart.empty, name).toMatch(/[.]$/);
      expect(chart.alt, name).toBe(chart.empty);
    }
  });

  it('of one parcel, or of nulls, fails nowhere', () => {
    const one = [{ ...gls, n: 1 }];
    const drawn = Object.entries(draw(one)).filter(([name]) => name !== 'label-waiting');
    for (const [name, chart] of drawn) expect(chart.spec, name).toBeNull();
    const rows = makeRows();
    const blank = rows.carriers.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([key, value]) => [
          key,
          typeof value === 'number' && !key.endsWith('_n') ? null : value,
        ]),
      ),
    );
    expect(() =>
      drawAll({ ...rows, carriers: blank as typeof rows.carriers }, contextFor(width)),
    ).not.toThrow();
  });

  it('of lanes without promises falls back to two working days', () => {
    const rows = makeRows();
    const lanes = rows.lanes.map((row) => ({
      ...row,
      on_time_rate: null,
      on_time_rate_n: 0,
      transit_2_working_days_rate: row.on_time_rate,
      transit_2_working_days_rate_lo: row.on_time_rate_lo,
      transit_2_working_days_rate_hi: row.on_time_rate_hi,
      transit_2_working_days_rate_n: row.on_time_rate_n,
    }));
    expect(drawAll({ ...rows, lanes }, contextFor(width)).lanes?.units).toContain(
      'attempted within 2 working days',
    );
  });

  it('says a percentile that is not reached', () => {
    const { spec } = draw(groups)['transit-percentiles'] as Chart;
    expect(JSON.stringify(spec)).toContain('not reached (94.0 % ever attempted)');
  });
});
