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
  it('names the subject, however far apart carriers are raw: they may serve other lanes', () => {
    expect(titlesOf(draw(groups), comparing)).toEqual(subjects);
    const apart = [postnl, { ...gls, n: 4000, onTime: 0.2, exceptions: 0.9, medianHours: 100 }];
    expect(titlesOf(draw(apart), comparing)).toEqual(subjects);
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
  it('says its title in its alt text, with n and units beside', () => {
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
      parcelDays: [],
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
